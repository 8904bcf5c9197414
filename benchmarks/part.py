"""Run one part of the benchmark: measure, check that the machine is quiet, and write the section of the part."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

import lab
import quiet
import report
from glance_sample import CACHE, TOP, BenchmarkError

DOCUMENTATION = TOP / "docs/benchmarks.md"
# The page with the results that are not published.
UNPUBLISHED = CACHE / "benchmarks.md"


class Settings(NamedTuple):
    """The settings of one run of a part.

    folder: a temporary directory with the settings of Ansible and the SSH key
    """

    rounds: int
    prefix: str
    folder: Path


class Measured(NamedTuple):
    """The runs of a part, and the versions of the tools that it used."""

    runs: list[Any]
    versions: tuple[str, ...] = ()


def no_preparation(_settings: Settings) -> None:
    """Prepare nothing."""


class Part(NamedTuple):
    """A part of the benchmark, which writes one section of the page.

    rounds: the usual number of rounds
    measure: returns the runs
    section: returns the text of the section for runs and a description of the machine
    prepare: creates what the part reuses; it is not measured
    draw: writes the plot of the runs next to the page
    """

    name: str
    rounds: int
    measure: Callable[[Settings], Measured]
    section: Callable[[list[Any], str], str]
    prepare: Callable[[Settings], None] = no_preparation
    draw: Callable[[list[Any], Path], None] | None = None


class Options(NamedTuple):
    """The options of the command line.

    rounds: the number of rounds; None is the usual number of each part
    publish: whether the results are for the documentation and require a quiet machine
    """

    rounds: int | None
    prefix: str
    publish: bool


def run(part: Part, options: Options) -> None:
    """Run a part. Raise BenchmarkError if the machine was not quiet and the results are for the documentation."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(options.rounds or part.rounds, options.prefix, Path(name))
        part.prepare(settings)
        if options.publish:
            require_idle(part.name)
        print(f"==> {part.name}: load average {os.getloadavg()[0]:.1f} before the run", flush=True)
        meter = quiet.Meter(lab.host_seconds)
        measured = part.measure(settings)
        observed = meter.observe()
    print(f"==> {part.name}: {observed}; it took {time.strftime('%M:%S', time.gmtime(observed.seconds))}", flush=True)
    (CACHE / f"{part.name}.json").write_text(json.dumps([run._asdict() for run in measured.runs]))
    problems = observed.problems()
    page = UNPUBLISHED if problems or not options.publish else DOCUMENTATION
    write(part, page, measured, str(observed))
    if problems and options.publish:
        raise BenchmarkError(f"{part.name}: the results are only in {page}, because {' and '.join(problems)}")


def require_idle(name: str) -> None:
    """Wait until the load of previous parts is below the limit. Raise BenchmarkError if it is not."""
    print(f"==> {name}: waiting until the machine is idle", flush=True)
    if not quiet.wait_until_idle():
        load = f"the load average is {os.getloadavg()[0]:.1f}, more than {quiet.MAX_LOAD} for each core"
        raise BenchmarkError(f"{name}: not measured, because {load}. Use --anyway to measure without publishing.")


def write(part: Part, page: Path, measured: Measured, observed: str) -> None:
    text = part.section(measured.runs, report.machine(observed, *measured.versions))
    print(text)
    report.write_section(page, text, f"benchmarks/run.py {part.name}")
    if part.draw:
        part.draw(measured.runs, page.with_name(f"benchmark-{part.name}.svg"))
    print(f"==> Written: {page}", flush=True)
