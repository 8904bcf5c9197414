# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import stat
import threading
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import progress as _progress
from ansible_collections.osops.glance.plugins.module_utils._core.progress import (
    IMPORTING,
    Progress,
    ProgressFile,
    has_no_reader,
    progress_file,
)
from ansible_collections.osops.glance.plugins.plugin_utils.progress.report import (
    ProgressReport,
    parse_states,
)

MIB = 1 << 20


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Reset the signal handlers of the test runner to those of a module."""
    found = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in found.items():
        signal.signal(number, handler)


def test_written_states_can_be_reported() -> None:
    written: list[str] = []
    clock, sent = Clock(), [0]
    progress = Progress(written.append, clock)
    with progress.during("ubuntu", size=4 * MIB, done=lambda: sent[0]):
        clock.now, sent[0] = 102.0, MIB
        progress.write()
        clock.now, sent[0] = 104.0, 4 * MIB
        progress.write()
        clock.now = 107.0
        progress.write()
    with progress.during("ubuntu", IMPORTING):
        clock.now = 109.0
        progress.write()
    progress.write()
    report = ProgressReport()
    assert [report.summary(parse_states(text)) for text in written] == [
        "ubuntu: 25 % of 4.0 MiB, 512 KiB/s, 6 s left",
        "ubuntu: all sent, Glance is hashing, 0 s so far",
        "ubuntu: all sent, Glance is hashing, 3 s so far",
        "ubuntu: Glance is importing, 2 s so far",
        "",
    ]


def test_phase_ends_after_an_error() -> None:
    written: list[str] = []
    progress = Progress(written.append, Clock())

    def fail() -> None:
        with progress.during("ubuntu"):
            progress.write()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    progress.write()
    assert [len(json.loads(text)) for text in written] == [1, 0]


def test_run_without_an_upload_writes_nothing() -> None:
    written: list[str] = []
    Progress(written.append, Clock()).write()
    assert written == []


def test_file_is_private_and_replaced_atomically(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    file = ProgressFile(str(path))
    inodes = []
    for text in ("one", "two", "three"):
        file.write(text)
        assert path.read_text() == text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        inodes.append(os.stat(path).st_ino)
    assert inodes[0] != inodes[1]
    assert os.listdir(tmp_path) == ["progress"]
    file.remove()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["progress", "progress.new"])
@pytest.mark.parametrize("link", [True, False], ids=["link", "file"])
def test_files_of_other_users_are_not_changed(tmp_path: Path, name: str, link: bool) -> None:
    other = tmp_path / "other"
    other.write_text("foreign")
    if link:
        (tmp_path / name).symlink_to(other)
    else:
        (tmp_path / name).write_text("foreign")
    file = ProgressFile(str(tmp_path / "progress"))

    def write_twice() -> None:
        file.write("one")
        file.write("two")

    with pytest.raises(FileExistsError):
        write_twice()
    file.remove()
    assert sorted(os.listdir(tmp_path)) == sorted(["other", name])
    assert (tmp_path / name).read_text() == other.read_text() == "foreign"


class ByteCounter(threading.Event):
    """Processed bytes; the event is set by the third request for them."""

    requested = 0

    def bytes(self) -> int:
        self.requested += 1
        if self.requested > 2:
            self.set()
        return self.requested


def test_progress_is_in_the_file_during_the_block(tmp_path: Path) -> None:
    path, counter = tmp_path / "progress", ByteCounter()
    with progress_file(str(path), interval=0.001) as progress, progress.during("ubuntu", size=9**9, done=counter.bytes):
        assert counter.wait(30)
        assert [found.name for found in parse_states(path.read_text())] == ["ubuntu"]
    assert os.listdir(tmp_path) == []


def test_unwritable_file_does_not_stop_the_run(tmp_path: Path) -> None:
    requested = threading.Event()

    def done() -> int:
        requested.set()
        return 0

    with progress_file(str(tmp_path / "absent" / "progress"), interval=0.001) as progress, progress.during(
        "ubuntu", done=done
    ):
        assert requested.wait(30)
    assert os.listdir(tmp_path) == []


def test_progress_without_a_path_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "ProgressFile", None)
    with progress_file(None) as progress, progress.during("ubuntu", size=1, done=lambda: 1):
        progress.write()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_terminated_run_removes_the_file(tmp_path: Path, number: signal.Signals) -> None:
    def upload() -> None:
        counter = ByteCounter()
        with progress_file(str(tmp_path / "progress"), interval=0.001) as progress, progress.during(
            "ubuntu", done=counter.bytes
        ):
            assert counter.wait(30)
            os.kill(os.getpid(), number)
            threading.Event().wait(30)

    with pytest.raises(SystemExit) as left:
        upload()
    assert left.value.code == 128 + number
    assert os.listdir(tmp_path) == []
    assert signal.getsignal(number) is signal.SIG_DFL


def test_run_without_a_reader_ends(tmp_path: Path) -> None:
    reader, writer = os.pipe()

    def upload() -> None:
        counter = ByteCounter()
        with progress_file(str(tmp_path / "progress"), interval=0.001, output=writer) as progress:
            with progress.during("ubuntu", done=counter.bytes):
                assert counter.wait(30)
            os.close(reader)
            threading.Event().wait(30)

    with pytest.raises(SystemExit):
        upload()
    os.close(writer)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("path", ["/dev/null", __file__])
def test_file_as_output_has_a_reader(path: str) -> None:
    with open(path) as output:
        assert not has_no_reader(output.fileno())


def test_closed_pipe_has_no_reader() -> None:
    reader, writer = os.pipe()
    before = has_no_reader(writer)
    os.close(reader)
    after = has_no_reader(writer)
    os.close(writer)
    assert (before, after) == (False, True)
