# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._comparison import second_process
from ansible_collections.osops.glance.plugins.module_utils._comparison.second_process import SecondProcess

LARGE = "x" * 300_000  # more than a pipe holds


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = descriptors()
    yield
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def process_id() -> int:
    return os.getpid()


def test_work_is_done_in_another_process() -> None:
    assert SecondProcess(process_id).result != os.getpid()


def test_large_result_is_complete() -> None:
    assert SecondProcess(lambda: LARGE).result == LARGE


def test_result_is_kept() -> None:
    process = SecondProcess(process_id)
    assert process.result == process.result
    process.stop()


def fail(*_arguments: Any) -> None:
    raise OSError(24, "Too many open files")


@pytest.mark.parametrize("function", ["pipe", "fork"])
def test_without_another_process_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    monkeypatch.setattr(second_process.os, function, fail)
    assert SecondProcess(process_id).result == os.getpid()
    SecondProcess(process_id).stop()


def test_failure_of_the_process_is_repeated_here() -> None:
    process = SecondProcess(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        process.result  # noqa: B018 - the property does the work


def test_work_is_not_repeated_if_the_end_of_the_process_is_unknown(tmp_path: Path) -> None:
    """As for a child of a program that ignores SIGCHLD: a refused login would count twice."""

    def work() -> int:
        with open(tmp_path / "logins", "a") as file:
            file.write("login\n")
        return 1

    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert SecondProcess(work).result == 1
    finally:
        signal.signal(signal.SIGCHLD, previous)
    assert (tmp_path / "logins").read_text() == "login\n"


def wait() -> None:
    time.sleep(60)


def test_stopped_process_ends() -> None:
    before = time.monotonic()
    SecondProcess(wait).stop()
    assert time.monotonic() - before < 30


def test_interrupted_process_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    process = SecondProcess(wait)
    opened: Callable[..., Any] = os.fdopen
    with monkeypatch.context() as patch:
        patch.setattr(
            second_process.os, "fdopen", lambda *arguments: opened(*arguments).__exit__(None, None, None) or interrupt()
        )
        with pytest.raises(KeyboardInterrupt):
            process.result  # noqa: B018 - the property waits
    process.stop()


def test_process_ends_with_the_first_one() -> None:
    """The killed first process does not read the large result any more."""
    read, write = os.pipe()
    first = os.fork()
    if not first:
        os.close(read)
        process = SecondProcess(lambda: time.sleep(1) or LARGE)
        os.write(write, str(process._process).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(write)
    with os.fdopen(read) as pipe:
        second = int(pipe.read())
    os.waitpid(first, 0)
    deadline = time.monotonic() + 30
    while Path(f"/proc/{second}").exists() and "zombie" not in Path(f"/proc/{second}/status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
