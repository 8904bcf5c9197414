# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.osops.glance.plugins.action import database, db_sync, image
from ansible_collections.osops.glance.plugins.module_utils._core import progress as _progress
from ansible_collections.osops.glance.plugins.module_utils._core.progress import ProgressReport, parsed
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("plugin", [database, db_sync])
def test_modules_that_wait_are_watched_as_uploads_are(plugin: object) -> None:
    assert getattr(plugin, "ActionModule") is image.ActionModule  # noqa: B009


def test_what_is_waited_for_becomes_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress"
    monkeypatch.setenv(_progress.VARIABLE, str(path))
    with reported() as progress, progress.during("controller:3306/glance", "waiting for a lock"):
        progress.note()
        line = ProgressReport().told(parsed(path.read_text()))
    assert line == "controller:3306/glance: waiting for a lock, 0 s so far"
    assert not path.exists()


def test_run_without_a_reader_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_progress.VARIABLE, str(tmp_path / "progress"))
    looks: list[int] = []

    def look(output: int) -> bool:
        looks.append(output)
        return deserted(output)

    deserted = _progress.deserted
    monkeypatch.setattr(_progress, "deserted", look)
    monkeypatch.setattr(_progress.noted.__wrapped__, "__defaults__", (0.01, 1))  # type: ignore[attr-defined]
    with reported():
        wait_until(lambda: len(looks) >= 3)
    assert 1 not in looks
