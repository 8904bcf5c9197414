"""From runs to medians, and from medians to the section of the documentation."""

from __future__ import annotations

import json
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from statistics import correlation, linear_regression, median
from typing import Any, Iterator, NamedTuple

import ansible

FLOOR = "floor: one ansible.builtin.ping"
OURS = "osops.glance.ini"
TEMPLATE = "ansible.builtin.template"
INI_FILE = "loop of community.general.ini_file"
TURNS = ("first", "second")
# The number of options that the targets speak of.
COMPARED = 40
# Beyond the floor, less than this cannot be told from nothing.
RESOLUTION = 0.01

Row = dict[str, Any]


class Run(NamedTuple):
    contestant: str
    options: int
    lines: int
    turn: str
    round: int
    wall: float
    cpu: float
    changed: bool | None


def summary(runs: list[Run]) -> list[Row]:
    """Return the medians of every contestant, point and turn; the floor is that of the same round."""
    groups: dict[tuple[str, int, int, str], list[Run]] = {}
    for run in runs:
        groups.setdefault(run[:4], []).append(run)
    return [
        {
            "contestant": contestant,
            "options": options,
            "lines": lines,
            "turn": turn,
            "runs": len(group),
            "wall": median(run.wall for run in group),
            "least": min(run.wall for run in group),
            "most": max(run.wall for run in group),
            "cpu": median(run.cpu for run in group),
            "beyond": median(a.wall - b.wall for a, b in zip(group, groups[FLOOR, options, lines, turn])),
            "beyond_cpu": median(a.cpu - b.cpu for a, b in zip(group, groups[FLOOR, options, lines, turn])),
            # Only a playbook tells whether it changed something.
            "changed": group[0].changed,
        }
        for (contestant, options, lines, turn), group in groups.items()
    ]


def pick(rows: list[Row], **wanted: Any) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


# The tables -----------------------------------------------------------------------------------------------------------


def table(heads: tuple[str, ...], body: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


COLUMNS = ("wall s", "CPU s", "beyond floor", "times ours")


def race_table(rows: list[Row]) -> str:
    """Return the table of the race: a line for every point and contestant, first and second run side by side."""
    columns = tuple(f"{turn} run: {what}" for turn in TURNS for what in COLUMNS)
    body = []
    for row in pick(rows, turn="first"):
        point = {"options": row["options"], "lines": row["lines"]}
        both = [pick(rows, contestant=row["contestant"], turn=turn, **point)[0] for turn in TURNS]
        ours = [pick(rows, contestant=OURS, turn=turn, **point)[0] for turn in TURNS]
        cells = (cell for mine, our in zip(both, ours) for cell in figures(mine, our))
        start = (f"{row['options']:,}", f"{row['lines']:,}", row["contestant"], str(row["runs"]))
        body.append((*start, *cells, {True: "changed", False: "ok", None: ""}[both[1]["changed"]]))
    return table(("options", "lines", "by", "runs", *columns, "second run says"), body)


def figures(row: Row, ours: Row) -> tuple[str, str, str, str]:
    wall, cpu = f"{row['wall']:.2f}", f"{row['cpu']:.2f}"
    # crudini alone does not stand on Ansible's floor.
    if row["contestant"] == FLOOR or row["changed"] is None:
        return wall, cpu, "", ""
    return wall, cpu, f"{row['beyond']:+.3f}", "1" if row["contestant"] == OURS else times(row, ours)


def times(row: Row, ours: Row) -> str:
    ratio = max(row["beyond"], 0) / max(ours["beyond"], RESOLUTION)
    return f"{'>' if ours['beyond'] < RESOLUTION else ''}{ratio:.{0 if ratio >= 10 else 1}f}"


def targets_table(rows: list[Row], sample_lines: int) -> str:
    return table(
        ("target", "measured, first and second run", ""),
        [(text, measured, "held" if held else "missed") for text, measured, held in targets(rows, sample_lines)],
    )


def targets(rows: list[Row], sample_lines: int) -> Iterator[tuple[str, str, bool]]:
    """Yield what is aimed at, what was measured, and whether it was reached."""
    in_sample = pick(rows, lines=sample_lines)
    for options, limit in ((COMPARED, 0.05), (1000, 0.15)):
        found = pick(in_sample, contestant=OURS, options=options)
        beyond, cpu = values(found, "beyond"), values(found, "beyond_cpu")
        text = f"{options:,} options: at most {limit} s beyond the floor"
        yield text, f"{seconds(beyond)} (CPU: {seconds(cpu)})", max(beyond) <= limit
    ours = values(pick(in_sample, contestant=OURS, options=COMPARED), "beyond")
    for loop in values(pick(in_sample, contestant=INI_FILE, options=COMPARED, turn="first"), "beyond"):
        ratio = loop / max(*ours, RESOLUTION)
        text = f"{COMPARED} options: a hundredth of the loop of ini_file, beyond the floor"
        yield text, f"1/{ratio:.0f}", ratio >= 100
    pairs = zip(*(values(pick(in_sample, contestant=name), "beyond") for name in (OURS, TEMPLATE)))
    worst = max(mine - other for mine, other in pairs)
    yield "never slower than one template, with any number of options", f"at the worst {worst:+.3f} s", worst <= 0
    most = max(row["lines"] for row in rows)
    whole = values(pick(rows, contestant=OURS, lines=most), "wall")
    yield f"{most:,} lines: the whole playbook within a second", seconds(whole, sign=""), max(whole) <= 1
    yield linearity(pick(rows, contestant=OURS, options=COMPARED), "lines")
    yield linearity(pick(in_sample, contestant=OURS), "options")


def linearity(rows: list[Row], name: str) -> tuple[str, str, bool]:
    """Say how well a straight line describes the CPU time beyond the floor, which other work disturbs the least."""
    first = pick(rows, turn="first")
    amounts, costs = values(first, name), values(first, "beyond_cpu")
    fit, square = linear_regression(amounts, costs), correlation(amounts, costs) ** 2
    text = f"{fit.intercept * 1000:.0f} ms + {fit.slope * 1e6:.1f} ms for every 1,000 {name} (CPU; R² {square:.3f})"
    return f"cost linear in {name}", text, square >= 0.95


def values(rows: list[Row], name: str) -> list[float]:
    return [row[name] for row in rows]


def seconds(numbers: list[float], sign: str = "+") -> str:
    return " / ".join(f"{number:{sign}.3f} s" for number in numbers)


# The section ----------------------------------------------------------------------------------------------------------

SECTION = """\
## Setting options in a file: `osops.glance.ini`

Options are set in the {lines:,}-line sample of `glance-api.conf` that Glance generates, and then set again, with
nothing to change. Times are medians. Every playbook has one task, and all took turns on one machine. The floor is a
playbook with one `ping`: what Ansible takes for any task. It took {least:.2f} to {most:.2f} s here, which tells how
quiet the machine was. *Times ours* compares what is beyond the floor; `>` says that ours was less than {resolution} s
beyond it, which cannot be told from nothing.

![Wall time over the number of options and lines]({plot})

{targets}

{race}

- `template` writes the options alone: its file has none of the sample's other lines.
- `command` says that it changed something whenever it runs, and so the loop of `crudini` does.
- The loops were run less often where they take minutes; *runs* tells how often.

Measured on: {machine}.
"""


def section(rows: list[Row], sample_lines: int, plot: str, machine: str) -> str:
    floor = pick(rows, contestant=FLOOR)
    return SECTION.format(
        lines=sample_lines,
        least=min(values(floor, "least")),
        most=max(values(floor, "most")),
        resolution=RESOLUTION,
        plot=plot,
        targets=targets_table(rows, sample_lines),
        race=race_table(rows),
        machine=machine,
    )


def machine(load_before: float, *tools: str) -> str:
    """Describe what was measured on, and with what."""
    cpu = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) or [platform.machine()]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    manifest = Path(ansible.__file__).parents[1] / "ansible_collections/community/general/MANIFEST.json"
    return ", ".join(
        (
            f"{cpu[0]} with {os.cpu_count()} cores",
            f"{memory:.0f} GiB of memory",
            f"load average {load_before:.1f} before and {os.getloadavg()[0]:.1f} after the run",
            f"{platform.system()} {platform.release()}",
            f"Python {platform.python_version()}",
            f"ansible-core {version('ansible-core')}",
            f"community.general {json.loads(manifest.read_text())['collection_info']['version']}",
            *tools,
        )
    )


def write_section(page: Path, text: str, writer: str) -> None:
    """Put the section between its writer's marks on a page; make the page or the marks where they are not yet."""
    start, end = f"<!-- written by {writer} -->\n", f"<!-- end of what {writer} wrote -->\n"
    old = page.read_text() if page.exists() else "# Benchmarks\n"
    before, found, rest = old.partition(start)
    after = rest.partition(end)[2] if found else ""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{before}{'' if found else chr(10)}{start}\n{text}\n{end}{after}")
