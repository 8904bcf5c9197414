# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image import import_task
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import (
    Capabilities,
    Import,
    ImportStatus,
    ImportTimeout,
    StorePlan,
    Task,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack import retry
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE, Service

ID = "8a361309-7b80-440a-a57b-8e56fdb08e26"
IMAGE = f"/v2/images/{ID}"
METHODS = ("glance-direct", "web-download", "copy-image")
STORES = {"stores": [{"id": "fs", "default": "true"}, {"id": "two"}, {"id": "web", "read-only": "true"}]}
OFFER = Capabilities(methods=METHODS, stores=("fs", "two"), read_only=("web",))

Look = Any  # (image, tasks); tasks are None where the service does not tell of them


def task(status: str, message: str = "", number: int = 1) -> dict[str, Any]:
    return {
        "id": f"task-{number}",
        "type": "api_image_import",
        "status": status,
        "message": message,
        "created_at": f"2026-01-01T00:00:{number:02}Z",
        "updated_at": None,
        "input": {"import_req": {"method": {"uri": "http://user:secret@mirror/x"}}},
    }


def image(status: str, stores: str = "", importing: str = "", failed: str = "", **more: Any) -> dict[str, Any]:
    told = {"os_glance_importing_to_stores": importing, "os_glance_failed_import": failed}
    held = {"stores": stores} if stores else {}
    return {"id": ID, "status": status, "size": None, **held, **told, **more}


class FakeGlance:
    """The part of the Image API that imports, as an adapter of keystoneauth shows it; each look sees the next state."""

    service_type = "image"

    def __init__(self, *looks: Look, old_tasks: Any = ()) -> None:
        self.looks = [*looks]
        self.old_tasks = list(old_tasks)
        self.started = False
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "/v2/info/import": {"import-methods": {"value": [*METHODS]}},
            "/v2/info/stores": STORES,
        }
        self.refusal: tuple[int, str] | None = None
        self.outage = 0  # requests for the image that get no proper answer

    def request(self, path: str, method: str, raise_exc: bool, **arguments: Any) -> SimpleNamespace:
        assert not raise_exc
        self.sent.append((method, path, arguments))
        if method != "GET":
            if self.refusal:
                return answered(self.refusal[0], {"message": self.refusal[1]})
            self.started = self.started or path.endswith("/import")
            return answered(202, {})
        if path == IMAGE + "/tasks":
            return self._tasks()
        if path == IMAGE:
            if self.outage:
                self.outage -= 1
                return answered(503, {})
            seen, _tasks = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
            return answered(200, seen)
        found = self.answers.get(path)
        return answered(404 if found is None else 200, found)

    def _tasks(self) -> SimpleNamespace:
        ours = self.looks[0][1] if self.started else []
        return answered(404, {}) if ours is None else answered(200, {"tasks": [*ours, *self.old_tasks]})

    def paths(self, method: str) -> list[str]:
        return [path for sent, path, _arguments in self.sent if sent == method]


def answered(status: int, body: Any) -> SimpleNamespace:
    headers = {"x-openstack-request-id": "req-1"}
    return SimpleNamespace(
        status_code=status, json=lambda: body, headers=headers, url="http://glance/v2", text="", reason=""
    )


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(import_task, "monotonic", clock.monotonic)
    monkeypatch.setattr(import_task, "sleep", clock.sleep)
    monkeypatch.setattr(retry, "sleep", clock.sleep)
    return clock


def importer(glance: FakeGlance, report: Any = lambda seen: None) -> Import:
    return Import(Service(glance, (OSError,)), RetryPolicy(), report)


OFFERS = [
    pytest.param({}, OFFER, id="methods and stores"),
    pytest.param({"/v2/info/stores": None}, Capabilities(METHODS), id="one store without a name"),
    pytest.param({"/v2/info/stores": None, "/v2/info/import": None}, Capabilities(), id="before Queens"),
    pytest.param({"/v2/info/import": {"import-methods": {"value": []}}}, OFFER._replace(methods=()), id="no methods"),
]


@pytest.mark.parametrize(("answers", "offer"), OFFERS)
def test_offer_is_what_the_service_says_and_asked_once(answers: dict[str, Any], offer: Capabilities) -> None:
    glance = FakeGlance()
    glance.answers.update(answers)
    imports = importer(glance)
    assert imports.offered() == offer
    assert imports.offered() == offer
    assert len(glance.sent) == 2


CHECKS = [
    pytest.param({}, ("web-download",), None, id="method"),
    pytest.param({}, ("copy-image", ["two", "fs"]), None, id="stores"),
    pytest.param({}, ("copy-image", [], True), None, id="all stores"),
    pytest.param({}, (None, ["two"]), None, id="stores of an upload"),
    pytest.param({"/v2/info/stores": None}, ("web-download",), None, id="no stores to choose"),
    pytest.param(
        {},
        ("glance-download",),
        "not import by glance-download, only by glance-direct, web-download, copy-image",
        id="method that is not enabled",
    ),
    pytest.param({"/v2/info/import": None}, ("web-download",), "by web-download, in no way", id="no import at all"),
    pytest.param({}, (None, ["fs", "x"]), "no store x to write to, only fs, two", id="unknown store"),
    pytest.param({}, (None, ["web"]), r"no store web \(read-only\) to write to", id="read-only store"),
    pytest.param(
        {"/v2/info/stores": {"stores": [{"id": "web", "read-only": "true"}]}},
        (None, ["x"]),
        "no store x to write to, only none",
        id="only a read-only store",
    ),
    pytest.param({"/v2/info/stores": None}, (None, ["fs"]), "one store without a name", id="store without names"),
    pytest.param(
        {"/v2/info/stores": None}, ("copy-image", [], True), "all_stores cannot be asked for", id="all of no stores"
    ),
]


@pytest.mark.parametrize(("answers", "asked", "told"), CHECKS)
def test_what_is_not_offered_is_refused_before_anything_is_sent(answers: Any, asked: Any, told: str | None) -> None:
    glance = FakeGlance()
    glance.answers.update(answers)
    if told is None:
        importer(glance).check(*asked)
    else:
        with pytest.raises(GlanceError, match=told):
            importer(glance).check(*asked)
    assert {method for method, _path, _arguments in glance.sent} == {"GET"}


REQUESTS = [
    pytest.param(
        {"method": "web-download", "uri": "http://x"},
        {"method": {"name": "web-download", "uri": "http://x"}},
        id="web-download",
    ),
    pytest.param({"method": "glance-direct"}, {"method": {"name": "glance-direct"}}, id="glance-direct"),
    pytest.param(
        {"method": "glance-download", "region": "R", "remote_id": "i", "interface": "internal"},
        {
            "method": {
                "name": "glance-download",
                "glance_region": "R",
                "glance_image_id": "i",
                "glance_service_interface": "internal",
            }
        },
        id="glance-download",
    ),
    pytest.param(
        {"method": "copy-image", "stores": ("two",), "all_stores_must_succeed": False},
        {"method": {"name": "copy-image"}, "stores": ["two"], "all_stores_must_succeed": False},
        id="copy-image to some stores",
    ),
    pytest.param(
        {"method": "copy-image", "stores": ("two",), "all_stores": True},
        {"method": {"name": "copy-image"}, "all_stores": True},
        id="copy-image to all stores",
    ),
]


@pytest.mark.parametrize(("asked", "expected"), REQUESTS)
def test_import_is_started_with_what_was_asked_for_and_no_more(asked: dict[str, Any], expected: Any) -> None:
    glance = FakeGlance((image("queued"), []))
    importer(glance).start(ID, **asked)
    (sent,) = [arguments for method, path, arguments in glance.sent if (method, path) == ("POST", IMAGE + "/import")]
    assert sent == {"json": expected}


REFUSALS = [
    pytest.param(400, "Import method not supported", id="method"),
    pytest.param(403, "You are not authorized", id="forbidden"),
    pytest.param(409, "Image has active task", id="conflict"),
    pytest.param(413, "User has 0 left", id="quota"),
    pytest.param(503, "Try again", id="not now"),
]


@pytest.mark.parametrize(("status", "message"), REFUSALS)
def test_refusal_is_told_as_it_is_and_not_tried_again(status: int, message: str) -> None:
    glance = FakeGlance((image("queued"), []))
    glance.refusal = (status, message)
    with pytest.raises(GlanceError) as caught:
        importer(glance).start(ID, "web-download", uri="http://x:1/")
    assert f"answered {status}: {message} (request req-1)" in str(caught.value)
    assert glance.paths("POST") == [IMAGE + "/import"]


@pytest.mark.parametrize(
    ("uri", "names", "not_named"),
    [
        pytest.param(
            "http://me:s3cret@mirror:8099/x.img?sig=s3cret",
            ["refuse http://mirror:8099/x.img.", '{"import_filtering_opts": {"allowed_ports": [80, 443, 8099]}}'],
            "s3cret",
            id="port",
        ),
        pytest.param(
            "https://localhost/x", ["the host localhost", "[import_filtering_opts]"], "allowed_ports", id="host"
        ),
    ],
)
def test_refusal_by_import_filters_names_the_option(uri: str, names: list[str], not_named: str) -> None:
    glance = FakeGlance((image("queued"), []))
    glance.refusal = (400, f"URI for web-download does not pass filtering: {uri}")
    with pytest.raises(GlanceError) as caught:
        importer(glance).start(ID, "web-download", uri=uri)
    assert [name for name in names if name not in str(caught.value)] == []
    assert not_named not in str(caught.value)


@pytest.mark.parametrize(
    ("size", "headers"), [(4, {"X-OpenStack-Image-Size": "4"}), (None, {})], ids=["size", "no size"]
)
def test_data_is_staged_in_one_request(size: int | None, headers: dict[str, str]) -> None:
    glance = FakeGlance()
    body = SimpleNamespace(size=size)
    importer(glance).stage(ID, body, 30)
    ((method, path, arguments),) = glance.sent
    assert (method, path) == ("PUT", IMAGE + "/stage")
    headers = {"Content-Type": "application/octet-stream", **headers}
    assert arguments == {"headers": headers, "data": body, "timeout": 30, **SEND_ONCE}


DONE = (image("active", "fs", size=5), [task("success", "Copied 0 MiB")])
GOOD = [
    pytest.param([(image("queued"), [task("pending")]), DONE], ("fs",), (), id="download"),
    pytest.param([(image("active", "fs"), [task("processing")]), DONE], ("fs",), (), id="active, but not over"),
    pytest.param(
        [(image("active", "fs", os_glance_import_task="task-1"), [task("success")]), DONE],
        ("fs",),
        (),
        id="over, but still locked",
    ),
    pytest.param(
        [
            (image("active", "fs", importing="two"), [task("processing")]),
            (image("active", "fs,two"), [task("success")]),
        ],
        ("fs", "two"),
        (),
        id="copy",
    ),
    pytest.param([(image("active", "fs", failed="two"), [task("success")])], ("fs",), ("two",), id="missed store"),
    pytest.param([(image("active", "fs"), [])], ("fs",), (), id="nothing to copy, so no task"),
    pytest.param(
        [(image("queued"), None), (image("importing", importing="fs"), None), (image("active", "fs"), None)],
        ("fs",),
        (),
        id="service without tasks",
    ),
]


@pytest.mark.parametrize(("looks", "stores", "failed"), GOOD)
def test_import_is_looked_on_until_it_is_over(looks: list[Look], stores: Any, failed: Any) -> None:
    glance = FakeGlance(*looks)
    imports = importer(glance)
    imports.start(ID, "web-download", uri="http://x")
    last, tasks = looks[-1]
    outcome = imports.finish(ID, timeout=60)
    assert (outcome.image, outcome.stores, outcome.failed) == (last, stores, failed)
    told = [{name: each[name] for name in ("id", "type", "status", "message")} for each in tasks or ()]
    assert [*outcome.tasks] == told
    assert len(glance.looks) == 1


def test_copy_of_a_service_without_tasks_is_over_when_the_stores_hold_it() -> None:
    looks = [(image("active", stores), None) for stores in ("fs", "fs", "fs,two")]
    glance = FakeGlance(*looks)
    imports = importer(glance)
    imports.start(ID, "copy-image", all_stores=True)
    assert imports.finish(ID, timeout=60).stores == ("fs", "two")


BAD = [
    pytest.param(
        [(image("queued"), [task("failure", "Quota used up")])],
        r"failed: Quota used up \(task task-1\)",
        id="reason of the task",
    ),
    pytest.param(
        [(image("queued", failed="fs"), [task("failure", "Task failed due to Internal Error")])],
        "Internal Error; the log of the service says why, of the task task-1",
        id="no reason but an internal error",
    ),
    pytest.param([(image("queued"), [task("failure")])], "no reason is told; the log of", id="no reason"),
    pytest.param([(image("active", "fs"), [task("failure", "x")])], "failed: x", id="copy that failed"),
    pytest.param([(image("killed"), [task("processing")])], "the image is killed", id="killed"),
    pytest.param([(image("queued"), [task("success")])], "the image is queued", id="success without data"),
    pytest.param(
        [(image("importing"), None), (image("queued"), None)], "the image is queued again", id="back, without tasks"
    ),
    pytest.param(
        [(image("importing"), None), (image("uploading"), None)], "is uploading again", id="staged, without tasks"
    ),
    pytest.param([(image("queued", failed="a,b"), None)], "did not reach a, b", id="failed stores, without tasks"),
]


@pytest.mark.parametrize(("looks", "told"), BAD)
def test_failure_is_told_as_soon_as_it_is_seen(looks: list[Look], told: str) -> None:
    glance = FakeGlance(*looks, (image("active", "fs"), [task("success")]))
    imports = importer(glance)
    imports.start(ID, "web-download", uri="http://user:secret@mirror/x")
    with pytest.raises(GlanceError, match=told) as caught:
        imports.finish(ID, timeout=60)
    assert not isinstance(caught.value, ImportTimeout)
    assert ID in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(glance.looks) == 1


def test_tasks_of_earlier_imports_do_not_matter() -> None:
    earlier = task("failure", "long ago", number=0)
    glance = FakeGlance((image("active", "fs"), [task("processing")]), DONE, old_tasks=[earlier])
    imports = importer(glance)
    imports.start(ID, "copy-image", stores=["two"])
    assert [each["id"] for each in imports.finish(ID, timeout=60).tasks] == ["task-1"]


def test_import_that_another_run_started_is_taken_up_by_its_newest_task() -> None:
    tasks = [task("success", number=2), task("failure", "long ago", number=1)]
    glance = FakeGlance((image("active", "fs"), tasks))
    glance.started = True
    assert [each["id"] for each in importer(glance).finish(ID, timeout=60).tasks] == ["task-1", "task-2"]


def test_pauses_grow_and_the_time_is_kept(clock: Clock) -> None:
    state = (image("importing", importing="fs"), [task("processing", "Copied 7 MiB")])
    imports = importer(FakeGlance(state))
    imports.start(ID, "web-download", uri="http://x")
    told = (
        "not over within 60 seconds: the image is importing, has yet to reach fs, "
        r"its task task-1 is processing \(Copied 7 MiB\)"
    )
    with pytest.raises(ImportTimeout, match=told):
        imports.finish(ID, timeout=60)
    assert clock.slept[:3] == [0.25, 0.375, 0.5625]
    assert clock.slept[:-1] == sorted(clock.slept[:-1])
    assert max(clock.slept) == 5
    assert clock.now == 60


def test_import_that_does_not_move_is_given_up() -> None:
    moving = [(image("importing"), [task("processing", f"Copied {number} MiB")]) for number in range(20)]
    imports = importer(FakeGlance(*moving))
    imports.start(ID, "web-download", uri="http://x")
    with pytest.raises(ImportTimeout, match=r"has not moved for 10 seconds: .*Copied 19 MiB"):
        imports.finish(ID, timeout=600, stall=10)


def test_service_that_restarts_is_waited_for() -> None:
    glance = FakeGlance(DONE)
    imports = importer(glance)
    imports.start(ID, "web-download", uri="http://x")
    glance.outage = 20  # looks, a minute and a half
    assert imports.finish(ID, timeout=600).stores == ("fs",)


@pytest.mark.parametrize(("timeout", "waited"), [(3600, 120), (60, 60)], ids=["two minutes", "the timeout"])
def test_service_that_stays_away_is_given_up(clock: Clock, timeout: int, waited: int) -> None:
    glance = FakeGlance(DONE)
    glance.outage = 1000
    with pytest.raises(ImportTimeout, match=r"cannot be looked at any more: .* answered 503"):
        importer(glance).finish(ID, timeout)
    assert clock.now == waited


def test_progress_is_reported_with_each_look() -> None:
    looks = [(image("importing"), [task("processing", said)]) for said in ("", "Copied 3 MiB")]
    seen: list[int | None] = []
    imports = importer(FakeGlance(*looks, DONE), lambda look: seen.append(look.bytes))
    imports.start(ID, "web-download", uri="http://x")
    imports.finish(ID, timeout=60)
    assert seen == [None, 3 * 1024 * 1024, 5]


REMOVALS = [
    pytest.param(None, "fs", None, id="removed"),
    pytest.param((404, "not stored in"), "fs", None, id="not there"),
    pytest.param((403, "only store"), "fs", None, id="not there, and only one other left"),
    pytest.param((403, "only store"), "two", "answered 403: only store", id="the only one"),
    pytest.param((409, "in use"), "fs,two", "answered 409: in use", id="in use"),
]


@pytest.mark.parametrize(("refusal", "present", "told"), REMOVALS)
def test_data_is_removed_from_a_store(refusal: Any, present: str, told: str | None) -> None:
    glance = FakeGlance((image("active", present), None))
    glance.refusal = refusal
    if told is None:
        importer(glance).remove(ID, "two")
    else:
        with pytest.raises(GlanceError, match=told):
            importer(glance).remove(ID, "two")
    assert glance.paths("DELETE") == [f"/v2/stores/two/{ID}"]


PLANS = [
    pytest.param("fs", [], "replace", StorePlan(), id="no wish"),
    pytest.param("fs", ["fs"], "replace", StorePlan(), id="as it is"),
    pytest.param("fs", ["two", "fs", "two"], "merge", StorePlan(copy=("two",)), id="one more"),
    pytest.param("fs,two", ["fs"], "merge", StorePlan(), id="one too many"),
    pytest.param("fs,two", ["fs"], "replace", StorePlan(remove=("two",)), id="one too many, exactly"),
    pytest.param("fs,two", ["new"], "replace", StorePlan(copy=("new",), remove=("fs", "two")), id="elsewhere"),
    pytest.param("", ["fs"], "replace", StorePlan(copy=("fs",)), id="nowhere yet"),
]


@pytest.mark.parametrize(("present", "wanted", "mode", "plan"), PLANS)
def test_stores_are_planned(present: str, wanted: list[str], mode: str, plan: StorePlan) -> None:
    assert import_task.plan_stores(image("active", present), wanted, mode) == plan
    assert import_task.missing_stores(image("active", present), wanted) == plan.copy


def test_task_tells_nothing_of_what_it_was_asked_for() -> None:
    (told,) = import_task.tasks_of({"tasks": [task("failure", "x")]})
    assert told == Task("task-1", "api_image_import", "failure", "x")
    assert "secret" not in repr(ImportStatus(image("queued"), (told,)))
