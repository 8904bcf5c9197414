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
    CONVERTING,
    DOWNLOADING,
    HASHING,
    IMPORTING,
    SENDING,
    File,
    Progress,
    ProgressReport,
    State,
    binary,
    deserted,
    duration,
    line,
    noted,
    parsed,
)

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Let signals do what they do to a module, whatever they do to who runs the tests."""
    found = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in found.items():
        signal.signal(number, handler)


def state(done: int, size: int | None = 900 * MIB, phase: str = SENDING, at: float = 10.0) -> State:
    return State("ubuntu", phase, done, size, 0.0, at)


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        pytest.param(state(370 * MIB), None, "41 % of 900 MiB, 37 MiB/s, 14 s left", id="since it began"),
        pytest.param(
            state(370 * MIB), state(250 * MIB, at=8.0), "41 % of 900 MiB, 60 MiB/s, 9 s left", id="since before"
        ),
        pytest.param(state(0), None, "0 % of 900 MiB, 0 B/s", id="nothing yet"),
        pytest.param(state(0, at=0.0), None, "0 % of 900 MiB, 0 B/s", id="no time has passed"),
        pytest.param(state(9 * MIB), state(9 * MIB, at=5.0), "1 % of 900 MiB, 0 B/s", id="stalled"),
        pytest.param(state(99 * MIB, None), None, "99 MiB, 9.9 MiB/s", id="unknown size"),
        pytest.param(state(0, None), None, "10 s so far", id="unknown size, nothing yet"),
        pytest.param(state(899 * MIB), None, "99 % of 900 MiB, 90 MiB/s, 0 s left", id="not done before it is"),
        pytest.param(state(900 * MIB), None, "100 % of 900 MiB", id="all of it"),
        pytest.param(state(1200 * MIB), None, "100 % of 900 MiB", id="never more than all"),
        pytest.param(state(5 * MIB), state(9 * MIB, at=5.0), "0 % of 900 MiB, 0 B/s", id="never backwards"),
        pytest.param(state(0, 0), None, "10 s so far", id="empty"),
        pytest.param(
            state(450 * MIB, phase=DOWNLOADING),
            None,
            "downloading, 50 % of 900 MiB, 45 MiB/s, 10 s left",
            id="another phase with bytes",
        ),
        pytest.param(state(900 * MIB, phase=HASHING), None, "all sent, Glance is hashing, 10 s so far", id="hashing"),
        pytest.param(state(0, None, IMPORTING), None, "Glance is importing, 10 s so far", id="a phase without bytes"),
    ],
)
def test_a_line_says_how_far_how_fast_and_how_long(now: State, before: State | None, told: str) -> None:
    assert line(now, before) == f"ubuntu: {told}"


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (KIB, "1.0 KiB"),
        (9.94 * MIB, "9.9 MiB"),
        (9.96 * MIB, "10 MiB"),
        (118.4 * MIB, "118 MiB"),
        (999.9 * MIB, "1.0 GiB"),
        (2.34 * GIB, "2.3 GiB"),
        (1536 * GIB, "1.5 TiB"),
        (5000 * 1024**5, "5000 PiB"),
    ],
)
def test_bytes_are_told_in_binary_units(count: float, told: str) -> None:
    assert binary(count) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (13.2, "13 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (240, "4 min"),
        (3569, "59 min"),
        (3590, "1 h"),
        (7800, "2 h 10 min"),
        (90000, "25 h"),
    ],
)
def test_times_are_told_in_words(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_a_rate_is_that_of_the_last_seconds() -> None:
    watched = ProgressReport()
    rates = []
    # 10 MiB/s, then 40 MiB/s: within the window, the rate approaches the new one and reaches it.
    for at, done in [(10, 100), (15, 300), (30, 900), (35, 1100), (80, 1100), (80, 1100)]:
        told = watched.told([state(done * MIB, 4000 * MIB, at=float(at))])
        rates.append(told.split(", ")[1] if told else "nothing new")
    assert rates == ["10 MiB/s", "40 MiB/s", "40 MiB/s", "40 MiB/s", "0 B/s", "nothing new"]


def test_images_that_are_sent_at_once_share_a_line() -> None:
    one, two = State("a", SENDING, MIB, 2 * MIB, 0.0, 1.0), State("b", CONVERTING, 0, None, 0.0, 1.0)
    assert ProgressReport().told([one, two]) == "a: 50 % of 2.0 MiB, 1.0 MiB/s, 1 s left; b: converting, 1 s so far"
    assert ProgressReport().told([]) == ""


def test_two_images_of_one_name_are_not_confused() -> None:
    watched = ProgressReport()
    first, second = State("a", SENDING, 10 * MIB, None, 0.0, 5.0), State("a", SENDING, MIB, None, 4.0, 6.0)
    watched.told([first])
    assert watched.told([second]) == "a: 1.0 MiB, 512 KiB/s"


def test_what_is_noted_can_be_told() -> None:
    notes: list[str] = []
    clock, sent = Clock(), [0]
    progress = Progress(notes.append, clock)
    with progress.during("ubuntu", size=4 * MIB, done=lambda: sent[0]):
        clock.now, sent[0] = 102.0, MIB
        progress.note()
        clock.now, sent[0] = 104.0, 4 * MIB
        progress.note()
        clock.now = 107.0
        progress.note()
    with progress.during("ubuntu", IMPORTING):
        clock.now = 109.0
        progress.note()
    progress.note()
    watched = ProgressReport()
    assert [watched.told(parsed(note)) for note in notes] == [
        "ubuntu: 25 % of 4.0 MiB, 512 KiB/s, 6 s left",
        "ubuntu: all sent, Glance is hashing, 0 s so far",
        "ubuntu: all sent, Glance is hashing, 3 s so far",
        "ubuntu: Glance is importing, 2 s so far",
        "",
    ]


def test_a_phase_ends_with_an_error_too() -> None:
    notes: list[str] = []
    progress = Progress(notes.append, Clock())

    def fail() -> None:
        with progress.during("ubuntu"):
            progress.note()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    progress.note()
    assert [len(json.loads(note)) for note in notes] == [1, 0]


def test_a_run_without_an_upload_notes_nothing() -> None:
    notes: list[str] = []
    Progress(notes.append, Clock()).note()
    assert notes == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("cat: no such file\n", id="words"),
        pytest.param("[]", id="no image"),
        pytest.param('{"a": 1}', id="another document"),
    ],
)
def test_no_progress_is_nothing_to_tell(text: str) -> None:
    assert parsed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[[", id="cut off"),
        pytest.param("[[1, 2]]", id="too few fields"),
        pytest.param('[["a", "", {}, 1, 0, 0]]', id="no number"),
        pytest.param('[["a", "", 1e999, 1, 0, 0]]', id="infinite"),
        pytest.param("[" * 100000, id="nested deeply"),
    ],
)
def test_what_is_no_progress_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        parsed(text)


def test_what_was_noted_is_found_after_the_greeting_of_a_shell() -> None:
    text = f"Welcome\r\n{json.dumps([state(7)])}\r\n"
    assert parsed(text) == [state(7)]


def test_a_name_does_nothing_to_a_terminal() -> None:
    (found,) = parsed(json.dumps([state(7)._replace(name="\x1b[2J\r" + "x" * 100)]))
    assert found.name == "?[2J?" + "x" * 55


def test_a_file_is_for_its_owner_alone_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    file = File(str(path))
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
def test_what_others_put_there_is_left_alone(tmp_path: Path, name: str, link: bool) -> None:
    other = tmp_path / "other"
    other.write_text("theirs")
    if link:
        (tmp_path / name).symlink_to(other)
    else:
        (tmp_path / name).write_text("theirs")
    file = File(str(tmp_path / "progress"))

    def write_twice() -> None:
        file.write("one")
        file.write("two")

    with pytest.raises(FileExistsError):
        write_twice()
    file.remove()
    assert sorted(os.listdir(tmp_path)) == sorted(["other", name])
    assert (tmp_path / name).read_text() == other.read_text() == "theirs"


class ImportStatus(threading.Event):
    """Bytes that say when somebody asked for them the third time."""

    asked = 0

    def bytes(self) -> int:
        self.asked += 1
        if self.asked > 2:
            self.set()
        return self.asked


def test_progress_is_in_a_file_while_the_block_runs(tmp_path: Path) -> None:
    path, seen = tmp_path / "progress", ImportStatus()
    with noted(str(path), every=0.001) as progress, progress.during("ubuntu", size=9**9, done=seen.bytes):
        assert seen.wait(30)
        assert [found.name for found in parsed(path.read_text())] == ["ubuntu"]
    assert os.listdir(tmp_path) == []


def test_progress_that_cannot_be_noted_hinders_nobody(tmp_path: Path) -> None:
    asked = threading.Event()

    def done() -> int:
        asked.set()
        return 0

    with noted(str(tmp_path / "absent" / "progress"), every=0.001) as progress, progress.during("ubuntu", done=done):
        assert asked.wait(30)
    assert os.listdir(tmp_path) == []


def test_without_a_path_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "File", None)
    with noted(None) as progress, progress.during("ubuntu", size=1, done=lambda: 1):
        progress.note()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end_leaves_no_file(tmp_path: Path, number: signal.Signals) -> None:
    def upload() -> None:
        seen = ImportStatus()
        with noted(str(tmp_path / "progress"), every=0.001) as progress, progress.during("ubuntu", done=seen.bytes):
            assert seen.wait(30)
            os.kill(os.getpid(), number)
            threading.Event().wait(30)

    with pytest.raises(SystemExit) as left:
        upload()
    assert left.value.code == 128 + number
    assert os.listdir(tmp_path) == []
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_run_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    reader, writer = os.pipe()

    def upload() -> None:
        seen = ImportStatus()
        with noted(str(tmp_path / "progress"), every=0.001, output=writer) as progress:
            with progress.during("ubuntu", done=seen.bytes):
                assert seen.wait(30)
            os.close(reader)
            threading.Event().wait(30)

    with pytest.raises(SystemExit):
        upload()
    os.close(writer)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("path", ["/dev/null", __file__])
def test_a_run_whose_output_goes_to_a_file_is_not_deserted(path: str) -> None:
    with open(path) as output:
        assert not deserted(output.fileno())


def test_a_run_is_deserted_when_the_reader_leaves() -> None:
    reader, writer = os.pipe()
    before = deserted(writer)
    os.close(reader)
    after = deserted(writer)
    os.close(writer)
    assert (before, after) == (False, True)
