# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Mapping

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.send import Cancelled
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Uploader, UploadHooks
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    fake_api,
)

DOCUMENT: Mapping[str, Any] = {
    "name": "temporary",
    "visibility": "private",
    "disk_format": "raw",
    "container_format": "bare",
}


class RecordingEvent(threading.Event):
    """An event that records for how long it was awaited, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return self.is_set()


@pytest.fixture
def glance() -> FakeGlance:
    return FakeGlance()


@pytest.fixture
def source(tmp_path: Path) -> FileSource:
    (tmp_path / "disk").write_bytes(CONTENT)
    return FileSource(str(tmp_path / "disk"))


def upload(glance: FakeGlance, source: Source, **options: Any) -> Uploader:
    options.setdefault("stop", RecordingEvent())
    uploader = Uploader(fake_api(glance), Limits(**options.pop("limits", {})), **options)
    uploader.upload(DOCUMENT, lambda _number: FileSource(source.path))  # type: ignore[attr-defined]
    return uploader


def test_content_is_uploaded_to_the_temporary_image(glance: FakeGlance, source: FileSource) -> None:
    uploader = upload(glance, source)
    assert uploader.temporary
    assert glance.data[uploader.temporary["id"]] == CONTENT
    assert (uploader.transfer["bytes"], uploader.transfer["attempts"]) == (len(CONTENT), 1)


@pytest.mark.parametrize(
    ("retry_delay", "header", "waited"),
    [(5, {}, 5), (5, {"Retry-After": "7"}, 7), (9, {"Retry-After": "7"}, 9), (5, {"Retry-After": "9999"}, 120)],
    ids=["retry_delay", "longer request of the service", "shorter request of the service", "limited"],
)
def test_service_determines_the_delay(
    glance: FakeGlance, source: FileSource, retry_delay: float, header: dict[str, str], waited: float
) -> None:
    glance.faults = [lambda _content: (429, None)]
    glance.headers = header
    stop = RecordingEvent()
    upload(glance, source, stop=stop, limits={"retry_delay": retry_delay})
    assert stop.waits == [waited]


def test_number_of_attempts_is_limited(glance: FakeGlance, source: FileSource) -> None:
    glance.faults = [lambda _content: (503, None)] * 3
    with pytest.raises(GlanceError, match=r"answered 503.* \(attempt 2\)"):
        upload(glance, source, limits={"retries": 1})


def test_no_attempt_begins_after_the_timeout(glance: FakeGlance, source: FileSource) -> None:
    glance.faults = [lambda _content: (503, None)] * 3
    with pytest.raises(GlanceError, match="answered 503"):
        upload(glance, source, limits={"timeout": 2, "retry_delay": 5})
    assert glance.writes().count("PUT") == 1


def test_cancelled_upload_is_not_retried(glance: FakeGlance, source: FileSource) -> None:
    stop = RecordingEvent()

    def cancel(_content: bytes) -> tuple[int, None]:
        stop.set()
        return 503, None

    glance.faults = [cancel]
    with pytest.raises(Cancelled, match="The run was cancelled"):
        upload(glance, source, stop=stop)


def test_content_is_not_sent_if_the_hook_raises(glance: FakeGlance, source: FileSource) -> None:
    def refuse(_temporary: Image) -> None:
        raise GlanceError("refused")

    with pytest.raises(GlanceError, match="refused"):
        upload(glance, source, hooks=UploadHooks(created=refuse))
    assert glance.writes() == ["POST"]


def test_size_is_verified_without_digests(glance: FakeGlance, source: FileSource) -> None:
    glance.faults = [lambda content: (204, content[:-1])]
    with pytest.raises(GlanceError, match="bytes were sent, but the service holds"):
        upload(glance, source, limits={"verify": False})


def test_digests_are_not_compared_on_request(glance: FakeGlance, source: FileSource) -> None:
    glance.faults = [lambda content: (204, b"\1" + content[1:])]
    assert upload(glance, source, limits={"verify": False}).transfer["attempts"] == 1


def test_temporary_image_is_discarded(glance: FakeGlance, source: FileSource) -> None:
    uploader = upload(glance, source)
    assert uploader.discard() == "The temporary image id-1 was removed"
    assert (uploader.discard(), glance.images) == ("No temporary image is left", {})


def test_store_is_sent_to_the_service(glance: FakeGlance, source: FileSource, monkeypatch: pytest.MonkeyPatch) -> None:
    headers: list[Any] = []
    put = glance._put_file

    def record(image_id: str, **arguments: Any) -> Any:
        headers.append(arguments["headers"].get("X-Image-Meta-Store"))
        return put(image_id, **arguments)

    monkeypatch.setattr(glance, "_put_file", record)
    upload(glance, source, store="fast")
    assert headers == ["fast"]
