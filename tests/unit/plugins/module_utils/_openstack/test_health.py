# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack import health

VERSIONS = {"versions": [{"id": "v2.15"}]}
ENDPOINTS = {"public": "http://c:9292"}


def response(status: int, body: Any = None) -> SimpleNamespace:
    def document() -> Any:
        if body is None:
            raise ValueError
        return body

    return SimpleNamespace(status_code=status, json=document, headers={}, url="http://c", text="no", reason="no")


class FakeService:
    """A service with a list of responses for each path; the last response is repeated."""

    def __init__(self, **responses: list[Any]) -> None:
        self.responses = {"/": [response(300, VERSIONS)], "/v2/images": [response(200, {"images": []})], **responses}
        self.requests: list[tuple[str, bool]] = []

    def request(self, method: str, path: str, **arguments: Any) -> Any:
        self.requests.append((path, arguments.get("authenticated", True)))
        responses = self.responses[path]
        response = responses.pop(0) if len(responses) > 1 else responses[0]
        if isinstance(response, Exception):
            raise response
        return response


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now


def check(service: FakeService, endpoint: str | None = None, catalog: Any = None, **options: Any) -> health.ApiCheck:
    cloud = SimpleNamespace(
        region="RegionOne",
        endpoints=lambda _type: ENDPOINTS if catalog is None else catalog,
        service=lambda _type, endpoint: service,
    )
    return health.ApiCheck(cloud, endpoint, timeout=2, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "versions"),
    [(VERSIONS, ["v2.15"]), ({"versions": {"values": []}}, []), ({}, []), ([], []), (None, [])],
    ids=["image", "identity", "other", "list", "no JSON"],
)
def test_versions_are_read_from_a_version_document(body: Any, versions: list[str]) -> None:
    assert health.versions_of(response(200, body)) == versions


def test_service_is_checked_without_and_with_a_token() -> None:
    service = FakeService()
    assert check(service).run() == {"endpoints": ENDPOINTS, "versions": ["v2.15"], "images": False}
    assert service.requests == [("/", False), ("/v2/images", True)]


@pytest.mark.parametrize(
    "failure",
    [GlanceError("refused"), *map(response, health.NOT_READY_STATUS_CODES)],
    ids=["refused", "502", "503", "504"],
)
def test_starting_service_is_checked_again(failure: Any, clock: list[float]) -> None:
    retries: list[float] = []
    service = FakeService(**{"/v2/images": [failure, failure, response(200, {"images": [{}]})]})
    assert check(service, on_retry=lambda: retries.append(clock[0])).run()["images"]
    assert retries == [0, health.PAUSE]


def test_request_timeout_grows_with_the_waiting_time(clock: list[float]) -> None:
    limits: list[float] = []

    class Slow(FakeService):
        def request(self, method: str, path: str, **arguments: Any) -> Any:
            limits.append(arguments["timeout"])
            clock[0] += arguments["timeout"]
            raise GlanceError("read timed out")

    slow = check(Slow())
    slow._timeout = 60
    with pytest.raises(GlanceError, match="read timed out"):
        slow.run()
    assert [round(limit) for limit in limits] == [10, 10, 20, 19]
    assert clock[0] <= 60 + health.REQUEST_TIMEOUT


def test_waiting_times_out(clock: list[float]) -> None:
    with pytest.raises(GlanceError, match=r"listens there\. Waited 2 seconds for it"):
        check(FakeService(**{"/": [GlanceError("refused")]})).run()
    assert clock[0] == 2


@pytest.mark.parametrize("body", [{}, [], {"images": {}}, {"images": None}, "x"], ids=repr)
def test_response_of_another_service_is_an_error(body: Any) -> None:
    with pytest.raises(GlanceError, match="answered 200 without a list of images. Usually this is the URL of an"):
        check(FakeService(**{"/v2/images": [response(200, body)]})).run()


def test_error_of_on_retry_ends_the_waiting(clock: list[float]) -> None:
    def fail() -> None:
        raise GlanceError("The unit has failed")

    with pytest.raises(GlanceError, match="^The unit has failed$"):
        check(FakeService(**{"/": [GlanceError("refused")]}), on_retry=fail).run()
    assert clock[0] == 0


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_wrong_status_is_reported_immediately_with_its_likely_cause(status: int, clock: list[float]) -> None:
    with pytest.raises(GlanceError) as caught:
        check(FakeService(**{"/v2/images": [response(status)]})).run()
    assert str(caught.value).endswith(f"answered {status}: no. {health.LIKELY_CAUSES[status]}")
    assert clock[0] == 0


def test_status_500_is_retried_in_the_grace_period(clock: list[float]) -> None:
    responses = [response(500), response(500), response(200, {"images": [{}]})]
    assert check(FakeService(**{"/v2/images": responses}), grace_period=1).run()["images"]
    assert clock[0] == 2 * health.PAUSE
    with pytest.raises(GlanceError, match="answered 500"):
        check(FakeService(**{"/v2/images": [response(500)]}), grace_period=1).run()
    assert clock[0] < 2


def test_catalog_without_endpoint_is_an_error_unless_one_is_given() -> None:
    with pytest.raises(GlanceError, match="no endpoint of a service of type image in the region RegionOne"):
        check(FakeService(), catalog={}).run()
    assert check(FakeService(), endpoint="http://c:9292", catalog={}).run()["endpoints"] == {}


@pytest.mark.parametrize(
    ("status", "hint"), [(401, ". Usually the password is wrong"), (418, "")], ids=["known status", "other status"]
)
def test_failure_has_a_hint_for_known_statuses(status: int, hint: str) -> None:
    message = health.failure_with_hint("GET", response(status), {401: "Usually the password is wrong"})
    assert message == f"GET http://c answered {status}: no{hint}"
