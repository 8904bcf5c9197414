# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import service_log_resource
from ansible_collections.osops.glance.plugins.module_utils._host.service_log_resource import LogReport
from ansible_collections.osops.glance.plugins.modules.service_log import OPTIONS
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule


class FakeLog(FakeModule):
    def __init__(self, journal: str, **params: Any) -> None:
        super().__init__(OPTIONS, **{"units": ["glance-api"], **params})
        self.journal = journal
        self.units = ""
        self.ran: list[list[str]] = []

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        self.ran.append(command)
        return 0, self.units if "systemctl" in command else self.journal, ""


def run(module: FakeLog) -> dict[str, Any]:
    return module.end(LogReport)


@pytest.mark.parametrize(
    ("journal", "lines", "cause"),
    [
        (
            "OSError: [Errno 28] No space left on device\n",
            ["OSError: [Errno 28] No space left on device"],
            "disk is full",
        ),
        ("ValueError: strange\n", ["ValueError: strange"], None),
        ("", [], None),
    ],
    ids=["known cause", "unknown cause", "empty"],
)
def test_lines_and_likely_cause_are_returned(journal: str, lines: list[str], cause: str | None) -> None:
    result = run(FakeLog(journal))
    assert result["lines"] == lines
    assert result["cause"] is None if cause is None else cause in result["cause"]
    assert all(line in result["summary"] for line in lines)
    assert not result["changed"]


def test_age_of_the_entries_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_log_resource.time, "time", lambda: 1000.0)
    module = FakeLog("", seconds=60)
    run(module)
    assert "--since=@940" in module.ran[0]


@pytest.mark.parametrize(
    ("units", "stopped"),
    [
        ("LoadState=loaded\nActiveState=inactive\n", {"glance-api": "inactive"}),
        ("LoadState=loaded\nActiveState=failed\n", {"glance-api": "failed"}),
        ("LoadState=loaded\nActiveState=active\n", {}),
        (
            "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nNRestarts=5\n",
            {"glance-api": "in a restart loop"},
        ),
        ("LoadState=not-found\nActiveState=inactive\n", {}),
    ],
    ids=["stopped", "failed", "running", "restart loop", "not on this host"],
)
def test_stopped_units_are_returned(units: str, stopped: dict[str, str]) -> None:
    module = FakeLog("")
    module.units = units
    result = run(module)
    assert result["stopped"] == stopped
    assert result["summary"].startswith("The unit glance-api is ") is bool(stopped)
