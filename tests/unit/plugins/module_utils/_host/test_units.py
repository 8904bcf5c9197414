# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.units import (
    Unit,
    failure_of,
    is_masked_by_hand,
    newer_files,
    plan_units,
    units_of,
)

OUTPUT = """\
ExecMainStartTimestampMonotonic=825570334
Id=glance-api.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
NeedDaemonReload=no

ExecMainStartTimestampMonotonic=0
Id=glance-registry.service
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
NeedDaemonReload=no
"""


def show_output(**properties: str) -> str:
    base = {"LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active", "NeedDaemonReload": "no"}
    return "\n".join(f"{name}={value}" for name, value in {**base, **properties}.items())


def test_units_are_returned_in_the_order_of_their_names() -> None:
    assert units_of(OUTPUT, ["glance-api", "glance-registry"], boot=1000.0) == [
        Unit("glance-api", started=1825.570334, substate="running"),
        Unit("glance-registry", exists=False, enabled=False, state="inactive", substate="dead"),
    ]


@pytest.mark.parametrize(
    ("properties", "unit"),
    [
        pytest.param({}, Unit("a"), id="enabled"),
        pytest.param({"UnitFileState": "disabled"}, Unit("a", enabled=False), id="disabled"),
        pytest.param({"UnitFileState": "static"}, Unit("a"), id="static"),
        pytest.param({"UnitFileState": "generated"}, Unit("a"), id="init script"),
        pytest.param(
            {"LoadState": "masked", "UnitFileState": "masked", "ActiveState": "inactive"},
            Unit("a", masked=True, enabled=False, state="inactive"),
            id="masked",
        ),
        pytest.param({"ActiveState": "failed"}, Unit("a", state="failed"), id="failed"),
        pytest.param({"NeedDaemonReload": "yes"}, Unit("a", needs_reload=True), id="another unit file"),
        pytest.param({"FragmentPath": "/lib/a.service"}, Unit("a", path="/lib/a.service"), id="unit file"),
        pytest.param({"Description": "a=b"}, Unit("a"), id="equals sign in a value"),
    ],
)
def test_state_of_a_unit_is_read(properties: dict[str, str], unit: Unit) -> None:
    assert units_of(show_output(**properties), ["a"], boot=0.0) == [unit]


@pytest.mark.parametrize(
    ("unit", "steps"),
    [
        pytest.param(Unit("a", started=100.0), {}, id="runs with its files"),
        pytest.param(Unit("a", started=40.0), {"unit a": "restart"}, id="runs with an older file"),
        pytest.param(Unit("a", state="activating", started=40.0), {"unit a": "restart"}, id="is starting"),
        pytest.param(Unit("a"), {}, id="unknown start time"),
        pytest.param(Unit("a", state="inactive", started=40.0), {"unit a": "start"}, id="stopped"),
        pytest.param(Unit("a", state="failed"), {"unit a": "start"}, id="failed"),
        pytest.param(Unit("a", enabled=False), {"unit a, at boot": "enable"}, id="disabled"),
        pytest.param(
            Unit("a", masked=True, enabled=False, state="inactive"),
            {"unit a, mask": "unmask", "unit a, at boot": "enable", "unit a": "start"},
            id="masked",
        ),
    ],
)
def test_unit_is_enabled_and_runs_with_its_files(unit: Unit, steps: dict[str, str]) -> None:
    planned = plan_units([unit], {"/etc/a": 50.0}, now=200.0)
    assert planned.actions() == steps
    assert [step.arguments for step in planned.steps] == [{"verb": verb, "unit": "a"} for verb in steps.values()]


def test_restart_names_the_newer_files() -> None:
    (step,) = plan_units([Unit("a", started=10.0)], {"/old": 9.0, "/new": 11.0, "/newer": 12.0}, now=20.0).steps
    assert step.before == {"state": "runs with an older /new, /newer"}


@pytest.mark.parametrize(
    ("files", "newer"),
    [({"/a": 10.0}, []), ({"/a": 10.5}, ["/a"]), ({"/a": 99.0}, []), ({}, [])],
    ids=["at the start", "newer", "in the future", "none"],
)
def test_newer_files_are_selected(files: dict[str, Any], newer: list[str]) -> None:
    assert newer_files(Unit("a", started=10.0), files, now=20.0) == newer


def test_only_the_older_unit_is_restarted() -> None:
    units = [Unit("a", started=10.0), Unit("b", started=30.0)]
    assert plan_units(units, {"/f": 20.0}, now=40.0).actions() == {"unit a": "restart"}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        pytest.param("/etc/a.service", {}, id="loaded by systemd"),
        pytest.param("/lib/a.service", {"unit a": "restart"}, id="not loaded by systemd"),
    ],
)
def test_unit_file_with_priority_over_the_one_of_the_package_is_loaded(path: str, steps: dict[str, str]) -> None:
    unit = Unit("a", started=50.0, path=path)
    assert plan_units([unit], {"/etc/a.service": 20.0, "/etc/other.service": 20.0}, now=100.0).actions() == steps


@pytest.mark.parametrize(
    ("unit", "before", "failure"),
    [
        pytest.param(Unit("a"), {}, None, id="runs"),
        pytest.param(Unit("a", state="activating", substate="auto-restart"), {}, None, id="ended once"),
        pytest.param(Unit("a", restarts=1), {}, None, id="restarted once"),
        pytest.param(
            Unit("a", state="activating", substate="auto-restart", restarts=1, outcome="exit-code", status="1"),
            {},
            "the unit a is in a restart loop: it has ended 2 times (exit-code, status 1)",
            id="ended twice",
        ),
        pytest.param(Unit("a", restarts=9), {"a": 8}, None, id="restarted before"),
        pytest.param(Unit("a", restarts=9), {"a": 7}, "in a restart loop: it has ended 2 times", id="restarted since"),
        pytest.param(Unit("a", restarts=2), {"a": 7}, "in a restart loop: it has ended 2 times", id="counter reset"),
        pytest.param(
            Unit("a", state="failed", outcome="start-limit-hit"), {}, "a has failed (start-limit-hit)", id="limit"
        ),
        pytest.param(
            Unit("a", state="failed", outcome="signal", status="9"), {}, "failed (signal, status 9)", id="signal"
        ),
    ],
)
def test_failure_ends_a_wait(unit: Unit, before: dict[str, int], failure: str | None) -> None:
    found = failure_of([Unit("other"), unit], before)
    assert (found is None) if failure is None else (found is not None and failure in found)


def test_state_of_a_process_is_read() -> None:
    output = show_output(SubState="auto-restart", NRestarts="3", Result="exit-code", ExecMainStatus="1", MainPID="7")
    expected = Unit("a", substate="auto-restart", restarts=3, outcome="exit-code", status="1", pid=7)
    assert units_of(output, ["a"], boot=0.0) == [expected]


@pytest.mark.parametrize("first", ["mask", "package", "no package"])
def test_mask_by_an_operator_is_newer_than_the_package(tmp_path: Path, first: str) -> None:
    mask, package = tmp_path / "etc.service", tmp_path / "lib" / "a.service"
    package.parent.mkdir()
    makers = {"mask": lambda: mask.symlink_to("/dev/null"), "package": package.touch}
    order = ["mask"] if first == "no package" else sorted(makers, key=lambda name: name != first)
    for name in order:
        makers[name]()
        end = time.time() + 0.05
        while time.time() < end:
            pass  # timestamps of the file system are coarse
    unit = Unit("a", masked=True, path=str(mask))
    assert is_masked_by_hand(unit, [str(package.parent)]) is (first == "package")
    assert not is_masked_by_hand(unit._replace(masked=False), [str(package.parent)])
