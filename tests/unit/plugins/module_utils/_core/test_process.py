# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import process
from ansible_collections.osops.glance.plugins.module_utils._core.process import Command


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)


def test_output_is_whole_while_the_command_is_looked_at() -> None:
    looks: list[float] = []
    command = Command(["/bin/sh", "-c", "echo one; sleep 0.5; echo two >&2; exit 3"])
    assert command.end(lambda: looks.append(time.monotonic())) == (3, "one\ntwo\n")
    assert looks


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exec sleep 60", id="ends when asked to"),
        pytest.param("trap '' TERM; while :; do sleep 0.1; done", id="has to be killed"),
    ],
)
def test_command_is_stopped_when_a_look_fails(script: str) -> None:
    def fail() -> None:
        raise ValueError("stop")

    command = Command(["/bin/sh", "-c", script])
    began = time.monotonic()
    with pytest.raises(ValueError, match="stop"):
        command.end(fail)
    assert command.process.returncode
    assert time.monotonic() - began < 30
