# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import re
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image import service_check, store_check
from ansible_collections.osops.glance.plugins.module_utils._openstack import health
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service
from ansible_collections.osops.glance.plugins.modules.service_check import OPTIONS
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_service import (
    URL,
    VERSIONS,
    FakeGlance,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

ENDPOINTS = {"public": URL, "internal": URL, "admin": URL}
API_CALLS = ["GET /", "GET /v2/images"]
READ_CALLS = [*API_CALLS, "GET /healthcheck", *API_CALLS]
PLAN_CALLS = [*READ_CALLS, "GET /v2/info/stores"]
STORES = {"stores": [{"id": "fs", "default": "true"}, {"id": "web", "read-only": "true"}, {"id": "ceph"}]}
UPLOAD_CALLS = ["POST /v2/images", "PUT /v2/images/1/file", "GET /v2/images/1", "GET /v2/images/1/file"]


class FakeCloud:
    region = "RegionOne"

    def __init__(self, glance: FakeGlance) -> None:
        self._glance = glance
        self.catalog = ENDPOINTS
        self.refusal: GlanceError | None = None
        self.endpoint_requests: list[str | None] = []

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
        self.endpoint_requests.append(endpoint)
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
    for module in (health, store_check):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    return fake


def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
    module = FakeModule(OPTIONS, check_mode, **{"timeout": 2, "read": False, **options})
    return module.end(service_check.ServiceCheck)


def test_working_service_passes_and_nothing_is_left(glance: FakeGlance, cloud: FakeCloud) -> None:
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
    assert glance.calls == [*PLAN_CALLS, *UPLOAD_CALLS, "DELETE /v2/images/1"]


@pytest.mark.parametrize(
    ("check_mode", "options"), [(True, {}), (False, {"upload": False})], ids=["check mode", "without upload"]
)
def test_nothing_is_uploaded(glance: FakeGlance, cloud: FakeCloud, check_mode: bool, options: Any) -> None:
    result = run(check_mode, **options)
    assert (result["changed"], "uploads" in result) == (False, False)
    assert glance.calls == (PLAN_CALLS if check_mode else PLAN_CALLS[:-1])


def test_endpoint_is_used_instead_of_the_catalog(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.catalog = {}
    assert not run(endpoint="http://controller2:9292").get("failed")
    assert cloud.endpoint_requests == ["http://controller2:9292"]


def test_missing_token_is_reported_first(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.refusal, cloud.catalog = GlanceError("Cannot get a token"), {}
    assert run()["msg"] == "Cannot get a token"
    assert glance.calls == []


def test_catalog_without_endpoint_is_an_error(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.catalog = {}
    assert "no endpoint of a service of type image in the region RegionOne" in run()["msg"]
    assert glance.calls == []


@pytest.mark.parametrize(
    ("call", "response", "message"),
    [
        pytest.param("GET /", OSError("refused"), "got no response: refused. Check that the service", id="down"),
        pytest.param("GET /v2/images", (401, "no"), r"password or the auth_url in \[keystone_authtoken", id="401"),
        pytest.param("GET /v2/images", (403, "no"), "no role in the project", id="403"),
        pytest.param("GET /v2/images", (404, "no"), "URL of another service", id="404"),
        pytest.param("GET /v2/images", (500, "no"), "database has no tables .* the region_name", id="500"),
        pytest.param("GET /v2/images", (503, "no"), "does not reach the Identity service", id="503"),
        pytest.param("GET /v2/images", (200, "<html>"), "not JSON", id="something else"),
    ],
)
def test_failure_has_its_likely_cause(
    glance: FakeGlance, cloud: FakeCloud, call: str, response: Any, message: str
) -> None:
    glance.replaced[call] = [response]
    result = run()
    assert result["failed"]
    assert re.search(message, result["msg"])
    assert not [made for made in glance.calls if not made.startswith("GET")]


@pytest.mark.parametrize("failure", [OSError("refused"), (502, "no"), (503, "no"), (504, "no")], ids=str)
@pytest.mark.parametrize("call", API_CALLS)
def test_starting_service_is_waited_for(glance: FakeGlance, cloud: FakeCloud, call: str, failure: Any) -> None:
    glance.replaced[call] = [failure, failure, glance.response(call)]
    assert not run().get("failed")
    assert glance.calls.count(call) == 4  # including one at the URL of the catalog


def test_waiting_times_out(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /"] = [OSError("refused")]
    assert run()["msg"].endswith("Waited 2 seconds for it")
    assert glance.calls == ["GET /"] * 17  # at 0, 0.125, ... 2


def test_permanent_failure_is_not_retried(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/images"] = [(401, "no")]
    assert run()["failed"]
    assert glance.calls == API_CALLS


@pytest.mark.parametrize(
    "root",
    [
        pytest.param((200, "<html>It works</html>"), id="web page"),
        pytest.param((404, {}), id="empty document"),
        pytest.param((200, {"versions": {"values": []}}), id="Identity service"),
    ],
)
def test_versions_are_read_from_both_paths(glance: FakeGlance, cloud: FakeCloud, root: Any) -> None:
    glance.replaced = {"GET /": [root], "GET /versions": [(200, VERSIONS)]}
    assert run()["versions"] == ["v2.15", "v2.13"]
    glance.replaced["GET /versions"] = [root]
    assert "without the versions of the Image API" in run()["msg"]


@pytest.mark.parametrize(
    ("response", "health"),
    [((200, "OK"), "OK"), ((503, "DISABLED BY FILE"), "DISABLED BY FILE"), ((404, "no"), None)],
    ids=["enabled", "disabled by file", "no middleware"],
)
def test_health_is_the_response_of_the_service(
    glance: FakeGlance, cloud: FakeCloud, response: Any, health: str | None
) -> None:
    glance.replaced["GET /healthcheck"] = [response]
    assert run(upload=False)["health"] == health


def test_each_url_of_the_catalog_is_checked_once(glance: FakeGlance, cloud: FakeCloud) -> None:
    cloud.catalog = {"public": "https://cloud", "internal": URL, "admin": URL}
    run(upload=False)
    assert cloud.endpoint_requests == [None, "https://cloud", URL]


def test_failing_endpoint_is_named(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/images"] = [(200, {"images": []}), (401, "no")]
    assert run()["msg"].startswith(f"The public and internal and admin endpoint of the catalog, {URL}, does not work")


def test_each_writable_store_is_checked(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced["GET /v2/info/stores"] = [(200, STORES)]
    result = run(stores=["fs", "ceph"])
    assert [upload["store"] for upload in result["uploads"]] == ["fs", "ceph"]
    assert glance.calls.count("DELETE /v2/images/1") == 2


def test_failing_store_is_named(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.replaced = {"GET /v2/info/stores": [(200, STORES)], "PUT /v2/images/1/file": [(503, "no")]}
    message = run()["msg"]
    assert message.startswith("The store fs does not work")
    assert message.endswith("The image of this check was removed")


def test_newest_image_of_each_store_is_read(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.images = [stored("a", "fs,ceph"), stored("b", "fs"), stored("c", "fs")]
    result = run(check_mode=True, read=True)
    assert result["reads"] == [{"store": "fs", "image": "b"}, {"store": "ceph", "image": "a"}]
    assert glance.closed == ["b", "a"]


def test_store_without_ranges_is_read_from_the_beginning(glance: FakeGlance, cloud: FakeCloud) -> None:
    glance.images, glance.has_ranges = [stored("a", "fs")], False
    assert run(upload=False, read=True)["reads"] == [{"store": "fs", "image": "a"}]
    assert glance.closed == ["a", "a"]


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        pytest.param(500, [], "check the owner and the mode of the files", id="not readable"),
        pytest.param(404, [], "the data was removed from the store", id="no data"),
        pytest.param(204, [], "is not among the stores of the configuration", id="removed store"),
        pytest.param(200, [], "sent none of its 7 bytes", id="nothing"),
        pytest.param(200, [OSError("reset")], "ended early: reset", id="interrupted"),
    ],
)
def test_image_that_cannot_be_read_is_reported(
    status: int, content: list[Any], expected: str, glance: FakeGlance, cloud: FakeCloud
) -> None:
    glance.images = [stored("a", "fs"), stored("b", "ceph")]
    glance.downloads["a"] = (status, content)
    message = run(upload=False, read=True)["msg"]
    assert message.startswith("The image a (name of a) in the store fs cannot be read: ")
    assert expected in message
    assert "image b" not in message
    assert glance.closed == ["a", "b"]


def stored(image_id: str, stores: str) -> dict[str, Any]:
    return {"id": image_id, "name": f"name of {image_id}", "status": "active", "size": 7, "stores": stores}
