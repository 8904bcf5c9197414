# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model the units of a service, and plan the steps after which they run with their current files."""

from __future__ import annotations

import os
from typing import Iterable, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan, Step

# The properties that `systemctl show` prints.
PROPERTIES = (
    "Id",
    "LoadState",
    "UnitFileState",
    "ActiveState",
    "SubState",
    "ExecMainStartTimestampMonotonic",
    "NeedDaemonReload",
    "FragmentPath",
    "NRestarts",
    "Result",
    "ExecMainStatus",
    "MainPID",
    "Environment",
)
# A unit that systemd has restarted so often is in a loop; a single failure may have a temporary cause.
RESTART_LOOP = 2
# Directories with the unit files of packages.
PACKAGE_DIRECTORIES = ("/usr/lib/systemd/system", "/lib/systemd/system")
# States of a unit that `systemctl enable` does not change; `generated` is the state of an init script.
ENABLED = ("enabled", "static", "indirect", "generated", "alias")


class Unit(NamedTuple):
    """The state of a unit.

    started: when its main process was started, in seconds since 1970; None if unknown.
    needs_reload: whether the unit file was changed after systemd had read it.
    path: the unit file that systemd has read; empty if there is none.
    substate: the state in detail, such as auto-restart.
    restarts: how often systemd has restarted the unit after a failure.
    outcome: how the main process ended, such as exit-code; success while it runs.
    status: the exit status or the signal with which the main process ended.
    pid: the ID of the main process; 0 if there is none.
    environment: the variables in the unit file, as assignments in shell syntax.
    """

    name: str
    exists: bool = True
    masked: bool = False
    enabled: bool = True
    state: str = "active"
    started: float | None = None
    needs_reload: bool = False
    path: str = ""
    substate: str = ""
    restarts: int = 0
    outcome: str = "success"
    status: str = "0"
    pid: int = 0
    environment: str = ""

    @property
    def failures(self) -> int:
        """How often the unit has ended on its own; NRestarts counts a failure only when the restart begins."""
        return self.restarts + (self.substate == "auto-restart")

    @property
    def is_looping(self) -> bool:
        """Whether systemd waits before it restarts the unit once more."""
        return self.substate == "auto-restart" and self.failures >= RESTART_LOOP

    @property
    def is_running(self) -> bool:
        """Whether the unit runs or is starting."""
        return self.state in ("active", "activating", "reloading")


def units_of(output: str, names: Sequence[str], boot: float) -> list[Unit]:
    """Return the units that `systemctl show` printed, in the order of the names.

    boot: when the host was booted, in seconds since 1970.
    """
    blocks = [dict(line.partition("=")[::2] for line in block.splitlines()) for block in output.strip().split("\n\n")]
    return [_unit(name, properties, boot) for name, properties in zip(names, blocks)]


def _unit(name: str, properties: Mapping[str, str], boot: float) -> Unit:
    monotonic = int(properties.get("ExecMainStartTimestampMonotonic") or 0)
    return Unit(
        name=name,
        exists=properties.get("LoadState") in ("loaded", "masked"),
        masked=properties.get("LoadState") == "masked",
        enabled=properties.get("UnitFileState") in ENABLED,
        state=properties.get("ActiveState", "inactive"),
        started=boot + monotonic / 1e6 if monotonic else None,
        needs_reload=properties.get("NeedDaemonReload") == "yes",
        path=properties.get("FragmentPath", ""),
        substate=properties.get("SubState", ""),
        restarts=int(properties.get("NRestarts") or 0),
        outcome=properties.get("Result") or "success",
        status=properties.get("ExecMainStatus") or "0",
        pid=int(properties.get("MainPID") or 0),
        environment=properties.get("Environment", ""),
    )


def failure_of(units: Iterable[Unit], before: Mapping[str, int]) -> str | None:
    """Return the clause about the first unit that failed or is restarted in a loop; None if there is none.

    before: the value of `failures` by name of the unit, at the beginning of the wait.
    """
    for unit in units:
        if unit.state == "failed":
            return f"the unit {unit.name} has failed{_outcome(unit)}"
        failures = unit.failures - before.get(unit.name, 0)
        # A manual start resets the counter of systemd.
        failures = unit.failures if failures < 0 else failures
        if failures >= RESTART_LOOP:
            return f"the unit {unit.name} is in a restart loop: it has ended {failures} times{_outcome(unit)}"
    return None


def _outcome(unit: Unit) -> str:
    status = f", status {unit.status}" if unit.status != "0" else ""
    return f" ({unit.outcome}{status})" if unit.outcome != "success" else ""


def state_of(unit: Unit) -> str:
    """Return the state of a unit in the format of `systemctl status`."""
    return f"{unit.name} is {unit.state}{f' ({unit.substate})' if unit.substate else ''}"


def is_masked_by_hand(unit: Unit, directories: Sequence[str] = PACKAGE_DIRECTORIES) -> bool:
    """Return whether a unit was masked after its package was installed.

    A unit that this collection masks is masked before the package is installed.
    """
    leaf = f"{unit.name}.service"
    installed = [path for path in (os.path.join(directory, leaf) for directory in directories) if os.path.exists(path)]
    if not unit.masked or not unit.path or not installed:
        return False
    return os.lstat(unit.path).st_ctime > os.stat(installed[0]).st_ctime


def newer_files(unit: Unit, files: Mapping[str, float], now: float) -> list[str]:
    """Return the files that were changed after the unit had read them; times in the future are ignored.

    files: when each was changed, in seconds since 1970.
    """
    started = unit.started
    return [] if started is None else [path for path, changed in files.items() if started < changed <= now]


def unread_files(unit: Unit, files: Iterable[str]) -> list[str]:
    """Return the unit files of this unit that systemd has not read.

    systemd does not report NeedDaemonReload for a new file that has priority over the one that it has read.
    """
    return [path for path in unit_files([unit.name], files) if path != unit.path]


def unit_files(names: Sequence[str], files: Iterable[str]) -> list[str]:
    """Return the files that are unit files of the units."""
    leaves = {f"{name}.service" for name in names}
    return [path for path in files if path.rsplit("/", 1)[-1] in leaves]


def plan_units(units: Iterable[Unit], files: Mapping[str, float], now: float, restart: bool = False) -> Plan:
    """Return the steps after which every unit is enabled, and runs with its current files.

    files: when each was changed, in seconds since 1970.
    restart: whether a file is newer than the running units although this is not visible, as in check mode.
    """
    default = ["configuration"] if restart else []
    return Plan(tuple(step for unit in units for step in _steps(unit, _outdated(unit, files, now) or default)))


def _outdated(unit: Unit, files: Mapping[str, float], now: float) -> list[str]:
    return list(dict.fromkeys([*unread_files(unit, files), *newer_files(unit, files, now)]))


def _steps(unit: Unit, outdated: list[str]) -> Iterator[Step]:
    resource = f"unit {unit.name}"
    if unit.masked:
        yield Step(f"{resource}, mask", "unmask", {"state": "masked"}, {"state": "not masked"}, _call("unmask", unit))
    if unit.masked or not unit.enabled:
        at_boot = {"at boot": "not started"}
        yield Step(f"{resource}, at boot", "enable", at_boot, {"at boot": "started"}, _call("enable", unit))
    if not unit.is_running:
        yield Step(resource, "start", {"state": unit.state}, {"state": "active"}, _call("start", unit))
    elif outdated:
        before = {"state": f"runs with an older {', '.join(outdated)}"}
        yield Step(resource, "restart", before, {"state": "runs with the new one"}, _call("restart", unit))


def _call(verb: str, unit: Unit) -> dict[str, str]:
    return {"verb": verb, "unit": unit.name}
