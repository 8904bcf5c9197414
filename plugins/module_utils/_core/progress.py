# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of a module, written to a file on the host that the action plugin of the module reads."""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import time
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator, NamedTuple

VARIABLE = "OSOPS_GLANCE_PROGRESS"  # environment variable with the path of the file; unset if no plugin reads it
INTERVAL = 1.0  # seconds between two writes
OUTPUT = 1  # file descriptor of the result of a module

# Phases of an image. Sending is the normal one and has no name.
SENDING = ""
HASHING = "all sent, Glance is hashing"
IMPORTING = "Glance is importing"


class State(NamedTuple):
    """Progress of one image.

    done, size: bytes; the size is None if it is unknown.
    began, at: when the phase began and when the state was recorded, in seconds by the monotonic clock of the host.
    """

    name: str
    phase: str
    done: int
    size: int | None
    began: float
    at: float

    @property
    def activity(self) -> tuple[str, str, float]:
        """What two states have in common if their bytes can be compared."""
        return self.name, self.phase, self.began


class Activity:
    """A phase of one image, from its beginning to its end."""

    def __init__(self, name: str, phase: str, size: int | None, done: Callable[[], int], began: float) -> None:
        self._name = name
        self._phase = phase
        self._size = size
        self._done = done
        self._began = began

    def state(self, now: float) -> State:
        """Return the current state; after the last byte was sent, the service hashes the content."""
        done = self._done()
        if self._phase == SENDING and self._size is not None and done >= self._size:
            self._phase, self._began = HASHING, now
        return State(self._name, self._phase, done, self._size, self._began, now)


class Progress:
    """Progress of the images of a run.

    write: receives the states as text.
    """

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._activities: dict[object, Activity] = {}
        self._was_written = False

    @contextmanager
    def during(
        self, name: str, phase: str = SENDING, size: int | None = None, done: Callable[[], int] = lambda: 0
    ) -> Iterator[None]:
        """Report the block as a phase of the image.

        done: returns the processed bytes; called from another thread.
        """
        key = object()
        self._activities[key] = Activity(name, phase, size, done, self._clock())
        try:
            yield
        finally:
            del self._activities[key]

    def write(self) -> None:
        """Write the states of the images; nothing as long as no image was in a phase."""
        now = self._clock()
        states = [activity.state(now) for activity in list(self._activities.values())]
        if states or self._was_written:
            self._write(json.dumps(states))
            self._was_written = True


class ProgressFile:
    """A file with an unpredictable name in a directory that all users can write to."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._new_path = f"{path}.new"
        self._created: set[str] = set()

    def write(self, text: str) -> None:
        """Create the file with that text, or replace it atomically."""
        is_first = self._path not in self._created
        self._create(self._path if is_first else self._new_path, text)
        if not is_first:
            os.replace(self._new_path, self._path)
            self._created.remove(self._new_path)

    def _create(self, path: str, text: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        self._created.add(path)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)

    def remove(self) -> None:
        """Remove only the files that this object created."""
        for path in self._created:
            with suppress(OSError):
                os.unlink(path)


@contextmanager
def progress_file(path: str | None, interval: float = INTERVAL, output: int = OUTPUT) -> Iterator[Progress]:
    """Yield a progress that is written to a file during the block; without a path, it is not written.

    interval: seconds between two writes.
    output: a file descriptor; the process exits when its reader is gone.
    """
    if path is None:
        yield Progress(lambda _text: None)
        return
    file = ProgressFile(path)
    progress = Progress(file.write)
    try:
        with exit_on_signals(), _periodic_writes(progress, interval, output):
            yield progress
    finally:
        file.remove()


@contextmanager
def _periodic_writes(progress: Progress, interval: float, output: int) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=_write_periodically, args=(progress, ended, interval, output), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _write_periodically(progress: Progress, ended: threading.Event, interval: float, output: int) -> None:
    # A full disk or a read-only /tmp must not stop the run; then no progress is shown.
    with suppress(OSError):
        while not ended.wait(interval):
            if has_no_reader(output):
                os.kill(os.getpid(), signal.SIGHUP)
                return
            progress.write()


def has_no_reader(output: int) -> bool:
    """Return whether the reader of a pipe or terminal is gone, as after Ctrl-C without a terminal to close."""
    poll = select.poll()
    poll.register(output, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _output, event in poll.poll(0))


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Raise SystemExit in the block on SIGTERM and SIGHUP, so that cleanup runs.

    After Ctrl-C, a module on a host receives SIGHUP because its terminal is closed.
    """
    handled = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in handled:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _frame: Any) -> None:
    raise SystemExit(128 + number)
