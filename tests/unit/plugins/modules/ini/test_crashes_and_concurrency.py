# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed runs, disk errors, and concurrent changes."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    OPTIONS,
    PROCESSES,
    converge,
    in_child,
    read,
    row,
    run,
    state,
    written,
)


def test_killed_run_keeps_the_old_file_and_the_next_one_removes_leftovers(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")

    def killed() -> None:
        os.replace = lambda *_paths: os.kill(os.getpid(), signal.SIGKILL)
        run(conf, options=OPTIONS)

    assert in_child(killed) is None
    assert conf.read_text() == "[a]\nx = 1\n"
    assert len(os.listdir(tmp_path)) == 2
    converge(conf, options=OPTIONS)
    assert conf.read_text() == "[a]\nx = 2\n"
    assert os.listdir(tmp_path) == [conf.name]


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        row((os, "fsync"), errno.ENOSPC, "No space left on device. Check the free space", id="full disk"),
        row((tempfile, "mkstemp"), errno.EROFS, "Read-only file system. Check how", id="read-only file system"),
    ],
)
def test_disk_error_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: tuple[Any, str], error: int, message: str
) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    before = state(conf)

    def fail(*_arguments: Any, **_keywords: Any) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(*function, fail)
    result = run(conf, options=OPTIONS, backup=True)
    assert message in result["msg"]
    assert (state(conf), os.listdir(tmp_path)) == (before, [conf.name])


def test_parallel_writers_lose_no_update(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n")
    writers, rounds = 4, 25

    def write(writer: int) -> None:
        start.wait()
        for number in range(rounds):
            result = run(conf, options={"a": {f"w{writer}_{number}": "1"}, "last": {f"w{writer}": number}})
            assert result["changed"], result

    start = PROCESSES.Barrier(writers)
    processes = [PROCESSES.Process(target=write, args=(writer,)) for writer in range(writers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * writers
    found = read(conf.read_bytes())
    assert {name for section, name in found if section == "a"} == {
        f"w{w}_{n}" for w in range(writers) for n in range(rounds)
    }
    assert {name: value for (section, name), value in found.items() if section == "last"} == {
        f"w{writer}": [str(rounds - 1)] for writer in range(writers)
    }
    assert os.listdir(tmp_path) == [conf.name]


@pytest.mark.parametrize("backup", [False, True])
def test_concurrent_change_is_preserved(tmp_path: Path, backup: bool) -> None:
    (tmp_path / "etc").mkdir()
    conf = written(tmp_path / "etc", "[a]\nx = 1\n")
    once = f"sh -c 'test -e {tmp_path}/done || {{ touch {tmp_path}/done; printf \"[b]\\ny = 2\\n\" >>{conf}; }}' %s"
    result = run(conf, options=OPTIONS, validate=once, backup=backup)
    assert result["changed"], result
    assert conf.read_text() == "[a]\nx = 2\n[b]\ny = 2\n"
    assert len(os.listdir(conf.parent)) == 1 + backup
    assert "+x = 2" in result["diff"][0]["prepared"]
    if backup:
        assert Path(result["backup_file"]).read_text() == "[a]\nx = 1\n[b]\ny = 2\n"


def test_option_set_by_another_process_is_no_change(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    result = run(conf, options=OPTIONS, validate=f"sed -i s/1/2/ {conf} %s")
    assert (result["changed"], result["changes"], result["diff"]) == (False, [], [])
    assert conf.read_text() == "[a]\nx = 2\n"


def test_file_that_changes_during_each_attempt_is_not_written(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    result = run(conf, options=OPTIONS, validate=f"sh -c 'echo \"# more\" >>{conf}' %s")
    assert result["msg"] == f"Another process changed {conf} during each of 5 attempts. Nothing was written."
    assert read(conf.read_bytes()) == {("a", "x"): ["1"]}
    assert os.listdir(tmp_path) == [conf.name]
