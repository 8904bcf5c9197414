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


def answered(status: int, body: Any = None) -> SimpleNamespace:
    def document() -> Any:
        if body is None:
            raise ValueError
        return body

    return SimpleNamespace(status_code=status, json=document, headers={}, url="http://c", text="no", reason="no")


class FakeService:
    """Answers what a test says, one after the other; the last one stays."""

    def __init__(self, **given: list[Any]) -> None:
        self.given = {"/": [answered(300, VERSIONS)], "/v2/images": [answered(200, {"images": []})], **given}
        self.asked: list[tuple[str, bool]] = []

    def request(self, method: str, path: str, **arguments: Any) -> Any:
        self.asked.append((path, arguments.get("authenticated", True)))
        answers = self.given[path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now


def api(service: FakeService, endpoint: str | None = None, catalog: Any = None, **more: Any) -> health.Api:
    cloud = SimpleNamespace(
        region="RegionOne",
        endpoints=lambda _type: ENDPOINTS if catalog is None else catalog,
        service=lambda _type, endpoint: service,
    )
    return health.Api(cloud, endpoint, timeout=2, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "versions"),
    [(VERSIONS, ["v2.15"]), ({"versions": {"values": []}}, []), ({}, []), ([], []), (None, [])],
    ids=["image", "identity", "another", "list", "no JSON"],
)
def test_versions_of_a_document(body: Any, versions: list[str]) -> None:
    assert health.versions_of(answered(200, body)) == versions


def test_service_is_asked_as_itself_and_with_the_token() -> None:
    service = FakeService()
    assert api(service).answers() == {"endpoints": ENDPOINTS, "versions": ["v2.15"], "images": False}
    assert service.asked == [("/", False), ("/v2/images", True)]


@pytest.mark.parametrize(
    "answer", [GlanceError("refused"), *map(answered, health.NOT_UP_YET)], ids=["refused", "502", "503", "504"]
)
def test_service_that_is_starting_is_waited_for(answer: Any, clock: list[float]) -> None:
    looks: list[float] = []
    service = FakeService(**{"/v2/images": [answer, answer, answered(200, {"images": [{}]})]})
    assert api(service, look=lambda: looks.append(clock[0])).answers()["images"]
    assert looks == [0, health.PAUSE]


def test_requests_may_take_longer_as_the_wait_goes_on(clock: list[float]) -> None:
    limits: list[float] = []

    class Slow(FakeService):
        def request(self, method: str, path: str, **arguments: Any) -> Any:
            limits.append(arguments["timeout"])
            clock[0] += arguments["timeout"]
            raise GlanceError("read timed out")

    slow = api(Slow())
    slow._timeout = 60
    with pytest.raises(GlanceError, match="read timed out"):
        slow.answers()
    assert [round(limit) for limit in limits] == [10, 10, 21, 18]
    assert clock[0] <= 60 + health.ANSWER_WITHIN


def test_wait_has_an_end(clock: list[float]) -> None:
    with pytest.raises(GlanceError, match=r"listens there\. Waited 2 seconds for it"):
        api(FakeService(**{"/": [GlanceError("refused")]})).answers()
    assert clock[0] == 2


@pytest.mark.parametrize("body", [{}, [], {"images": {}}, {"images": None}, "x"], ids=repr)
def test_answer_of_another_service_is_refused(body: Any) -> None:
    with pytest.raises(GlanceError, match="answered 200, but not with a list of images. Usually this is the URL of an"):
        api(FakeService(**{"/v2/images": [answered(200, body)]})).answers()


def test_look_ends_the_wait(clock: list[float]) -> None:
    def look() -> None:
        raise GlanceError("The unit has failed")

    with pytest.raises(GlanceError, match="^The unit has failed$"):
        api(FakeService(**{"/": [GlanceError("refused")]}), look=look).answers()
    assert clock[0] == 0


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_wrong_answer_is_explained_at_once(status: int, clock: list[float]) -> None:
    with pytest.raises(GlanceError) as told:
        api(FakeService(**{"/v2/images": [answered(status)]})).answers()
    assert str(told.value).endswith(f"answered {status}: no. {health.USUALLY[status]}")
    assert clock[0] == 0


def test_500_is_waited_out_while_another_program_of_the_service_starts(clock: list[float]) -> None:
    answers = [answered(500), answered(500), answered(200, {"images": [{}]})]
    assert api(FakeService(**{"/v2/images": answers}), settle=1).answers()["images"]
    assert clock[0] == 2 * health.PAUSE
    with pytest.raises(GlanceError, match="answered 500"):
        api(FakeService(**{"/v2/images": [answered(500)]}), settle=1).answers()
    assert clock[0] < 2


def test_catalog_without_endpoint_is_told_unless_one_is_given() -> None:
    with pytest.raises(GlanceError, match="no endpoint of a service of type image in the region RegionOne"):
        api(FakeService(), catalog={}).answers()
    assert api(FakeService(), endpoint="http://c:9292", catalog={}).answers()["endpoints"] == {}
