"""The definition of a quiet machine."""

from __future__ import annotations

import pytest
import quiet


def observation(load: float = 0.2, busy: float = 100.0, own: float = 95.0) -> quiet.Observation:
    """Return a run of 100 seconds on two cores."""
    return quiet.Observation(load_before=load, load_after=2.0, cores=2, seconds=100.0, busy=busy, own=own)


def test_busy_time_has_no_idle_time_and_no_interrupts_and_counts_guests_once() -> None:
    stat = "cpu  100 20 30 4000 500 6 7 8 90 1\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
    assert quiet.busy_seconds(stat, ticks=10) == 15.8


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        (observation(), []),
        (observation(load=1.0, own=90.0), []),
        (observation(load=1.1), ["load average was 1.1"]),
        (observation(own=80.0), ["used 10.0%"]),
        (observation(load=3.0, own=0.0), ["load average was 3.0", "used 50.0%"]),
        (observation(own=101.0), []),
    ],
    ids=["quiet", "at the limits", "load", "other processes", "both", "more own time than busy time"],
)
def test_machine_is_quiet_within_both_limits(observed: quiet.Observation, words: list[str]) -> None:
    problems = observed.problems()
    assert len(problems) == len(words)
    assert all(word in problem for word, problem in zip(words, problems))


def test_meter_adds_the_time_of_hosts_to_its_own() -> None:
    used = iter([10.0, 15.0])
    observed = quiet.Meter(lambda: next(used)).observe()
    assert 5.0 <= observed.own < 6.0
    assert observed.busy >= 0


def test_load_after_previous_parts_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = iter([900.0, 500.0, 0.0])
    monkeypatch.setattr(quiet.os, "getloadavg", lambda: (next(loads), 0.0, 0.0))
    monkeypatch.setattr(quiet.time, "sleep", lambda _seconds: None)
    assert quiet.wait_until_idle() is True


def test_busy_machine_is_reported_after_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet.os, "getloadavg", lambda: (900.0, 0.0, 0.0))
    assert quiet.wait_until_idle(seconds=0) is False
