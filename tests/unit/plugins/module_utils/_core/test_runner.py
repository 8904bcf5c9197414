# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import runner
from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement, run


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


class ImportStatus:
    def __init__(self, module: Any) -> None: ...

    def plan(self) -> Plan:
        raise MissingRequirement("PyMySQL")

    def apply(self, plan: Plan) -> None: ...

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"actions": plan.actions()}


class PredictedImages(ImportStatus):
    def plan(self) -> Plan:
        return Plan((Step("database glance", "create"),))


class Predictable(ImportStatus):
    @classmethod
    def blind(cls, module: Any) -> PredictedImages:
        return PredictedImages(module)


class Unmade(Predictable):
    def __init__(self, module: Any) -> None:
        raise MissingRequirement("PyMySQL")


@pytest.mark.parametrize("make", [Predictable, Unmade], ids=["planned", "made"])
def test_what_cannot_be_looked_at_is_predicted(make: Any) -> None:
    module = FakeModule(check_mode=True)

    with pytest.raises(Exit) as done:
        run(module, make)

    assert done.value.result["actions"] == {"database glance": "create"}
    assert done.value.result["changed"]
    (warning,) = module.warnings
    assert warning.startswith("PyMySQL is not installed yet")


@pytest.mark.parametrize(
    ("make", "check_mode"),
    [(Predictable, False), (ImportStatus, True), (ImportStatus, False)],
    ids=["run", "no-prediction", "neither"],
)
def test_missing_library_ends_the_run(make: Any, check_mode: bool) -> None:
    module = FakeModule(check_mode)

    with pytest.raises(Exit) as done:
        run(module, make)

    assert done.value.result["failed"]
    assert "PyMySQL" in done.value.result["msg"]
    assert module.warnings == []


def test_module_runs_again_under_an_interpreter_that_has_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(runner, "respawn_with", lambda runner, library: asked.append(library))

    class Unmet(Predictable):
        def plan(self) -> Plan:
            raise MissingRequirement("PyMySQL", library="pymysql")

    with pytest.raises(Exit):
        run(FakeModule(check_mode=True), Unmet)

    assert asked == ["pymysql"]
