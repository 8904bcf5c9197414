# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import hashlib
import re
from types import SimpleNamespace
from typing import Any, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import SEND_ONCE, Service
from ansible_collections.osops.glance.plugins.modules import service_check
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

URL = "http://controller:9292"
ENDPOINTS = {"public": URL, "internal": URL, "admin": URL}
VERSIONS = {"versions": [{"id": "v2.15"}, {"id": "v2.13"}]}
READING = ["GET /", "GET /v2/images"]
CONNECTING = [*READING, "GET /healthcheck", *READING]
LOOKING = [*CONNECTING, "GET /v2/info/stores"]
LISTING = ["GET /v2/images"]
STORES = {"stores": [{"id": "fs", "default": "true"}, {"id": "web", "read-only": "true"}, {"id": "ceph"}]}
TRIAL = ["POST /v2/images", "PUT /v2/images/1/file", "GET /v2/images/1", "GET /v2/images/1/file"]


class FakeGlance:
    """An Image service that works, but for the answers that a test replaces."""

    service_type = "image"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.replaced: dict[str, list[Any]] = {}  # answers by call, one after the other; the last one stays
        self.content = b""
        self.images: list[dict[str, Any]] = [{}]
        self.downloads: dict[str, tuple[int, list[Any]]] = {}  # of stored images: status, and pieces or an exception
        self.closed: list[str] = []
        self.has_ranges = True

    def request(self, path: str, method: str, **arguments: Any) -> SimpleNamespace:
        assert not arguments.pop("raise_exc")
        call = f"{method} {path}"
        self.calls.append(call)
        if arguments.get("stream"):
            return self.download(path.split("/")[3], "Range" in arguments["headers"])
        if method == "PUT":
            data = arguments["data"]
            assert SEND_ONCE.items() <= arguments.items()
            assert not hasattr(data, "__len__")
            self.content = b"".join(data)
        if call in self.replaced:
            answers = self.replaced[call]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answered(*answer)
        return answered(*self.answer(call))

    def download(self, image_id: str, in_part: bool) -> SimpleNamespace:
        status, pieces = self.downloads.get(image_id, (206 if in_part else 200, [b"\0"]))
        if in_part and not self.has_ranges:
            status, pieces = 400, []

        def content(size: int) -> Iterator[bytes]:
            for piece in pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece[:size]

        response = answered(status, "no")
        response.iter_content, response.close = content, lambda: self.closed.append(image_id)
        return response

    def answer(self, call: str) -> tuple[int, Any]:
        image = {
            "id": "1",
            "status": "active",
            "os_hash_algo": "sha512",
            "os_hash_value": hashlib.sha512(self.content).hexdigest(),
        }
        return {
            "GET /": (300, VERSIONS),
            "GET /healthcheck": (200, "OK"),
            "GET /v2/info/stores": (404, "no"),
            "GET /v2/images": (200, {"images": self.images}),
            "POST /v2/images": (201, {"id": "1"}),
            "PUT /v2/images/1/file": (204, None),
            "GET /v2/images/1": (200, image),
            "GET /v2/images/1/file": (200, self.content),
            "DELETE /v2/images/1": (204, None),
        }[call]


def answered(status: int, body: Any) -> SimpleNamespace:
    def document() -> Any:
        if isinstance(body, str):
            raise ValueError
        return body

    return SimpleNamespace(
        status_code=status, json=document, content=body, headers={}, url=URL, text=str(body), reason="Reason"
    )


class FakeCloud:
    region = "RegionOne"

    def __init__(self, glance: FakeGlance) -> None:
        self._glance = glance
        self.catalog = ENDPOINTS
        self.refusal: GlanceError | None = None
        self.asked: list[str | None] = []

    def within(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        assert seconds > 0
        return contextlib.nullcontext()

    def authenticate(self) -> None:
        if self.refusal:
            raise self.refusal  # pylint: disable=raising-bad-type

    def endpoints(self, service_type: str) -> dict[str, str]:
        assert service_type == "image"
        return self.catalog

    def service(self, service_type: str, endpoint: str | None) -> Service:
        assert service_type == "image"
        self.asked.append(endpoint)
        return Service(self._glance, (OSError,))


@pytest.fixture
def glance() -> FakeGlance:
    return FakeGlance()


@pytest.fixture
def cloud(glance: FakeGlance, monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    fake = FakeCloud(glance)
    monkeypatch.setattr(service_check, "connect", lambda _module: fake)
    monkeypatch.setattr(service_check.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(service_check.time, "sleep", sleep)  # the module is the one that _proof has
    return fake


def run(check_mode: bool = False, **given: Any) -> dict[str, Any]:
    module = FakeModule(service_check.OPTIONS, check_mode, **{"timeout": 2, "read": False, **given})
    return module.end(service_check.Trial)


def test_service_that_works_is_proven_and_nothing_stays(glance: FakeGlance, cloud: FakeCloud) -> None:
    result = run()
    assert result == {
        "changed": False,
        "warnings": [],
        "diff": {"before": {}, "after": {}},
        "endpoints": ENDPOINTS,
        "versions": ["v2.15", "v2.13"],
        "images": True,
        "health": "OK",
        "uploads": [{"store": None, "bytes": 262144, "seconds": 0.0}],
    }
    assert glance.calls == [*LOOKING, *TRIAL, "DELETE /v2/images/1"]


@pytest.mark.parametrize(
    ("check_mode", "given"), [(True, {}), (False, {"upload": False})], ids=["check mode", "without upload"]
)
def test_only_reads(glance: FakeGlance, cloud: FakeCloud, check_mode: bool, given: Any) -> None:
    result = run(check_mode, **given)
    assert (result["changed"], "uploads" in result) == (False, False)
    assert glance.calls == (LOOKING if check_mode else LOOKING[:-1])


def test_endpoint_is_asked_instead_of_the_catalog(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.catalog = {}
    assert not run(endpoint="http://controller2:9292").get("failed")
    assert cloud.asked == ["http://controller2:9292"]


def test_no_token_is_told_first(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.refusal, cloud.catalog = GlanceError("The Identity service gave no token"), {}
    assert run()["msg"] == "The Identity service gave no token"
    assert glance.calls == []


def test_catalog_without_endpoint_is_told(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.catalog = {}
    assert "no endpoint of a service of type image in the region RegionOne" in run()["msg"]
    assert glance.calls == []


@pytest.mark.parametrize(
    ("call", "answer", "said"),
    [
        pytest.param("GET /", OSError("refused"), "got no answer: refused. Check that the service", id="down"),
        pytest.param("GET /v2/images", (401, "no"), r"password or the auth_url in \[keystone_authtoken", id="401"),
        pytest.param("GET /v2/images", (403, "no"), "no role in the project", id="403"),
        pytest.param("GET /v2/images", (404, "no"), "URL of another service", id="404"),
        pytest.param("GET /v2/images", (500, "no"), "database has no tables .* or region_name", id="500"),
        pytest.param("GET /v2/images", (503, "no"), "does not reach the Identity service", id="503"),
        pytest.param("GET /v2/images", (200, "<html>"), "not JSON", id="something else"),
    ],
)
def test_failure_says_what_it_usually_means(
    glance: FakeGlance, cloud: FakeCloud, call: str, answer: Any, said: str
) -> None:
    glance.replaced[call] = [answer]
    result = run()
    assert result["failed"]
    assert re.search(said, result["msg"])
    assert not [made for made in glance.calls if not made.startswith("GET")]


@pytest.mark.parametrize("answer", [OSError("refused"), (502, "no"), (503, "no"), (504, "no")], ids=str)
@pytest.mark.parametrize("call", READING)
def test_service_that_is_starting_is_waited_for(glance: FakeGlance, cloud: FakeCloud, call: str, answer: Any) -> None:
    glance.replaced[call] = [answer, answer, glance.answer(call)]
    assert not run().get("failed")
    assert glance.calls.count(call) == 4  # and once more at the URL of the catalog


def test_wait_has_an_end(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /"] = [OSError("refused")]
    assert run()["msg"].endswith("Waited 2 seconds for it")
    assert glance.calls == ["GET /"] * 9  # at 0, 0.25, ... 2


def test_wrong_answer_is_not_waited_for(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/images"] = [(401, "no")]
    assert run()["failed"]
    assert glance.calls == READING


@pytest.mark.parametrize(
    "front",
    [
        pytest.param((200, "<html>It works</html>"), id="web page"),
        pytest.param((404, {}), id="nothing"),
        pytest.param((200, {"versions": {"values": []}}), id="Identity service"),
    ],
)
def test_versions_are_looked_for_in_both_places(glance: FakeGlance, cloud: FakeCloud, front: Any) -> None:
    glance.replaced = {"GET /": [front], "GET /versions": [(200, VERSIONS)]}
    assert run()["versions"] == ["v2.15", "v2.13"]
    glance.replaced["GET /versions"] = [front]
    assert "not with versions of the Image API" in run()["msg"]


IMAGE = {"id": "1", "status": "active", "os_hash_algo": "sha512", "os_hash_value": "0"}


@pytest.mark.parametrize(
    ("call", "answer", "said"),
    [
        pytest.param("PUT /v2/images/1/file", (410, "no"), "could not use its store when it started", id="410"),
        pytest.param("PUT /v2/images/1/file", (413, "no"), "the store is full", id="413"),
        pytest.param("PUT /v2/images/1/file", (500, "no"), "cannot reach its store", id="500"),
        pytest.param("PUT /v2/images/1/file", (503, "no"), "may not write to its store", id="503"),
        pytest.param("PUT /v2/images/1/file", OSError("reset"), "got no answer: reset", id="connection cut"),
        pytest.param("GET /v2/images/1", (200, {**IMAGE, "status": "queued"}), "is queued, not active", id="queued"),
        pytest.param("GET /v2/images/1", (200, IMAGE), "a wrong sha512 digest: 0", id="digest"),
        pytest.param("GET /v2/images/1/file", (200, b"other"), "is not what was uploaded", id="other content"),
        pytest.param("GET /v2/images/1/file", (404, "no"), "answered 404", id="no content"),
    ],
)
def test_failed_trial_leaves_nothing(glance: FakeGlance, cloud: FakeCloud, call: str, answer: Any, said: str) -> None:
    glance.replaced[call] = [answer]
    result = run()
    assert said in result["msg"]
    assert result["msg"].endswith("Nothing of this trial is left")
    assert glance.calls[-1] == "DELETE /v2/images/1"


def test_image_that_stays_is_named(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced = {"PUT /v2/images/1/file": [(413, "no")], "DELETE /v2/images/1": [(500, "no")]}
    assert "The image 1 of this trial is still there" in run()["msg"]


def test_old_release_has_only_md5(glance: FakeGlance, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_check.os, "urandom", bytes)
    md5 = hashlib.md5(bytes(262144)).hexdigest()
    new = hashlib.new

    def in_fips_mode(name: str, usedforsecurity: bool = True) -> Any:
        if name == "md5" and usedforsecurity:
            raise ValueError("unsupported")
        return new(name)

    monkeypatch.setattr(hashlib, "new", in_fips_mode)
    glance.replaced["GET /v2/images/1"] = [(200, {"id": "1", "status": "active", "checksum": md5})]
    assert run()["uploads"][0]["bytes"] == 262144


@pytest.mark.parametrize(
    ("answer", "health"),
    [((200, "OK"), "OK"), ((503, "DISABLED BY FILE"), "DISABLED BY FILE"), ((404, "no"), None)],
    ids=["well", "taken out of service", "no such middleware"],
)
def test_health_is_told_as_the_service_says_it(
    glance: FakeGlance, cloud: FakeCloud, answer: Any, health: str | None
) -> None:
    glance.replaced["GET /healthcheck"] = [answer]
    assert run(upload=False)["health"] == health


def test_every_url_of_the_catalog_is_asked_once(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.catalog = {"public": "https://cloud", "internal": URL, "admin": URL}
    run(upload=False)
    assert cloud.asked == [None, "https://cloud", URL]


def test_endpoint_of_the_catalog_that_does_not_work_is_named(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/images"] = [(200, {"images": []}), (401, "no")]
    assert run()["msg"].startswith(f"The public and internal and admin endpoint of the catalog, {URL}, does not work")


def test_each_store_that_can_be_written_to_is_tried(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/info/stores"] = [(200, STORES)]
    result = run(stores=["fs", "ceph"])
    assert [upload["store"] for upload in result["uploads"]] == ["fs", "ceph"]
    assert glance.calls.count("DELETE /v2/images/1") == 2


def test_store_that_is_missing_is_told(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/info/stores"] = [(200, STORES)]
    assert "has the stores fs, web, ceph, and not nfs" in run(stores=["fs", "nfs"])["msg"]


def test_store_that_does_not_work_is_named(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced = {"GET /v2/info/stores": [(200, STORES)], "PUT /v2/images/1/file": [(503, "no")]}
    message = run()["msg"]
    assert message.startswith("The store fs does not work")
    assert message.endswith("Nothing of this trial is left")


def test_image_in_another_store_is_told(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/info/stores"] = [(200, STORES)]
    glance.replaced["GET /v2/images/1"] = [(200, {**IMAGE, "stores": "ceph"})]
    assert "lies in ceph, not in the store that was asked for" in run()["msg"]


def test_newest_image_of_each_store_is_read(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.images = [stored("a", "fs,ceph"), stored("b", "fs"), stored("c", "fs")]
    result = run(check_mode=True, read=True)
    assert result["reads"] == [{"store": "fs", "image": "b"}, {"store": "ceph", "image": "a"}]
    assert glance.closed == ["b", "a"]


def test_store_that_returns_no_parts_is_read_from_the_beginning(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.images, glance.has_ranges = [stored("a", "fs")], False
    assert run(upload=False, read=True)["reads"] == [{"store": "fs", "image": "a"}]
    assert glance.closed == ["a", "a"]


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        pytest.param(500, [], "check the owner and the mode of the files", id="not readable for the service"),
        pytest.param(404, [], "the data was removed from the store", id="no data"),
        pytest.param(204, [], "is not among the stores of the configuration", id="a store that is gone"),
        pytest.param(200, [], "sent none of its 7 bytes", id="nothing"),
        pytest.param(200, [OSError("reset")], "ended early: reset", id="broken off"),
    ],
)
def test_image_that_cannot_be_read_is_reported(
    status: int, content: list[Any], said: str, glance: FakeGlance, cloud: FakeCloud
) -> None:
    glance.images = [stored("a", "fs"), stored("b", "ceph")]
    glance.downloads["a"] = (status, content)
    message = run(upload=False, read=True)["msg"]
    assert message.startswith("The image a (name of a) in the store fs cannot be read: ")
    assert said in message
    assert "image b" not in message
    assert glance.closed == ["a", "b"]


def stored(image_id: str, stores: str) -> dict[str, Any]:
    return {"id": image_id, "name": f"name of {image_id}", "status": "active", "size": 7, "stores": stores}
