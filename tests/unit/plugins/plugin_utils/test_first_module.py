# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.osops.glance.plugins.action.preflight import ActionModule
from ansible_collections.osops.glance.plugins.plugin_utils.first_module import version_problem

DID_NOT_START = {"failed": True, "rc": 1, "module_stdout": "", "module_stderr": "SyntaxError", "msg": "MODULE FAILURE"}


@pytest.mark.parametrize(
    ("version", "old"),
    [("3.6.15", True), ("2.7.18", True), ("3.8.20", True), ("3.9.0", False), ("3.13.5", False), ("", False)],
)
def test_interpreter_below_the_minimum_is_version_problem(version: str, old: bool) -> None:
    problem = version_problem("/usr/bin/python3", version)
    assert (problem is not None) is old
    if problem:
        assert problem.startswith(f"/usr/bin/python3 on this host is Python {version}, and the modules")
        assert "require Python 3.9 or later" in problem


def action(monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], version: str, rc: int = 0) -> dict[str, Any]:
    """Return the result of the action on a host whose interpreter has this version."""
    monkeypatch.setattr(NormalAction, "_execute_module", lambda self, *_arguments, **_options: result)
    plugin = ActionModule.__new__(ActionModule)
    plugin._used_interpreter = "#!/usr/bin/python3"
    plugin._low_level_execute_command = lambda command, **_options: {"rc": rc, "stdout": version + "\n"}
    return plugin._execute_module()


def test_interpreter_that_cannot_compile_the_module_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    result = action(monkeypatch, DID_NOT_START, "3.6.15")
    assert result == {"failed": True, "changed": False, "msg": version_problem("/usr/bin/python3", "3.6.15")}


@pytest.mark.parametrize(
    ("result", "version", "rc"),
    [
        pytest.param(DID_NOT_START, "3.11.2", 0, id="another cause"),
        pytest.param(DID_NOT_START, "", 127, id="no interpreter"),
        pytest.param({"failed": True, "msg": "1 problem was found"}, "3.6.15", 0, id="result of the module"),
        pytest.param({"changed": False}, "3.6.15", 0, id="success"),
    ],
)
def test_other_results_are_unchanged(
    monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], version: str, rc: int
) -> None:
    assert action(monkeypatch, result, version, rc) == result
