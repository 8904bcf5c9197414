# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._comparison import comparison
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._openstack.shared_tokens import (
    is_accepted,
    remember_account,
    share_token,
)

SECRET = "s3cret-value"
SPEC: dict[str, Any] = {
    "password": {"type": "str", "no_log": True},
    "limit": {"type": "int", "default": 7},
    "cloud": {"type": "raw"},
}


class FakeModule:
    """The part of AnsibleModule that a comparison uses."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.params: dict[str, Any] = {"resources": list(resources)}
        self.no_log_values = {"true"}
        self.check_mode = False
        self.warned: list[str] = []

    def warn(self, text: str) -> None:
        self.warned.append(text)


class FakeResource:
    """A resource that behaves as its option `password` requires."""

    seen: list[Any] = []

    def __init__(self, module: Any) -> None:
        self.module = module
        FakeResource.seen.append(module)

    def plan(self) -> Plan:
        behaviour = self.module.params["password"]
        if behaviour == "unreachable":
            self.module.warn("a warning of the error")
            raise GlanceError("the server does not respond")
        if behaviour == "no library":
            raise MissingRequirement("PyMySQL", library="pymysql")
        self.module.warn("a warning of the plan")
        steps = {"different": Step("user glance", "update"), "check": Step("schema", "verify", is_change=False)}
        return Plan((steps[behaviour],) if behaviour in steps else ())

    def apply(self, plan: Plan) -> None:
        raise AssertionError("a comparison changed something")

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"password_works": True, "warnings": ["a warning of the result"]}


def entry(part: str = "identity", password: str | None = "matches", **options: Any) -> dict[str, Any]:
    return {
        "part": part,
        "module": "fake",
        "options": {"password": password, **options.pop("options", {})},
        "required": False,
        "precondition": False,
        "process": "",
        "results": [],
        **options,
    }


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeResource.seen = []
    monkeypatch.setattr(comparison, "RESOURCES", {"fake": lambda: (FakeResource, SPEC)})
    monkeypatch.setattr(comparison, "respawn_with", lambda _module, _library: None)


@pytest.fixture(params=[("", ""), ("local", "local"), ("local", "service")], ids=["one", "two", "three"])
def processes(request: pytest.FixtureRequest) -> tuple[str, str]:
    names: tuple[str, str] = request.param
    return names


def compare(*resources: dict[str, Any]) -> tuple[FakeModule, dict[str, Any]]:
    module: Any = FakeModule(*resources)
    resource = comparison.Comparison(module)
    plan = resource.plan()
    assert plan == Plan()
    return module, resource.result(plan)


def test_matching_part_has_no_difference_and_keeps_its_warnings() -> None:
    _module, result = compare(entry())
    assert result["differences"] == {"identity": []}
    assert result["warnings"] == ["a warning of the plan", "a warning of the result"]


def test_different_part_leaves_the_warnings_to_its_task() -> None:
    _module, result = compare(entry(password="different"))
    assert result == {"differences": {"identity": ["update user glance"]}, "errors": [], "warnings": []}


def test_step_that_only_verifies_needs_the_task() -> None:
    assert compare(entry("schema", "check"))[1]["differences"] == {"schema": ["verify schema"]}


def test_resources_of_a_part_are_combined() -> None:
    differences = compare(entry("configure"), entry("configure", "different"), entry("images"))[1]["differences"]
    assert differences == {"configure": ["update user glance"], "images": []}


def test_part_that_cannot_be_compared_is_left_to_its_task() -> None:
    _module, result = compare(entry("service", "unreachable"), entry())
    assert result["differences"]["service"] == ["not compared: the server does not respond"]
    assert result["errors"] == []
    assert "a warning of the error" not in result["warnings"]
    assert result["differences"]["identity"] == []


def test_error_of_a_required_part_is_returned() -> None:
    _module, result = compare(entry("database", "unreachable", required=True), entry())
    assert result["errors"] == ["the server does not respond"]
    assert result["warnings"][0] == "a warning of the error"
    assert result["differences"]["identity"] == []


def test_error_of_a_precondition_ends_the_comparison() -> None:
    module: Any = FakeModule(entry("", precondition=True), entry("", "unreachable", precondition=True), entry())
    with pytest.raises(GlanceError, match="the server does not respond"):
        comparison.Comparison(module).plan()
    assert module.warned == ["a warning of the plan", "a warning of the result", "a warning of the error"]
    assert len(FakeResource.seen) == 2


def test_resources_share_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions: list[Any] = []

    def plan(_resource: Any) -> Plan:
        sessions.append(SimpleNamespace(auth=object()))
        share_token(sessions[-1], {"auth": {"username": "admin"}})
        return Plan()

    monkeypatch.setattr(FakeResource, "plan", plan)
    compare(entry(), entry())
    assert sessions[0].auth is sessions[1].auth


def test_missing_library_is_no_error_of_a_required_part(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[int, str]] = []
    monkeypatch.setattr(
        comparison, "respawn_with", lambda module, library: tried.append((len(module.params["resources"]), library))
    )
    _module, result = compare(entry("database", "no library", required=True))
    assert result["differences"]["database"] == ["missing: PyMySQL"]
    # The restarted module gets the original options.
    assert tried == [(1, "pymysql")]


def test_results_for_later_tasks_are_returned() -> None:
    assert compare(entry(results=["password_works"]))[1]["password_works"] is True
    # Another resource of the part returns it.
    assert "problems_of_hosts" not in compare(entry(results=["problems_of_hosts"]))[1]


def test_options_are_completed_and_resources_run_in_check_mode() -> None:
    compare(entry(options={"limit": "9", "cloud": None}), entry())
    first, second = sorted(FakeResource.seen, key=lambda module: -module.params["limit"])
    assert (first.params["limit"], second.params["limit"]) == (9, 7)
    assert first.params["cloud"] is None
    assert first.check_mode is True


def test_invalid_option_is_reported_for_the_part() -> None:
    differences = compare(entry("schema", options={"limit": "many"}))[1]["differences"]
    assert "limit" in differences["schema"][0]


def test_secrets_are_masked_and_options_are_not_returned() -> None:
    cloud = {"auth": {"username": "admin", "password": SECRET}}
    module, _result = compare(entry(password="matches", options={"cloud": cloud}))
    # AnsibleModule returns its parameters, and removes these values from its output.
    assert module.params == {}
    assert module.no_log_values == {"matches", SECRET}


def test_words_of_a_configuration_file_are_not_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "RESOURCES", {"ini": lambda: (FakeResource, SPEC)})
    module, _result = compare(entry("configure", "unreachable", module="ini"))
    assert module.no_log_values == set()


def test_resources_are_compared_in_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Concurrent imports can block each other forever."""
    threads: list[Any] = []
    monkeypatch.setattr(FakeResource, "plan", lambda _resource: threads.append(threading.current_thread()) or Plan())
    compare(entry(), entry())
    assert threads == [threading.main_thread()] * 2


def test_result_is_the_same_with_several_processes(processes: tuple[str, str]) -> None:
    module, result = compare(
        entry("identity", results=["password_works"]),
        entry("configure", "different", process=processes[0]),
        entry("schema", "unreachable", required=True, process=processes[1]),
        entry("service", "unreachable"),
    )
    assert result == {
        "differences": {
            "identity": [],
            "configure": ["update user glance"],
            "schema": ["not compared: the server does not respond"],
            "service": ["not compared: the server does not respond"],
        },
        "errors": ["the server does not respond"],
        "warnings": [
            "a warning of the plan",
            "a warning of the result",
            "a warning of the error",
        ],
        "password_works": True,
    }
    assert module.no_log_values == {"matches", "different", "unreachable"}


def test_second_process_runs_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    processes: list[int] = []
    monkeypatch.setattr(FakeResource, "plan", lambda _resource: processes.append(os.getpid()) or Plan())
    compare(entry(), entry("configure", process="local"), entry("schema", process="local"))
    assert processes == [os.getpid()]


def test_without_a_second_process_all_resources_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: exec("raise BlockingIOError"))
    assert compare(entry("configure", "different", process="local"))[1]["differences"] == {
        "configure": ["update user glance"]
    }


def test_killed_process_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    first, plan = os.getpid(), FakeResource.plan
    monkeypatch.setattr(
        FakeResource, "plan", lambda resource: plan(resource) if os.getpid() == first else os.kill(os.getpid(), 9)
    )
    assert compare(entry("configure", "different", process="local"))[1]["differences"] == {
        "configure": ["update user glance"]
    }


def test_password_that_another_process_used_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    session = SimpleNamespace(get_user_id=lambda: "u1", get_project_id=lambda: "p1")
    accepted: list[bool] = []

    def plan(resource: Any) -> Plan:
        if resource.module.params["password"] == "service":
            remember_account(session, "http://controller:5000", SECRET)
        else:
            accepted.append(is_accepted("http://controller:5000", "u1", SECRET, "p1"))
        return Plan()

    monkeypatch.setattr(FakeResource, "plan", plan)
    cloud = {"auth": {"username": "glance"}}
    compare(entry(), entry("service", "service", process="service", options={"cloud": cloud}))
    assert accepted == [True]


def test_second_process_prints_nothing(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(FakeResource, "plan", lambda _resource: Plan() if os.write(1, b"output") else Plan())
    compare(entry("configure", process="local"))
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("is_password_checked", [False, True], ids=["at once", "after the check of a password"])
def test_error_of_a_precondition_stops_the_second_process(
    monkeypatch: pytest.MonkeyPatch, is_password_checked: bool
) -> None:
    """The check of a password does not wait for the process either, which does not use the cloud."""

    def plan(resource: Any) -> Plan:
        if resource.module.params["password"] == "slow":
            time.sleep(60)
        if is_password_checked:
            assert not is_accepted("http://controller:5000", "u1", SECRET, "p1")
        raise GlanceError("the server does not respond")

    monkeypatch.setattr(FakeResource, "plan", plan)
    module: Any = FakeModule(entry("", precondition=True), entry("configure", "slow", process="local"))
    before = time.monotonic()
    with pytest.raises(GlanceError):
        comparison.Comparison(module).plan()
    assert time.monotonic() - before < 30
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
