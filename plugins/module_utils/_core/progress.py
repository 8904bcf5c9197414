# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the images of a run are: what the module notes down on the host, and how it is told in the play's output."""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterable, Iterator, NamedTuple

VARIABLE = "OSOPS_GLANCE_PROGRESS"  # of the environment: the path of the file, where somebody watches
EVERY = 1.0  # seconds between two notes
OUTPUT = 1  # where the result of a module goes
WINDOW = 20.0  # seconds over which a rate is taken
KEPT = 400  # states to take rates from: those of many images within the window
NAME = 60  # characters of a name that are told
UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")

# What an image is at. Sending is what is expected, and needs no word.
SENDING = ""
COMPARING = "comparing its content"
DOWNLOADING = "downloading"
CONVERTING = "converting"
HASHING = "all sent, Glance is hashing"
IMPORTING = "Glance is importing"


class State(NamedTuple):
    """How far one image is.

    done, size: bytes; the size is None where nobody knows it.
    began, at: when the phase began and when this was noted, in seconds by the clock of the host.
    """

    name: str
    phase: str
    done: int
    size: int | None
    began: float
    at: float

    @property
    def activity(self) -> tuple[str, str, float]:
        """What two states must share to be compared."""
        return self.name, self.phase, self.began


# On the host: what is noted


class Activity:
    """What one image is at, from the beginning of a phase to its end."""

    def __init__(self, name: str, phase: str, size: int | None, done: Callable[[], int], began: float) -> None:
        self._name = name
        self._phase = phase
        self._size = size
        self._done = done
        self._began = began

    def state(self, now: float) -> State:
        done = self._done()
        if self._phase == SENDING and self._size is not None and done >= self._size:
            self._phase, self._began = HASHING, now
        return State(self._name, self._phase, done, self._size, self._began, now)


class Progress:
    """What the images of a run are at; noted down by write()."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._activities: dict[object, Activity] = {}
        self._noted = False

    @contextmanager
    def during(
        self, name: str, phase: str = SENDING, size: int | None = None, done: Callable[[], int] = lambda: 0
    ) -> Iterator[None]:
        """Count the block as a phase of the image; done() is asked for the bytes, from another thread."""
        key = object()
        self._activities[key] = Activity(name, phase, size, done, self._clock())
        try:
            yield
        finally:
            del self._activities[key]

    def note(self) -> None:
        """Write down what the images are at; a run that has nothing to say writes nothing."""
        now = self._clock()
        states = [activity.state(now) for activity in list(self._activities.values())]
        if states or self._noted:
            self._write(json.dumps(states))
            self._noted = True


class File:
    """A file of a name that nobody foresees, in a directory that everyone writes to."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._beside = f"{path}.new"
        self._made: set[str] = set()

    def write(self, text: str) -> None:
        """Make the file with that text, or replace it as a whole."""
        first = self._path not in self._made
        self._make(self._path if first else self._beside, text)
        if not first:
            os.replace(self._beside, self._path)
            self._made.remove(self._beside)

    def _make(self, path: str, text: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        self._made.add(path)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)

    def remove(self) -> None:
        """Remove what was made here, and nothing else."""
        for path in self._made:
            with suppress(OSError):
                os.unlink(path)


@contextmanager
def noted(path: str | None, every: float = EVERY, output: int = OUTPUT) -> Iterator[Progress]:
    """Yield a progress that is noted in a file while the block runs; without a path, it is not noted at all."""
    if path is None:
        yield Progress(lambda _text: None)
        return
    file = File(path)
    progress = Progress(file.write)
    try:
        with ended_by_signals(), _noting(progress, every, output):
            yield progress
    finally:
        file.remove()


@contextmanager
def _noting(progress: Progress, every: float, output: int) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=_keep_noting, args=(progress, ended, every, output), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _keep_noting(progress: Progress, ended: threading.Event, every: float, output: int) -> None:
    # Nobody may be hindered by a disk that is full or a /tmp that is read-only: then there is no progress to see.
    with suppress(OSError):
        while not ended.wait(every):
            if deserted(output):
                os.kill(os.getpid(), signal.SIGHUP)
                return
            progress.note()


def deserted(output: int) -> bool:
    """Say whether nobody reads any more what is written there, as after Ctrl-C where there is no terminal to close."""
    poll = select.poll()
    poll.register(output, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _output, event in poll.poll(0))


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """End the block in order when the process is told to end, as Ctrl-C does through a terminal that closes."""
    ours = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL]
    for one in ours:
        signal.signal(one, _leave)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)


def _leave(number: int, _frame: Any) -> None:
    raise SystemExit(128 + number)


# On the control node: how it is told


def parsed(text: str) -> list[State]:
    """Return the states that are in the output of a host; ValueError if it is none of ours.

    A shell that starts may say something before.
    """
    noted_ = next((one for one in reversed(text.splitlines()) if one.startswith("[[")), "[]")
    try:
        return [_state(*fields) for fields in json.loads(noted_)]
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError("no progress") from error


def _state(name: str, phase: str, done: int, size: int | None, began: float, at: float) -> State:
    return State(_plain(name), _plain(phase), int(done), None if size is None else int(size), float(began), float(at))


def _plain(text: str) -> str:
    """Return a text that does nothing to a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text)[:NAME])


class ProgressReport:
    """What was noted lately, to take rates from."""

    def __init__(self) -> None:
        self._past: deque[State] = deque(maxlen=KEPT)

    def told(self, states: Iterable[State]) -> str:
        """Return the line on what the images are at; empty where nothing new was noted."""
        new = [state for state in states if state not in self._past]
        lines = [line(state, self._before(state)) for state in new]
        self._past.extend(new)
        return "; ".join(lines)

    def _before(self, state: State) -> State | None:
        """Return the first state of the same activity within the window, or else the last one before it."""
        past = [one for one in self._past if one.activity == state.activity]
        lately = [one for one in past if one.at >= state.at - WINDOW]
        return next(iter(lately or past[-1:]), None)


def line(state: State, before: State | None = None) -> str:
    """Return what a person reads: how far an image is, how fast that goes, and how long it still takes."""
    return f"{state.name}: {', '.join(_parts(state, before))}"


def _parts(state: State, before: State | None) -> Iterator[str]:
    if state.phase:
        yield state.phase
    if state.phase == HASHING or not (state.done or state.size):
        yield f"{duration(state.at - state.began)} so far"
        return
    yield amount(state.done, state.size)
    if state.size is not None and state.done >= state.size:
        return
    speed = rate(state, before)
    yield f"{binary(speed)}/s"
    if state.size is not None and speed > 0:
        yield f"{duration((state.size - state.done) / speed)} left"


def rate(state: State, before: State | None) -> float:
    """Return the bytes per second since an earlier state, or since the phase began."""
    done, at = (before.done, before.at) if before else (0, state.began)
    return max(0.0, (state.done - done) / (state.at - at)) if state.at > at else 0.0


def amount(done: int, size: int | None) -> str:
    if size is None:
        return binary(done)
    percent = min(100, 100 * done // size) if size > 0 else 100
    return f"{percent} % of {binary(size)}"


def binary(count: float) -> str:
    """Return a number of bytes in the unit that a person would take: "512 B", "2.3 GiB", "118 MiB"."""
    power = 0
    while count >= 999.5 and power < len(UNITS) - 1:
        count, power = count / 1024, power + 1
    digits = 1 if power and count < 9.95 else 0
    return f"{count:.{digits}f} {UNITS[power]}"


def duration(seconds: float) -> str:
    """Return a time as a person would say it: "13 s", "4 min", "2 h 10 min"."""
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
