"""Generate the section of the documentation about the benchmark of deployments."""

from __future__ import annotations

from statistics import median
from typing import Iterator, NamedTuple

import bars
from report import Target, at_most, digits, failure_texts, quotient, table, targets_table

COLLECTION, PLAYBOOK = "osops.glance", "conventional playbook"
PUPPET, GUIDE = "puppet apply", "installation guide"
FIRST, NO_CHANGE, CHANGE = "first deployment", "no change", "one option changed"
# The parts of the benchmark.
NAMES = {FIRST: "deploy", NO_CHANGE: "no-change", CHANGE: "change"}
# The number of tasks in the task profile; all other tasks are one line.
PROFILED = 12


class Run(NamedTuple):
    tool: str
    turn: str
    round: int
    wall: float = 0.0
    # Seconds until the command ended; `wall` lasts until the service responds.
    command: float = 0.0
    executed: int | None = None
    changed: int | None = None
    # CPU seconds of the command on this machine with all its children. The work of the host is not included.
    cpu: float | None = None
    profile: tuple[tuple[str, float], ...] = ()
    failure: str = ""


def pick(runs: list[Run], tool: str, turn: str) -> list[Run]:
    """Return the successful runs of a tool."""
    return [run for run in runs if (run.tool, run.turn, run.failure) == (tool, turn, "")]


def wall(runs: list[Run], tool: str, turn: str) -> float | None:
    found = [run.wall for run in pick(runs, tool, turn)]
    return median(found) if found else None


def middle(runs: list[Run]) -> Run:
    """Return the run with the median time, or the next longer one."""
    return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]


# The tables -----------------------------------------------------------------------------------------------------------


HEADS = ("tool", "runs", "s", "range", "ratio", "control node CPU s", "changed")


def times_table(runs: list[Run], turn: str) -> str:
    """Return a line for every tool with its time, the ratio to the collection, and the reported changes."""
    names = dict.fromkeys(run.tool for run in runs if run.turn == turn)
    return table(HEADS, [(name, *figures(runs, name, turn)) for name in names])


def figures(runs: list[Run], name: str, turn: str) -> tuple[str, ...]:
    mine, everyone = pick(runs, name, turn), [run for run in runs if (run.tool, run.turn) == (name, turn)]
    failed = len(everyone) - len(mine)
    if not mine:
        return (f"{failed} failed", *("" for _ in HEADS[2:]))
    cpu = [run.cpu for run in mine if run.cpu is not None]
    return (
        f"{len(mine)}{f' ({failed} failed)' if failed else ''}",
        digits(wall(runs, name, turn), 1),
        f"{min(run.wall for run in mine):.1f} to {max(run.wall for run in mine):.1f}",
        "1" if name == COLLECTION else digits(quotient(wall(runs, name, turn), wall(runs, COLLECTION, turn)), 1),
        digits(median(cpu), 1) if cpu else "",
        " or ".join(map(str, sorted({run.changed for run in mine if run.changed is not None}))),
    )


def compare(runs: list[Run], turn: str, other: str, limit: float, text: str) -> Target:
    """Compare the time of the collection with a multiple of the time of another tool."""
    ratio = quotient(wall(runs, COLLECTION, turn), wall(runs, other, turn))
    return at_most(f"{turn}, compared with {other}: at most {text} of the time", limit, ratio, " times")


def first_targets(runs: list[Run]) -> Iterator[Target]:
    """Yield each target of a first deployment with the measured value."""
    yield compare(runs, FIRST, GUIDE, 0.59, "0.59")


def unchanged_targets(runs: list[Run]) -> Iterator[Target]:
    """Yield each target of a run without a change with the measured value."""
    yield compare(runs, NO_CHANGE, PLAYBOOK, 1 / 8, "1/8 (0.125)")
    yield compare(runs, NO_CHANGE, PUPPET, 1 / 4, "1/4 (0.25)")
    changed = [run.changed for run in pick(runs, COLLECTION, NO_CHANGE)]
    text = "no change: nothing changed"
    most = max((count or 0 for count in changed), default=None)
    yield Target(text) if most is None else Target(text, f"{most} changed", most == 0)


def changed_targets(runs: list[Run]) -> Iterator[Target]:
    """Yield each target of a run with one changed option with the measured value."""
    yield compare(runs, CHANGE, PLAYBOOK, 1 / 3, "1/3 (0.33)")


def profile_table(runs: list[Run], name: str, turn: str) -> str:
    """Return the time of one run by task: its longest tasks, the others, and the time outside of tasks."""
    run = middle(pick(runs, name, turn))
    clock = sorted(run.profile, key=lambda pair: -pair[1])
    rest = sum(seconds for _, seconds in clock[PROFILED:])
    rows = [*clock[:PROFILED], (f"*{len(clock[PROFILED:])} other tasks*", rest)] if rest else clock
    outside = run.wall - sum(seconds for _, seconds in clock)
    rows = [*rows, ("*outside of tasks: start and end of Ansible, until the service responds*", outside)]
    lines = [(text.replace("|", "\\|"), f"{seconds:.2f}", f"{seconds / run.wall:.0%}") for text, seconds in rows]
    return table((f"{name}, {turn}", "s", "share"), lines)


# The sections ---------------------------------------------------------------------------------------------------------

FIRST_SECTION = f"""\
## First deployment of the Image service

Each tool deploys the Image service on a new Debian bookworm controller with MariaDB, memcached and Keystone. All tools
reach their host over SSH with default settings, start from the same saved host, whose apt cache contains the packages,
and ran in turn on one machine. Times are medians of the wall time until the service responds. *Changed* is the number
that the tool reports. After every deployment an image was uploaded, downloaded, compared and deleted.

{{plot}}
{{targets}}

{{times}}

- The commands of the {GUIDE} cannot run a second time. They check nothing and wait for nothing.
- `{COLLECTION}` also checks its inputs and the host before the deployment, loads the metadata definitions, and
  verifies the service afterwards.
{{profiles}}
{{failures}}
Measured on: {{machine}}.
"""

UNCHANGED_SECTION = """\
## A run without a change

Each tool repeats its deployment on a controller where nothing has to change. The tools ran in turn. *Control node CPU*
is the CPU time of the command with all of its children, without the work of the host. After every run an option of the
configuration was read from the service.
{plot}
{targets}

{times}
{profiles}
{failures}
Measured on: {machine}.
"""

CHANGED_SECTION = """\
## A run with one changed option

Each tool changes one option of a deployed Image service (`public_endpoint`). Times are medians of the wall time until
the service responds. After every run the option was read from the service.
{plot}
{targets}

{times}
{profiles}
{failures}
Measured on: {machine}.
"""


def panels(runs: list[Run]) -> list[bars.Panel]:
    """Return a chart of the times for each kind of run."""
    names = dict.fromkeys(run.tool for run in runs)
    return [
        bars.panel(turn, "seconds", [(name, wall(runs, name, turn)) for name in names])
        for turn in dict.fromkeys(run.turn for run in runs)
    ]


def first_section(runs: list[Run], machine: str) -> str:
    return fill(FIRST_SECTION, runs, machine, FIRST, first_targets(runs))


def unchanged_section(runs: list[Run], machine: str) -> str:
    return fill(UNCHANGED_SECTION, runs, machine, NO_CHANGE, unchanged_targets(runs))


def changed_section(runs: list[Run], machine: str) -> str:
    return fill(CHANGED_SECTION, runs, machine, CHANGE, changed_targets(runs))


def fill(section: str, runs: list[Run], machine: str, turn: str, targets: Iterator[Target]) -> str:
    return section.format(
        plot=bars.image(NAMES[turn], f"Wall time of each tool: {turn}", panels(runs)),
        targets=targets_table(targets),
        times=times_table(runs, turn),
        profiles=profile_tables(runs, turn),
        failures=failure_texts((f"{run.tool}, {run.turn}", run.failure) for run in runs if run.failure),
        machine=machine,
    )


def profile_tables(runs: list[Run], turn: str) -> str:
    """Return the tables of the two playbooks, if they ran."""
    tables = [profile_table(runs, name, turn) for name in (COLLECTION, PLAYBOOK) if pick(runs, name, turn)]
    title = "Time of each task in the run with the median time, measured by `profile_tasks`:"
    return "\n".join(["", "\n\n".join([title, *tables]), ""]) if tables else ""
