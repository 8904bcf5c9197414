"""Generate the common parts of the sections about the benchmarks, and write them to a page."""

from __future__ import annotations

import json
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Iterable, NamedTuple, Sequence

import ansible

RESULTS = {True: "met", False: "missed", None: ""}


class Target(NamedTuple):
    """A target, the measured value, and whether the target is met; None if it was not measured."""

    text: str
    measured: str = "not measured"
    is_met: bool | None = None


def at_most(text: str, limit: float, value: float | None, unit: str = "") -> Target:
    """Compare a measured value with the highest value that meets a target."""
    return Target(text) if value is None else Target(text, f"{value:.2f}{unit}", value <= limit)


def at_least(text: str, limit: float, value: float | None, unit: str = "") -> Target:
    """Compare a measured value with the lowest value that meets a target."""
    return Target(text) if value is None else Target(text, f"{value:.2f}{unit}", value >= limit)


def quotient(numerator: float | None, denominator: float | None) -> float | None:
    """Divide two measured values. Return None if one of them is missing."""
    return None if numerator is None or not denominator else numerator / denominator


def table(heads: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def targets_table(targets: Iterable[Target], measured: str = "measured") -> str:
    body = [(target.text, target.measured, RESULTS[target.is_met]) for target in targets]
    return table(("target", measured, "result"), body)


def digits(value: float | None, count: int) -> str:
    return "" if value is None else f"{value:.{count}f}"


def failure_texts(failures: Iterable[tuple[str, str]]) -> str:
    """Return the failed runs, each with its error message."""
    return "".join(f"\n{title}, failed:\n\n```\n{message[-1200:]}\n```\n" for title, message in failures)


def machine(observed: str, *tools: str) -> str:
    """Return a description of the machine, of its load during the run, and of the versions."""
    cpu = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) or [platform.machine()]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    manifest = Path(ansible.__file__).parents[1] / "ansible_collections/community/general/MANIFEST.json"
    return ", ".join(
        (
            f"{cpu[0]} with {os.cpu_count()} cores",
            f"{memory:.0f} GiB of memory",
            observed,
            f"{platform.system()} {platform.release()}",
            f"Python {platform.python_version()}",
            f"ansible-core {version('ansible-core')}",
            f"community.general {json.loads(manifest.read_text())['collection_info']['version']}",
            *tools,
        )
    )


def write_section(page: Path, text: str, writer: str) -> None:
    """Replace the section between its marks on a page. Create the page and the marks if they are missing."""
    start, end = f"<!-- written by {writer} -->\n", f"<!-- end of what {writer} wrote -->\n"
    old = page.read_text() if page.exists() else "# Benchmarks\n"
    before, found, rest = old.partition(start)
    after = rest.partition(end)[2] if found else ""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{before}{'' if found else chr(10)}{start}\n{text}\n{end}{after}")
