"""A part publishes its results only from a quiet machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import part
import pytest
import quiet
from glance_sample import BenchmarkError


class Run(NamedTuple):
    seconds: float


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return the page of the documentation and the page for other results."""
    published, unpublished = tmp_path / "docs/benchmarks.md", tmp_path / "cache/benchmarks.md"
    monkeypatch.setattr(part, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(part, "DOCUMENTATION", published)
    monkeypatch.setattr(part, "UNPUBLISHED", unpublished)
    monkeypatch.setattr(part.quiet, "wait_until_idle", lambda: True)
    return published, unpublished


def sample(rounds: list[int]) -> part.Part:
    def measure(settings: part.Settings) -> part.Measured:
        rounds.append(settings.rounds)
        return part.Measured([Run(1.5)], ("tool 1.0",))

    return part.Part("sample", 5, measure, lambda runs, machine: f"{len(runs)} run, {machine}")


def options(**changes: Any) -> part.Options:
    return part.Options(rounds=None, prefix="test", publish=True)._replace(**changes)


def observe(monkeypatch: pytest.MonkeyPatch, foreign: float) -> None:
    observed = quiet.Observation(0.1, 1.0, 2, 100.0, busy=foreign, own=0.0)
    monkeypatch.setattr(part.quiet.Meter, "observe", lambda self: observed)


def test_results_of_a_quiet_machine_are_published(pages: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []
    observe(monkeypatch, foreign=2.0)
    part.run(sample(rounds), options())
    assert rounds == [5]
    assert "1 run, " in pages[0].read_text()
    assert "load average 0.1 before and 1.0 after" in pages[0].read_text()
    assert not pages[1].exists()


def test_results_of_a_busy_machine_are_not_published(pages: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    observe(monkeypatch, foreign=50.0)
    with pytest.raises(BenchmarkError, match="other processes used 25.0%"):
        part.run(sample([]), options())
    assert not pages[0].exists()
    assert "1 run, " in pages[1].read_text()


def test_busy_machine_is_refused_before_the_measurement(
    pages: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part.quiet, "wait_until_idle", lambda: False)
    rounds: list[int] = []
    with pytest.raises(BenchmarkError, match="not measured"):
        part.run(sample(rounds), options())
    assert rounds == []
    assert not pages[0].exists()


def test_results_without_publication_ignore_the_load(pages: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    observe(monkeypatch, foreign=50.0)
    monkeypatch.setattr(part.quiet, "wait_until_idle", lambda: False)
    rounds: list[int] = []
    part.run(sample(rounds), options(publish=False, rounds=1))
    assert rounds == [1]
    assert pages[1].exists()
    assert not pages[0].exists()
