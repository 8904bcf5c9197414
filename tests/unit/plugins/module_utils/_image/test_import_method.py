# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import (
    Importer,
    ImportMethod,
    remote,
    way,
)
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Capabilities, ImportStatus, Outcome
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Limits

CONTENT = b"\0content" * 1000
URL = "http://host/disk.raw"


class FakeImages:
    """A service that imports at once what it is sent, or has downloaded."""

    def __init__(self, downloaded: bytes = b"") -> None:
        self.content = downloaded
        self.calls: list[Any] = []
        self.report: Any = None

    def find(self, image_id: str) -> None:
        return None

    def create(self, document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "id": "1", "status": "queued", "os_hash_algo": None}

    def refresh_token(self) -> None: ...

    def reported(self, report: Any) -> FakeImages:
        self.report = report
        return self

    def stage(self, image_id: str, body: Any, timeout: float) -> None:
        self.content = b"".join(body)

    def start(self, image_id: str, method: str, **asked: Any) -> None:
        self.calls.append((method, asked))

    def finish(self, image_id: str, timeout: float, stall: float | None) -> Outcome:
        self.calls.append(stall)
        self.report(ImportStatus(self.get(image_id)))
        return Outcome(self.get(image_id), (), ("a",), ("b",))

    def get(self, image_id: str) -> dict[str, Any]:
        sha512 = hashlib.sha512(self.content).hexdigest()
        held = {"size": len(self.content), "os_hash_algo": "sha512", "os_hash_value": sha512}
        return {"id": image_id, "status": "active", **held}

    def digest(self, image_id: str, algorithm: str) -> str:
        return hashlib.new(algorithm, self.content).hexdigest()


def imported(images: FakeImages, source: Source, stop: threading.Event | None = None, **how: Any) -> Importer:
    importer = Importer(ImportMethod(**how), images, Limits(stall_timeout=7), stop=stop)
    importer.fill({"name": "x"}, lambda _number: source)
    return importer


def downloaded(**given: Any) -> Source:
    return remote({"method": "web-download", "url": URL, **given}, UrlSource(URL, given.pop("expected", None)))


def elsewhere(**given: Any) -> Source:
    where = {"method": "glance-download", "from_region": "Two", "from_image": "id-1"}
    return remote({**where, **given}, None)


def test_content_is_staged_and_imported(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    images = FakeImages()
    importer = imported(images, FileSource(str(tmp_path / "x")), method="glance-direct", stores=("a", "b"))
    asked = {"stores": ("a", "b"), "all_stores": False, "all_stores_must_succeed": None}
    assert images.calls == [("glance-direct", asked), 7]
    assert (images.content, importer.transfer["bytes"]) == (CONTENT, len(CONTENT))


def test_staged_content_must_arrive_whole(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    images = FakeImages()
    images.stage = lambda _id, body, _timeout: setattr(images, "content", b"".join(body)[:-1])  # type: ignore[method-assign]
    with pytest.raises(GlanceError, match=r"8000 bytes were sent, but the service holds 7999"):
        imported(images, FileSource(str(tmp_path / "x")), method="glance-direct")


def test_service_downloads_without_a_limit_of_silence() -> None:
    images = FakeImages(CONTENT)
    importer = imported(images, downloaded(), method="web-download", all_stores=True, all_stores_must_succeed=False)
    asked = {"uri": URL, "stores": (), "all_stores": True, "all_stores_must_succeed": False}
    assert images.calls == [("web-download", asked), None]
    assert importer.transfer["bytes"] == len(CONTENT)
    assert importer.missed == ("b",)


def test_service_downloads_from_another_region() -> None:
    images = FakeImages(CONTENT)
    imported(images, elsewhere(from_interface="internal"), method="glance-download")
    method, asked = images.calls[0]
    where = {"region": "Two", "remote_id": "id-1", "interface": "internal"}
    assert (method, where.items() <= asked.items()) == ("glance-download", True)
    wrong = elsewhere(checksum=f"md5:{'0' * 32}")
    with pytest.raises(GlanceError, match="image id-1 of the region Two has the checksum"):
        imported(FakeImages(CONTENT), wrong, method="glance-download")


def test_what_is_somewhere_else_is_something_else() -> None:
    origins = [downloaded().origin, elsewhere().origin, elsewhere(from_image="id-2").origin]
    assert len({*origins}) == 3
    assert elsewhere().matches_origin(str(origins[1]))


def test_new_signature_is_no_reason_to_download_again() -> None:
    first, second, other = (downloaded(url=f"{URL}?{query}") for query in ("sv=1&sig=a", "sv=2&sig=b", "id=2"))
    assert first.origin == second.origin != other.origin


@pytest.mark.parametrize("algorithm", ["sha512", "sha256"], ids=["hash of the service", "hash that is read back"])
def test_what_the_service_downloaded_is_checked(algorithm: str) -> None:
    right = Checksum(algorithm, hashlib.new(algorithm, CONTENT).hexdigest())
    imported(FakeImages(CONTENT), downloaded(expected=right), method="web-download")
    with pytest.raises(GlanceError, match=f"not {right}"):
        imported(FakeImages(b"other"), downloaded(expected=right), method="web-download")


def test_nothing_is_known_of_what_the_service_downloads() -> None:
    source = downloaded()
    assert source.size is None
    with pytest.raises(GlanceError, match="so disk_format must be given"):
        source.head  # noqa: B018


def test_run_that_is_told_to_end_waits_for_no_import() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(GlanceError, match="told to end"):
        imported(FakeImages(CONTENT), downloaded(), stop, method="web-download")


@pytest.mark.parametrize(
    ("params", "source", "complaint"),
    [
        ({"method": "web-download"}, None, "needs url"),
        ({"method": "web-download", "src": "/x"}, FileSource("/x"), "needs url"),
        (
            {"method": "web-download", "url": URL, "url_username": "me", "convert": "raw"},
            UrlSource(URL),
            "cannot be told url_username and convert",
        ),
        ({"method": "upload", "from_image": "1", "from_region": "Two"}, None, "need one another"),
        ({"method": "glance-download", "from_image": "1"}, None, "need one another"),
        ({"method": "glance-download", "url": URL}, UrlSource(URL), "need one another"),
    ],
    ids=["no source", "file", "what only we can do", "another method", "no region", "a url"],
)
def test_what_the_service_cannot_download_is_told(params: dict[str, Any], source: Any, complaint: str) -> None:
    with pytest.raises(GlanceError, match=complaint):
        remote(params, source)


def test_stores_are_named_or_all() -> None:
    assert way({"stores": ["a", "b", "a"]}).stores == ("a", "b")
    with pytest.raises(GlanceError, match="exclude each other"):
        way({"stores": ["a"], "all_stores": True})


@pytest.mark.parametrize(
    ("asked", "checked"),
    [
        (ImportMethod(), []),
        (ImportMethod(stores=("a",)), [(None, ("a",), False)]),
        (ImportMethod("web-download"), [("web-download", (), False)]),
    ],
    ids=["upload", "upload to a store", "import"],
)
def test_service_is_asked_only_for_what_it_may_lack(asked: ImportMethod, checked: list[Any]) -> None:
    found: list[Any] = []
    imports: Any = SimpleNamespace(
        check=lambda *given: found.append(given), offered=lambda: Capabilities(stores=("a", "b"))
    )
    asked.check(imports)
    assert found == checked


def test_all_stores_are_those_of_the_service() -> None:
    assert ImportMethod(all_stores=True).wanted(lambda: ("a", "b")) == ("a", "b")
    assert ImportMethod(stores=("b",)).wanted(lambda: ("a", "b")) == ("b",)
