# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of a module as lines for the output of the play: bytes, rates and remaining times."""

from __future__ import annotations

import json
from collections import deque
from typing import Iterable, Iterator

from ansible_collections.osops.glance.plugins.module_utils._core.progress import HASHING, State

WINDOW = 20.0  # seconds over which a rate is computed
HISTORY = 400  # states to compute rates from: those of many images within the window
LONGEST_NAME = 60  # characters of a name that are shown
UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def parse_states(text: str) -> list[State]:
    """Return the states in the output of a command on the host; raise ValueError if it is invalid.

    The shell may have written lines before them.
    """
    document = next((line for line in reversed(text.splitlines()) if line.startswith("[[")), "[]")
    try:
        return [_state(*fields) for fields in json.loads(document)]
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError("no progress") from error


def _state(name: str, phase: str, done: int, size: int | None, began: float, at: float) -> State:
    size = None if size is None else int(size)
    return State(_printable(name), _printable(phase), int(done), size, float(began), float(at))


def _printable(text: str) -> str:
    """Return the text without control characters, which could change the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text)[:LONGEST_NAME])


class ProgressReport:
    """Lines about the progress; recent states are kept to compute rates."""

    def __init__(self) -> None:
        self._history: deque[State] = deque(maxlen=HISTORY)

    def summary(self, states: Iterable[State]) -> str:
        """Return one line about the images; empty if no state is new."""
        new = [state for state in states if state not in self._history]
        lines = [progress_line(state, self._before(state)) for state in new]
        self._history.extend(new)
        return "; ".join(lines)

    def _before(self, state: State) -> State | None:
        """Return the first state of the same activity within the window, or else the last one before it."""
        past = [one for one in self._history if one.activity == state.activity]
        recent = [one for one in past if one.at >= state.at - WINDOW]
        return next(iter(recent or past[-1:]), None)


def progress_line(state: State, before: State | None = None) -> str:
    """Return the progress of an image: the processed bytes, the rate and the remaining time."""
    return f"{state.name}: {', '.join(_parts(state, before))}"


def _parts(state: State, before: State | None) -> Iterator[str]:
    if state.phase:
        yield state.phase
    if state.phase == HASHING or not (state.done or state.size):
        yield f"{format_duration(state.at - state.began)} so far"
        return
    yield format_amount(state.done, state.size)
    if state.size is not None and state.done >= state.size:
        return
    speed = rate(state, before)
    yield f"{format_bytes(speed)}/s"
    if state.size is not None and speed > 0:
        yield f"{format_duration((state.size - state.done) / speed)} left"


def rate(state: State, before: State | None) -> float:
    """Return the bytes per second since an earlier state, or since the phase began."""
    done, at = (before.done, before.at) if before else (0, state.began)
    return max(0.0, (state.done - done) / (state.at - at)) if state.at > at else 0.0


def format_amount(done: int, size: int | None) -> str:
    """Return the processed bytes, in percent if the size is known."""
    if size is None:
        return format_bytes(done)
    percent = min(100, 100 * done // size) if size > 0 else 100
    return f"{percent} % of {format_bytes(size)}"


def format_bytes(count: float) -> str:
    """Return a number of bytes with a binary unit: "512 B", "2.3 GiB", "118 MiB"."""
    power = 0
    while count >= 999.5 and power < len(UNITS) - 1:
        count, power = count / 1024, power + 1
    digits = 1 if power and count < 9.95 else 0
    return f"{count:.{digits}f} {UNITS[power]}"


def format_duration(seconds: float) -> str:
    """Return a time with units: "13 s", "4 min", "2 h 10 min"."""
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
