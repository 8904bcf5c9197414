# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import time
from typing import Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import process
from ansible_collections.osops.glance.plugins.module_utils._core.process import (
    TIMED_OUT,
    BackgroundCommand,
    FilterCommand,
    with_timeout,
)


@pytest.fixture(autouse=True)
def short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)


def test_output_is_complete_when_the_command_is_polled() -> None:
    polls: list[float] = []
    command = BackgroundCommand(["/bin/sh", "-c", "echo one; sleep 0.5; echo two >&2; exit 3"])
    assert command.wait(lambda: polls.append(time.monotonic())) == (3, "one\ntwo\n")
    assert polls


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exec sleep 60", id="terminated"),
        pytest.param("trap '' TERM; while :; do sleep 0.1; done", id="killed"),
    ],
)
def test_command_is_stopped_when_a_poll_fails(script: str) -> None:
    def fail() -> None:
        raise ValueError("stop")

    command = BackgroundCommand(["/bin/sh", "-c", script])
    start = time.monotonic()
    with pytest.raises(ValueError, match="stop"):
        command.wait(fail)
    assert command.process.returncode
    assert time.monotonic() - start < 30


def test_command_that_exceeds_its_timeout_is_ended() -> None:
    ended = subprocess.run(with_timeout(["sleep", "60"], 0.1), check=False)
    assert ended.returncode == TIMED_OUT


def test_content_is_passed_through_a_filter() -> None:
    command = FilterCommand(["tr", "a-z", "A-Z"])
    # More than a pipe holds, so that writing and reading overlap.
    assert b"".join(command.chunks([b"abc"] * 100_000, 4096)) == b"ABC" * 100_000
    assert command.status == 0


def test_failing_filter_has_a_status_and_its_error_output() -> None:
    command = FilterCommand(["/bin/sh", "-c", "echo broken >&2; exit 3"])
    assert list(command.chunks([b"x"], 4096)) == []
    assert (command.status, command.error_output) == (3, "broken")


def test_error_of_the_content_is_raised() -> None:
    def content() -> Iterator[bytes]:
        yield b"x"
        raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        list(FilterCommand(["cat"]).chunks(content(), 4096))
