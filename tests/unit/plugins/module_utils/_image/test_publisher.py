# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.context import ImageContext
from ansible_collections.osops.glance.plugins.module_utils._image.image_source import ImageSource
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.planner import ImagePlan
from ansible_collections.osops.glance.plugins.module_utils._image.publisher import ConflictError, ImagePublisher
from ansible_collections.osops.glance.plugins.module_utils._image.result import ImageResult
from ansible_collections.osops.glance.plugins.module_utils._image.stores import StorePlacement
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    run_context,
    temporary,
)

FORMATS = {"disk_format": "raw", "container_format": "bare"}


class Publication:
    """A publication of an image with the name cirros."""

    def __init__(self, glance: FakeGlance, directory: Path, **run: Any) -> None:
        (directory / "disk").write_bytes(CONTENT)
        params = {"name": "cirros", "src": str(directory / "disk"), "url": None, "decompress": "none"}
        source = ImageSource(params)
        self.source = source.current
        context = ImageContext(params, run_context(glance, directory, **run), self.source)
        self.result = ImageResult("image cirros")
        stores = StorePlacement(
            context.method, lambda: context.api, context.run.limits, nullcontext, self.result.add_failed_stores
        )
        self.publisher = ImagePublisher(context, source, stores, self.result)
        self.plan = ImagePlan(context.desired, image={"visibility": "public"})

    def run(self) -> dict[str, Any]:
        assert isinstance(self.source, FileSource)
        return self.publisher.publish(self.plan, self.source, FORMATS, {"visibility": "public"}, {"origin": "abc"})


@pytest.fixture
def glance() -> FakeGlance:
    return FakeGlance()


def test_content_is_uploaded_and_published(glance: FakeGlance, tmp_path: Path) -> None:
    publication = Publication(glance, tmp_path)
    image = publication.run()
    assert glance.data[image["id"]] == CONTENT
    assert (image["name"], image["visibility"]) == ("cirros", "public")
    assert [name for name in image if name.startswith("osops_")] == ["osops_source"]
    assert publication.result.transfer["bytes"] == len(CONTENT)


def test_temporary_image_is_private_during_the_upload(glance: FakeGlance, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def store(content: bytes) -> tuple[int, bytes]:
        seen.extend((image["name"], image["visibility"]) for image in glance.images.values())
        return 204, content

    glance.faults = [store]
    Publication(glance, tmp_path).run()
    assert seen == [("(upload of osops.glance) cirros", "private")]


def test_progress_is_reported_while_content_is_sent(glance: FakeGlance, tmp_path: Path) -> None:
    reports: list[Any] = []

    @contextmanager
    def progress(name: str, phase: str, size: int | None, done: Callable[[], int]) -> Any:
        reports.append((name, phase, size, done()))
        yield
        reports.append(done())

    Publication(glance, tmp_path, progress=progress).run()
    assert reports == [("cirros", "", len(CONTENT), 0), len(CONTENT)]


def test_failed_upload_removes_the_temporary_image(glance: FakeGlance, tmp_path: Path) -> None:
    glance.faults = [lambda _content: (413, None)]
    message = "The upload of the image cirros failed: .* answered 413: .*The temporary image id-1 was removed"
    with pytest.raises(GlanceError, match=message):
        Publication(glance, tmp_path).run()
    assert glance.images == {}


def test_forbidden_visibility_is_reported_before_the_upload(glance: FakeGlance, tmp_path: Path) -> None:
    glance.forbidden = {"public"}
    with pytest.raises(GlanceError, match="publicize_image"):
        Publication(glance, tmp_path).run()
    assert glance.writes() == ["POST", "PATCH", "DELETE"]


def test_earlier_upload_of_another_host_is_a_conflict(glance: FakeGlance, tmp_path: Path) -> None:
    other = glance.add(**temporary("cirros", age=1))
    with pytest.raises(ConflictError, match=f"began earlier .{other}."):
        Publication(glance, tmp_path).run()
    assert list(glance.images) == [other]


def test_stale_upload_is_no_conflict(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(**temporary("cirros"))
    assert Publication(glance, tmp_path).run()["name"] == "cirros"


def test_same_content_that_was_published_during_the_upload_is_a_conflict(glance: FakeGlance, tmp_path: Path) -> None:
    glance.after_post = lambda: glance.add(CONTENT, name="cirros")
    with pytest.raises(ConflictError, match="published the same content as image cirros during the upload"):
        Publication(glance, tmp_path).run()
    assert [image["name"] for image in glance.images.values()] == ["cirros"]


def test_abandoned_upload_leaves_no_temporary_image(glance: FakeGlance, tmp_path: Path) -> None:
    publication = Publication(glance, tmp_path, limits=Limits(retries=0))
    images_after: list[Any] = []

    def abandon(_content: bytes) -> tuple[int, None]:
        publication.publisher.abandon()
        images_after.append(dict(glance.images))
        return 503, None

    glance.faults = [abandon]
    with pytest.raises(GlanceError, match="answered 503"):
        publication.run()
    assert images_after == [{}]


def test_nothing_is_abandoned_without_an_upload(glance: FakeGlance, tmp_path: Path) -> None:
    Publication(glance, tmp_path).publisher.abandon()
    assert glance.calls == []
