# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import interpreter, runner
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, PartialFailure, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement, run

CREATE = Plan((Step("database glance", "create", after={"charset": "utf8"}),))


class Exit(Exception):
    def __init__(self, **result: Any) -> None:
        self.result = result


class FakeModule:
    def __init__(self, check_mode: bool) -> None:
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)

    def exit_json(self, **result: Any) -> None:
        raise Exit(**result)

    def fail_json(self, **result: Any) -> None:
        raise Exit(**result, failed=True)


class Database:
    """A resource that does not exist yet."""

    def __init__(self, module: Any) -> None:
        self.applied: list[Plan] = []

    def plan(self) -> Plan:
        return CREATE

    def apply(self, plan: Plan) -> Plan | None:
        self.applied.append(plan)
        return None

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"actions": plan.actions(), "applied": len(self.applied)}


class WithoutLibrary(Database):
    def plan(self) -> Plan:
        raise MissingRequirement("PyMySQL")


class Predictable(WithoutLibrary):
    @classmethod
    def predict(cls, module: Any) -> Database:
        return Database(module)


class FailsInConstructor(Predictable):
    def __init__(self, module: Any) -> None:
        raise MissingRequirement("PyMySQL")


def result_of(make: Any, check_mode: bool = False) -> tuple[dict[str, Any], list[str]]:
    """Return the result of a module and its warnings."""
    module = FakeModule(check_mode)
    with pytest.raises(Exit) as done:
        run(module, make)  # type: ignore[arg-type]
    return done.value.result, module.warnings


@pytest.mark.parametrize(("check_mode", "applied"), [(False, 1), (True, 0)], ids=["run", "check"])
def test_plan_is_applied_except_in_check_mode(check_mode: bool, applied: int) -> None:
    result, _warnings = result_of(Database, check_mode)
    assert result == {
        "changed": True,
        "diff": {"before": {}, "after": {"database glance": {"charset": "utf8"}}},
        "actions": {"database glance": "create"},
        "applied": applied,
    }


def test_empty_plan_is_not_applied() -> None:
    class Converged(Database):
        def plan(self) -> Plan:
            return Plan()

    result, _warnings = result_of(Converged)
    assert (result["changed"], result["applied"]) == (False, 0)


def test_plan_that_was_replaced_during_apply_is_the_result() -> None:
    class Overtaken(Database):
        def apply(self, plan: Plan) -> Plan | None:
            return Plan((Step("database glance", "update"),))

    assert result_of(Overtaken)[0]["actions"] == {"database glance": "update"}


def test_check_that_reverts_its_effect_is_no_change() -> None:
    class Checked(Database):
        def plan(self) -> Plan:
            return Plan((Step("image upload", "check", is_change=False),))

    result, _warnings = result_of(Checked)
    assert (result["changed"], result["applied"]) == (False, 1)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GlanceError("refused"), {"msg": "refused", "failed": True}),
        (PartialFailure("refused", {"images": [1]}), {"msg": "refused", "failed": True, "images": [1]}),
    ],
    ids=["failure", "partial failure"],
)
def test_error_becomes_the_failure_of_the_task(error: GlanceError, expected: dict[str, Any]) -> None:
    class Refused(Database):
        def apply(self, plan: Plan) -> Plan | None:
            raise error

    assert result_of(Refused)[0] == expected


def test_warnings_of_the_result_become_warnings_of_the_task() -> None:
    class Warned(Database):
        def result(self, plan: Plan) -> dict[str, Any]:
            return {"warnings": ["old server"]}

    result, warnings = result_of(Warned)
    assert warnings == ["old server"]
    assert "warnings" not in result


@pytest.mark.parametrize("make", [Predictable, FailsInConstructor])
def test_missing_requirement_is_predicted_in_check_mode(make: Any) -> None:
    result, warnings = result_of(make, check_mode=True)
    assert (result["changed"], result["actions"]) == (True, {"database glance": "create"})
    (warning,) = warnings
    assert warning.startswith("PyMySQL is not installed yet")


@pytest.mark.parametrize(
    ("make", "check_mode"),
    [(Predictable, False), (WithoutLibrary, True), (WithoutLibrary, False)],
    ids=["run", "check without prediction", "run without prediction"],
)
def test_missing_requirement_fails(make: Any, check_mode: bool) -> None:
    result, warnings = result_of(make, check_mode)
    assert result["failed"]
    assert "PyMySQL" in result["msg"]
    assert warnings == []


def test_module_restarts_with_an_interpreter_that_has_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[str] = []
    monkeypatch.setattr(interpreter, "respawn_with", lambda _module, library: requested.append(library))

    class WithoutPyMySQL(Predictable):
        def plan(self) -> Plan:
            raise MissingRequirement("PyMySQL", library="pymysql")

    result_of(WithoutPyMySQL, check_mode=True)
    assert requested == ["pymysql"]


class Thresholds(Database):
    def result(self, plan: Plan) -> dict[str, Any]:
        return {"threshold": gc.get_threshold()[0]}


def test_garbage_is_collected_less_often_during_the_run() -> None:
    before = gc.get_threshold()
    with pytest.raises(Exit) as exit_info:
        run(FakeModule(check_mode=False), Thresholds)
    assert exit_info.value.result["threshold"] > before[0]
    assert gc.get_threshold() == before


def test_end_of_the_process_does_not_search_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[Any] = []
    monkeypatch.setattr(runner, "atexit", SimpleNamespace(register=registered.append))
    with pytest.raises(Exit):
        run(FakeModule(check_mode=False), Database)
    assert registered == [gc.freeze]
