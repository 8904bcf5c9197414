# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import ImportMethod
from ansible_collections.osops.glance.plugins.module_utils._image.import_status import ImportStatus
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import ImportResult
from ansible_collections.osops.glance.plugins.module_utils._image.importer import Importer
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.remote_source import remote_source

CONTENT = b"\0content" * 1000
URL = "http://host/disk.raw"


class FakeApi:
    """An Image API that imports staged or downloaded content immediately."""

    def __init__(self, downloaded: bytes = b"") -> None:
        self.images = self.content = self
        self.data = downloaded
        self.calls: list[Any] = []
        self.report: Any = None

    def find(self, image_id: str) -> None:
        return None

    def create(self, document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "id": "1", "status": "queued", "os_hash_algo": None}

    def refresh_token(self) -> None:
        """Do nothing."""

    def monitored_imports(self, report: Any) -> FakeApi:
        self.report = report
        return self

    def stage(self, image_id: str, body: Any, timeout: float) -> None:
        self.data = b"".join(body)

    def start(self, image_id: str, method: str, **arguments: Any) -> None:
        self.calls.append((method, arguments))

    def wait(self, image_id: str, timeout: float, stall: float | None) -> ImportResult:
        self.calls.append(stall)
        self.report(ImportStatus(self.get(image_id)))
        return ImportResult(self.get(image_id), (), ("a",), ("b",))

    def get(self, image_id: str) -> dict[str, Any]:
        sha512 = hashlib.sha512(self.data).hexdigest()
        held = {"size": len(self.data), "os_hash_algo": "sha512", "os_hash_value": sha512}
        return {"id": image_id, "status": "active", **held}

    def digest(self, image_id: str, algorithm: str) -> str:
        return hashlib.new(algorithm, self.data).hexdigest()


def imported(api: FakeApi, source: Source, stop: threading.Event | None = None, **method: Any) -> Importer:
    importer = Importer(ImportMethod(**method), api, Limits(stall_timeout=7), stop=stop)
    importer.upload({"name": "x"}, lambda _number: source)
    return importer


def download(**options: Any) -> Source:
    return remote_source(
        {"method": "web-download", "url": URL, **options}, UrlSource(URL, options.pop("expected", None))
    )


def other_region(**options: Any) -> Source:
    where = {"method": "glance-download", "from_region": "Two", "from_image": "id-1"}
    return remote_source({**where, **options}, None)


def test_content_is_staged_and_imported(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    api = FakeApi()
    importer = imported(api, FileSource(str(tmp_path / "x")), method="glance-direct", stores=("a", "b"))
    arguments = {"stores": ("a", "b"), "all_stores": False, "all_stores_must_succeed": None}
    assert api.calls == [("glance-direct", arguments), 7]
    assert (api.data, importer.transfer["bytes"]) == (CONTENT, len(CONTENT))


def test_incomplete_staged_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    api = FakeApi()
    api.stage = lambda _id, body, _timeout: setattr(api, "data", b"".join(body)[:-1])  # type: ignore[method-assign]
    with pytest.raises(GlanceError, match=r"8000 bytes were sent, but the service holds 7999"):
        imported(api, FileSource(str(tmp_path / "x")), method="glance-direct")


def test_download_by_the_service_has_no_stall_timeout() -> None:
    api = FakeApi(CONTENT)
    importer = imported(api, download(), method="web-download", all_stores=True, all_stores_must_succeed=False)
    arguments = {"uri": URL, "stores": (), "all_stores": True, "all_stores_must_succeed": False}
    assert api.calls == [("web-download", arguments), None]
    assert importer.transfer["bytes"] == len(CONTENT)
    assert importer.failed_stores == ("b",)


def test_service_downloads_from_another_region() -> None:
    api = FakeApi(CONTENT)
    imported(api, other_region(from_interface="internal"), method="glance-download")
    method, arguments = api.calls[0]
    where = {"region": "Two", "remote_id": "id-1", "interface": "internal"}
    assert (method, where.items() <= arguments.items()) == ("glance-download", True)
    wrong = other_region(checksum=f"md5:{'0' * 32}")
    with pytest.raises(GlanceError, match="image id-1 of the region Two has the checksum"):
        imported(FakeApi(CONTENT), wrong, method="glance-download")


def test_origin_depends_on_the_location() -> None:
    origins = [download().origin, other_region().origin, other_region(from_image="id-2").origin]
    assert len({*origins}) == 3
    assert other_region().matches_origin(str(origins[1]))


def test_origin_does_not_depend_on_the_signature() -> None:
    first, second, other = (download(url=f"{URL}?{query}") for query in ("sv=1&sig=a", "sv=2&sig=b", "id=2"))
    assert first.origin == second.origin != other.origin


@pytest.mark.parametrize("algorithm", ["sha512", "sha256"], ids=["hash of the service", "hash that is read back"])
def test_checksum_of_a_download_is_verified(algorithm: str) -> None:
    right = Checksum(algorithm, hashlib.new(algorithm, CONTENT).hexdigest())
    imported(FakeApi(CONTENT), download(expected=right), method="web-download")
    with pytest.raises(GlanceError, match=f"not {right}"):
        imported(FakeApi(b"other"), download(expected=right), method="web-download")


def test_remote_source_has_no_size_and_no_format() -> None:
    source = download()
    assert source.size is None
    with pytest.raises(GlanceError, match="Set disk_format"):
        source.head  # noqa: B018


def test_cancelled_run_does_not_wait_for_the_import() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(GlanceError, match="was cancelled"):
        imported(FakeApi(CONTENT), download(), stop, method="web-download")


@pytest.mark.parametrize(
    ("params", "source", "message"),
    [
        ({"method": "web-download"}, None, "requires url"),
        ({"method": "web-download", "src": "/x"}, FileSource("/x"), "requires url"),
        (
            {"method": "web-download", "url": URL, "url_username": "me", "convert": "raw"},
            UrlSource(URL),
            "url_username and convert cannot be used",
        ),
        ({"method": "upload", "from_image": "1", "from_region": "Two"}, None, "must be set together"),
        ({"method": "glance-download", "from_image": "1"}, None, "must be set together"),
        ({"method": "glance-download", "url": URL}, UrlSource(URL), "must be set together"),
    ],
    ids=["no source", "file", "options for the host", "another method", "no region", "a url"],
)
def test_invalid_options_for_a_download_are_refused(params: dict[str, Any], source: Any, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        remote_source(params, source)
