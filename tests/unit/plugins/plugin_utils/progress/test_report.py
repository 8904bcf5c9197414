# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.progress import (
    HASHING,
    IMPORTING,
    SENDING,
    State,
)
from ansible_collections.osops.glance.plugins.plugin_utils.progress.report import (
    ProgressReport,
    format_bytes,
    format_duration,
    parse_states,
    progress_line,
)

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def state(done: int, size: int | None = 900 * MIB, phase: str = SENDING, at: float = 10.0) -> State:
    return State("ubuntu", phase, done, size, 0.0, at)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        pytest.param(state(370 * MIB), None, "41 % of 900 MiB, 37 MiB/s, 14 s left", id="since the beginning"),
        pytest.param(
            state(370 * MIB),
            state(250 * MIB, at=8.0),
            "41 % of 900 MiB, 60 MiB/s, 9 s left",
            id="since the previous state",
        ),
        pytest.param(state(0), None, "0 % of 900 MiB, 0 B/s", id="no bytes yet"),
        pytest.param(state(0, at=0.0), None, "0 % of 900 MiB, 0 B/s", id="no time has passed"),
        pytest.param(state(9 * MIB), state(9 * MIB, at=5.0), "1 % of 900 MiB, 0 B/s", id="stalled"),
        pytest.param(state(99 * MIB, None), None, "99 MiB, 9.9 MiB/s", id="unknown size"),
        pytest.param(state(0, None), None, "10 s so far", id="unknown size, no bytes yet"),
        pytest.param(
            state(899 * MIB), None, "99 % of 900 MiB, 90 MiB/s, 0 s left", id="less than 100 % before the end"
        ),
        pytest.param(state(900 * MIB), None, "100 % of 900 MiB", id="complete"),
        pytest.param(state(1200 * MIB), None, "100 % of 900 MiB", id="at most 100 %"),
        pytest.param(state(5 * MIB), state(9 * MIB, at=5.0), "0 % of 900 MiB, 0 B/s", id="never backwards"),
        pytest.param(state(0, 0), None, "10 s so far", id="empty"),
        pytest.param(
            state(450 * MIB, phase="downloading"),
            None,
            "downloading, 50 % of 900 MiB, 45 MiB/s, 10 s left",
            id="another phase with bytes",
        ),
        pytest.param(state(900 * MIB, phase=HASHING), None, "all sent, Glance is hashing, 10 s so far", id="hashing"),
        pytest.param(state(0, None, IMPORTING), None, "Glance is importing, 10 s so far", id="a phase without bytes"),
    ],
)
def test_line_shows_bytes_rate_and_remaining_time(now: State, before: State | None, expected: str) -> None:
    assert progress_line(now, before) == f"ubuntu: {expected}"


@pytest.mark.parametrize(
    ("count", "expected"),
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
def test_bytes_are_formatted_with_binary_units(count: float, expected: str) -> None:
    assert format_bytes(count) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
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
def test_durations_are_formatted_with_units(seconds: float, expected: str) -> None:
    assert format_duration(seconds) == expected


def test_rate_is_computed_within_the_window() -> None:
    report = ProgressReport()
    rates = []
    # 10 MiB/s, then 40 MiB/s: within the window, the rate approaches the new one and reaches it.
    for at, done in [(10, 100), (15, 300), (30, 900), (35, 1100), (80, 1100), (80, 1100)]:
        expected = report.summary([state(done * MIB, 4000 * MIB, at=float(at))])
        rates.append(expected.split(", ")[1] if expected else "nothing new")
    assert rates == ["10 MiB/s", "40 MiB/s", "40 MiB/s", "40 MiB/s", "0 B/s", "nothing new"]


def test_images_in_parallel_share_a_line() -> None:
    one, two = State("a", SENDING, MIB, 2 * MIB, 0.0, 1.0), State("b", "converting", 0, None, 0.0, 1.0)
    assert ProgressReport().summary([one, two]) == "a: 50 % of 2.0 MiB, 1.0 MiB/s, 1 s left; b: converting, 1 s so far"
    assert ProgressReport().summary([]) == ""


def test_images_of_the_same_name_are_distinguished() -> None:
    report = ProgressReport()
    first, second = State("a", SENDING, 10 * MIB, None, 0.0, 5.0), State("a", SENDING, MIB, None, 4.0, 6.0)
    report.summary([first])
    assert report.summary([second]) == "a: 1.0 MiB, 512 KiB/s"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("cat: no such file\n", id="error message"),
        pytest.param("[]", id="no image"),
        pytest.param('{"a": 1}', id="another document"),
    ],
)
def test_output_without_progress_has_no_states(text: str) -> None:
    assert parse_states(text) == []


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
def test_invalid_progress_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        parse_states(text)


def test_states_after_other_output_are_found() -> None:
    text = f"Welcome\r\n{json.dumps([state(7)])}\r\n"
    assert parse_states(text) == [state(7)]


def test_control_characters_in_a_name_are_replaced() -> None:
    (found,) = parse_states(json.dumps([state(7)._replace(name="\x1b[2J\r" + "x" * 100)]))
    assert found.name == "?[2J?" + "x" * 55
