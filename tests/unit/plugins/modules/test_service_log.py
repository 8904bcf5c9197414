# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.modules import service_log
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule


class FakeLog(FakeModule):
    def __init__(self, printed: str, **given: Any) -> None:
        super().__init__(service_log.OPTIONS, **{"units": ["glance-api"], **given})
        self.printed = printed
        self.shown = ""
        self.ran: list[list[str]] = []

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        self.ran.append(command)
        return 0, self.shown if "systemctl" in command else self.printed, ""


def run(module: FakeLog) -> dict[str, Any]:
    return module.end(service_log.Reading)


@pytest.mark.parametrize(
    ("printed", "lines", "cause"),
    [
        (
            "OSError: [Errno 28] No space left on device\n",
            ["OSError: [Errno 28] No space left on device"],
            "disk is full",
        ),
        ("ValueError: strange\n", ["ValueError: strange"], None),
        ("", [], None),
    ],
    ids=["understood", "not understood", "nothing"],
)
def test_lines_and_cause_are_told(printed: str, lines: list[str], cause: str | None) -> None:
    result = run(FakeLog(printed))
    assert result["lines"] == lines
    assert result["cause"] is None if cause is None else cause in result["cause"]
    assert all(line in result["told"] for line in lines)
    assert not result["changed"]


def test_it_is_looked_back_as_far_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_log.time, "time", lambda: 1000.0)
    module = FakeLog("", seconds=60)
    run(module)
    assert "--since=@940" in module.ran[0]


@pytest.mark.parametrize(
    ("shown", "stopped"),
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
def test_units_that_do_not_run_are_told(shown: str, stopped: dict[str, str]) -> None:
    module = FakeLog("")
    module.shown = shown
    result = run(module)
    assert result["stopped"] == stopped
    assert result["told"].startswith("The unit glance-api is ") is bool(stopped)
