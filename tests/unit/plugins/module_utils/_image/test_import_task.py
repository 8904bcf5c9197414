# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import ImportTimeout
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_imports import (
    ID,
    IMAGE,
    Clock,
    FakeGlance,
    Poll,
    image,
    new_import,
    task,
)

pytestmark = pytest.mark.usefixtures("clock")

REFUSALS = [
    pytest.param(400, "Import method not supported", id="method"),
    pytest.param(403, "You are not authorized", id="forbidden"),
    pytest.param(409, "Image has active task", id="conflict"),
    pytest.param(413, "User has 0 left", id="quota"),
    pytest.param(503, "Try again", id="not now"),
]


@pytest.mark.parametrize(("status", "message"), REFUSALS)
def test_refusal_is_reported_and_not_retried(status: int, message: str) -> None:
    glance = FakeGlance((image("queued"), []))
    glance.refusal = (status, message)
    with pytest.raises(GlanceError) as caught:
        new_import(glance).start(ID, "web-download", uri="http://x:1/")
    assert f"answered {status}: {message} (request req-1)" in str(caught.value)
    assert glance.paths("POST") == [IMAGE + "/import"]


@pytest.mark.parametrize(
    ("size", "headers"), [(4, {"X-OpenStack-Image-Size": "4"}), (None, {})], ids=["size", "no size"]
)
def test_data_is_staged_in_one_request(size: int | None, headers: dict[str, str]) -> None:
    glance = FakeGlance()
    body = SimpleNamespace(size=size)
    new_import(glance).stage(ID, body, 30)
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


@pytest.mark.parametrize(("polls", "stores", "failed"), GOOD)
def test_end_of_the_import_is_awaited(polls: list[Poll], stores: Any, failed: Any) -> None:
    glance = FakeGlance(*polls)
    imports = new_import(glance)
    imports.start(ID, "web-download", uri="http://x")
    last, tasks = polls[-1]
    outcome = imports.wait(ID, timeout=60)
    assert (outcome.image, outcome.stores, outcome.failed) == (last, stores, failed)
    expected = [{name: each[name] for name in ("id", "type", "status", "message")} for each in tasks or ()]
    assert [*outcome.tasks] == expected
    assert len(glance.polls) == 1


def test_copy_without_tasks_ends_when_all_stores_hold_the_data() -> None:
    polls = [(image("active", stores), None) for stores in ("fs", "fs", "fs,two")]
    glance = FakeGlance(*polls)
    imports = new_import(glance)
    imports.start(ID, "copy-image", all_stores=True)
    assert imports.wait(ID, timeout=60).stores == ("fs", "two")


BAD = [
    pytest.param(
        [(image("queued"), [task("failure", "Quota used up")])],
        r"failed: Quota used up \(task task-1\)",
        id="reason of the task",
    ),
    pytest.param(
        [(image("queued", failed="fs"), [task("failure", "Task failed due to Internal Error")])],
        "Internal Error; see the log of the service for the cause .task task-1",
        id="no reason but an internal error",
    ),
    pytest.param([(image("queued"), [task("failure")])], "the task has no message; see the log of", id="no reason"),
    pytest.param([(image("active", "fs"), [task("failure", "x")])], "failed: x", id="copy that failed"),
    pytest.param([(image("killed"), [task("processing")])], "the image is killed", id="killed"),
    pytest.param([(image("queued"), [task("success")])], "the image is queued", id="success without data"),
    pytest.param(
        [(image("importing"), None), (image("queued"), None)], "the image is queued again", id="back, without tasks"
    ),
    pytest.param(
        [(image("importing"), None), (image("uploading"), None)], "is uploading again", id="staged, without tasks"
    ),
    pytest.param([(image("queued", failed="a,b"), None)], "was not stored in a, b", id="failed stores, without tasks"),
]


@pytest.mark.parametrize(("polls", "expected"), BAD)
def test_failure_is_reported_immediately(polls: list[Poll], expected: str) -> None:
    glance = FakeGlance(*polls, (image("active", "fs"), [task("success")]))
    imports = new_import(glance)
    imports.start(ID, "web-download", uri="http://user:secret@mirror/x")
    with pytest.raises(GlanceError, match=expected) as caught:
        imports.wait(ID, timeout=60)
    assert not isinstance(caught.value, ImportTimeout)
    assert ID in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(glance.polls) == 1


def test_tasks_of_earlier_imports_are_ignored() -> None:
    earlier = task("failure", "long ago", number=0)
    glance = FakeGlance((image("active", "fs"), [task("processing")]), DONE, old_tasks=[earlier])
    imports = new_import(glance)
    imports.start(ID, "copy-image", stores=["two"])
    assert [each["id"] for each in imports.wait(ID, timeout=60).tasks] == ["task-1"]


def test_import_of_another_run_is_monitored_by_its_newest_task() -> None:
    tasks = [task("success", number=2), task("failure", "long ago", number=1)]
    glance = FakeGlance((image("active", "fs"), tasks))
    glance.started = True
    assert [each["id"] for each in new_import(glance).wait(ID, timeout=60).tasks] == ["task-1", "task-2"]


def test_pauses_grow_until_the_timeout(clock: Clock) -> None:
    state = (image("importing", importing="fs"), [task("processing", "Copied 7 MiB")])
    imports = new_import(FakeGlance(state))
    imports.start(ID, "web-download", uri="http://x")
    expected = (
        "did not finish within 60 seconds: the image is importing, the data is not yet in fs, "
        r"its task task-1 is processing \(Copied 7 MiB\)"
    )
    with pytest.raises(ImportTimeout, match=expected):
        imports.wait(ID, timeout=60)
    assert clock.slept[:3] == [0.25, 0.375, 0.5625]
    assert clock.slept[:-1] == sorted(clock.slept[:-1])
    assert max(clock.slept) == 5
    assert clock.now == 60


def test_import_without_progress_times_out() -> None:
    moving = [(image("importing"), [task("processing", f"Copied {number} MiB")]) for number in range(20)]
    imports = new_import(FakeGlance(*moving))
    imports.start(ID, "web-download", uri="http://x")
    with pytest.raises(ImportTimeout, match=r"made no progress for 10 seconds: .*Copied 19 MiB"):
        imports.wait(ID, timeout=600, stall=10)


def test_restart_of_the_service_is_tolerated() -> None:
    glance = FakeGlance(DONE)
    imports = new_import(glance)
    imports.start(ID, "web-download", uri="http://x")
    glance.outage = 20  # polls, a minute and a half
    assert imports.wait(ID, timeout=600).stores == ("fs",)


@pytest.mark.parametrize(("timeout", "waited"), [(3600, 120), (60, 60)], ids=["two minutes", "the timeout"])
def test_service_that_does_not_respond_times_out(clock: Clock, timeout: int, waited: int) -> None:
    glance = FakeGlance(DONE)
    glance.outage = 1000
    with pytest.raises(ImportTimeout, match=r"cannot be monitored any more: .* answered 503"):
        new_import(glance).wait(ID, timeout)
    assert clock.now == waited


def test_progress_is_reported_with_each_poll() -> None:
    polls = [(image("importing"), [task("processing", message)]) for message in ("", "Copied 3 MiB")]
    status: list[int | None] = []
    imports = new_import(FakeGlance(*polls, DONE), lambda poll: status.append(poll.bytes))
    imports.start(ID, "web-download", uri="http://x")
    imports.wait(ID, timeout=60)
    assert status == [None, 3 * 1024 * 1024, 5]


REMOVALS = [
    pytest.param(None, "fs", None, id="removed"),
    pytest.param((404, "not stored in"), "fs", None, id="not there"),
    pytest.param((403, "only store"), "fs", None, id="not there, and only one other left"),
    pytest.param((403, "only store"), "two", "answered 403: only store", id="the only one"),
    pytest.param((409, "in use"), "fs,two", "answered 409: in use", id="in use"),
]


@pytest.mark.parametrize(("refusal", "present", "expected"), REMOVALS)
def test_data_is_removed_from_a_store(refusal: Any, present: str, expected: str | None) -> None:
    glance = FakeGlance((image("active", present), None))
    glance.refusal = refusal
    if expected is None:
        new_import(glance).remove(ID, "two")
    else:
        with pytest.raises(GlanceError, match=expected):
            new_import(glance).remove(ID, "two")
    assert glance.paths("DELETE") == [f"/v2/stores/two/{ID}"]
