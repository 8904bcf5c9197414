"""Compute medians of the benchmark of configuration files, and generate its section of the documentation."""

from __future__ import annotations

from statistics import correlation, linear_regression, median
from typing import Any, Iterator, NamedTuple

from report import Target, table, targets_table

FLOOR = "floor: one ansible.builtin.ping"
COLLECTION = "osops.glance.ini"
TEMPLATE = "ansible.builtin.template"
INI_FILE = "loop of community.general.ini_file"
TURNS = ("first", "second")
# The number of options in the targets.
COMPARED = 40
# Seconds beyond the floor below which a time cannot be measured.
RESOLUTION = 0.01

Row = dict[str, Any]


class Run(NamedTuple):
    tool: str
    options: int
    lines: int
    turn: str
    round: int
    wall: float
    cpu: float
    changed: bool | None


def summary(runs: list[Run]) -> list[Row]:
    """Return the medians of every tool, point and turn, relative to the floor of the same round."""
    groups: dict[tuple[str, int, int, str], list[Run]] = {}
    for run in runs:
        groups.setdefault(run[:4], []).append(run)
    return [
        {
            "tool": tool,
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
            # Only a playbook reports whether it changed something.
            "changed": group[0].changed,
        }
        for (tool, options, lines, turn), group in groups.items()
    ]


def pick(rows: list[Row], **criteria: Any) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in criteria.items())]


# The tables -----------------------------------------------------------------------------------------------------------


COLUMNS = ("wall s", "CPU s", "beyond floor", "ratio")


def times_table(rows: list[Row]) -> str:
    """Return the table of times: a line for every point and tool, with the first and the second run."""
    columns = tuple(f"{turn} run: {what}" for turn in TURNS for what in COLUMNS)
    body = []
    for row in pick(rows, turn="first"):
        point = {"options": row["options"], "lines": row["lines"]}
        both = [pick(rows, tool=row["tool"], turn=turn, **point)[0] for turn in TURNS]
        collection = [pick(rows, tool=COLLECTION, turn=turn, **point)[0] for turn in TURNS]
        cells = (cell for mine, reference in zip(both, collection) for cell in figures(mine, reference))
        start = (f"{row['options']:,}", f"{row['lines']:,}", row["tool"], str(row["runs"]))
        body.append((*start, *cells, {True: "changed", False: "ok", None: ""}[both[1]["changed"]]))
    return table(("options", "lines", "tool", "runs", *columns, "second run result"), body)


def figures(row: Row, collection: Row) -> tuple[str, str, str, str]:
    wall, cpu = f"{row['wall']:.2f}", f"{row['cpu']:.2f}"
    # crudini without Ansible is not compared with the floor of Ansible.
    if row["tool"] == FLOOR or row["changed"] is None:
        return wall, cpu, "", ""
    return wall, cpu, f"{row['beyond']:+.3f}", "1" if row["tool"] == COLLECTION else times(row, collection)


def times(row: Row, collection: Row) -> str:
    ratio = max(row["beyond"], 0) / max(collection["beyond"], RESOLUTION)
    return f"{'>' if collection['beyond'] < RESOLUTION else ''}{ratio:.{0 if ratio >= 10 else 1}f}"


def targets(rows: list[Row], sample_lines: int) -> Iterator[Target]:
    """Yield each target with the measured value, of the first and the second run."""
    in_sample = pick(rows, lines=sample_lines)
    for options, limit in ((COMPARED, 0.10), (1000, 0.15)):
        found = pick(in_sample, tool=COLLECTION, options=options)
        beyond, cpu = values(found, "beyond"), values(found, "beyond_cpu")
        text = f"{options:,} options: at most {limit} s beyond the floor"
        yield Target(text, f"{seconds(beyond)} (CPU: {seconds(cpu)})", max(beyond) <= limit)
    collection = values(pick(in_sample, tool=COLLECTION, options=COMPARED), "beyond")
    for loop in values(pick(in_sample, tool=INI_FILE, options=COMPARED, turn="first"), "beyond"):
        ratio = loop / max(*collection, RESOLUTION)
        text = f"{COMPARED} options: 1/100 of the loop of ini_file, beyond the floor"
        yield Target(text, f"1/{ratio:.0f}", ratio >= 100)
    pairs = zip(*(values(pick(in_sample, tool=name), "beyond") for name in (COLLECTION, TEMPLATE)))
    worst = max(mine - other for mine, other in pairs)
    text = "never slower than one template, with any number of options"
    yield Target(text, f"worst difference {worst:+.3f} s", worst <= 0)
    most = max(row["lines"] for row in rows)
    whole = values(pick(rows, tool=COLLECTION, lines=most), "wall")
    yield Target(f"{most:,} lines: at most 1 s for the whole playbook", seconds(whole, sign=""), max(whole) <= 1)
    yield linearity(pick(rows, tool=COLLECTION, options=COMPARED), "lines")
    yield linearity(pick(in_sample, tool=COLLECTION), "options")


def linearity(rows: list[Row], name: str) -> Target:
    """Return how well a straight line describes the CPU time beyond the floor, which other work affects least."""
    first = pick(rows, turn="first")
    amounts, costs = values(first, name), values(first, "beyond_cpu")
    fit, square = linear_regression(amounts, costs), correlation(amounts, costs) ** 2
    text = f"{fit.intercept * 1000:.0f} ms + {fit.slope * 1e6:.1f} ms for every 1,000 {name} (CPU; R² {square:.3f})"
    return Target(f"cost linear in {name}", text, square >= 0.95)


def values(rows: list[Row], name: str) -> list[float]:
    return [row[name] for row in rows]


def seconds(numbers: list[float], sign: str = "+") -> str:
    return " / ".join(f"{number:{sign}.3f} s" for number in numbers)


# The section ----------------------------------------------------------------------------------------------------------

SECTION = """\
## Configuration file options: `osops.glance.ini`

Each tool sets options in the {lines:,}-line sample of `glance-api.conf` that Glance generates. A second run finds
nothing to change. Times are medians. Every playbook has one task, and the tools ran in turn on one machine. The floor
is a playbook with one `ping`, the minimum time of any task. It took {least:.2f} to {most:.2f} s, which shows how much
other work the machine did. *Ratio* compares the times beyond the floor with those of `osops.glance.ini`; `>` marks
times of `osops.glance.ini` below {resolution} s, which cannot be measured.

![Wall time over the number of options and lines](benchmark-ini.svg)

{targets}

{times}

- `template` writes only the options: its file has none of the other lines of the sample.
- `command` reports a change in every run, and so does the loop of `crudini`.
- Loops that take minutes ran less often; see *runs*.

Measured on: {machine}.
"""


def section(rows: list[Row], sample_lines: int, machine: str) -> str:
    floor = pick(rows, tool=FLOOR)
    return SECTION.format(
        lines=sample_lines,
        least=min(values(floor, "least")),
        most=max(values(floor, "most")),
        resolution=RESOLUTION,
        targets=targets_table(targets(rows, sample_lines), "measured, first and second run"),
        times=times_table(rows),
        machine=machine,
    )
