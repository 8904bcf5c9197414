# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import progress as _progress
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.plugin_utils.progress.report import ProgressReport, parse_states


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_wait_is_reported_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress"
    monkeypatch.setenv(_progress.VARIABLE, str(path))
    with reported() as progress, progress.during("controller:3306/glance", "waiting for a lock"):
        progress.write()
        line = ProgressReport().summary(parse_states(path.read_text()))
    assert line == "controller:3306/glance: waiting for a lock, 0 s so far"
    assert not path.exists()


def test_run_without_a_reader_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_progress.VARIABLE, str(tmp_path / "progress"))
    checks: list[int] = []

    def check(output: int) -> bool:
        checks.append(output)
        return has_no_reader(output)

    has_no_reader = _progress.has_no_reader
    monkeypatch.setattr(_progress, "has_no_reader", check)
    monkeypatch.setattr(_progress.progress_file.__wrapped__, "__defaults__", (0.01, 1))  # type: ignore[attr-defined]
    with reported():
        wait_until(lambda: len(checks) >= 3)
    assert 1 not in checks
