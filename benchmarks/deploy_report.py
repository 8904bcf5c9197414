"""Generate the section of the documentation about the benchmark of deployments."""

from __future__ import annotations

from statistics import median
from typing import Iterator, NamedTuple

from report import table

COLLECTION, PLAYBOOK = "osops.glance", "conventional playbook"
PUPPET, GUIDE = "puppet apply", "installation guide"
FIRST, NO_CHANGE, CHANGE, SECOND = "first deployment", "no change", "one option changed", "second controller"
TURNS = (FIRST, NO_CHANGE, CHANGE)
# The number of tasks in the task profile; all other tasks are one line.
PROFILED = 12
RESULTS = {True: "met", False: "missed", None: ""}


class Run(NamedTuple):
    tool: str
    turn: str
    round: int
    wall: float = 0.0
    # Seconds until the command ended; `wall` lasts until the service responds.
    command: float = 0.0
    executed: int | None = None
    changed: int | None = None
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


def times_table(runs: list[Run]) -> str:
    """Return a line for every tool with time, ratio and reported changes of each turn."""
    heads = (f"{turn}: {what}" for turn in TURNS for what in ("s", "ratio", "changed"))
    names = dict.fromkeys(run.tool for run in runs)
    body = [(name, *(cell for turn in TURNS for cell in figures(runs, name, turn))) for name in names]
    return table(("tool", *heads), body)


def figures(runs: list[Run], name: str, turn: str) -> tuple[str, str, str]:
    seconds, collection_seconds = wall(runs, name, turn), wall(runs, COLLECTION, turn)
    failures = [run for run in runs if (run.tool, run.turn) == (name, turn) and run.failure]
    if seconds is None:
        return ("failed" if failures else "-"), "", ""
    ratio = "1" if name == COLLECTION else f"{seconds / collection_seconds:.1f}" if collection_seconds else ""
    changed = sorted({run.changed for run in pick(runs, name, turn) if run.changed is not None})
    note = f" ({len(failures)} failed)" if failures else ""
    return f"{seconds:.1f}{note}", ratio, " or ".join(map(str, changed))


def targets(runs: list[Run]) -> Iterator[tuple[str, str, bool | None]]:
    """Yield each target, the measured value, and whether the target was met, or None without a measurement."""
    for other, share in ((PLAYBOOK, 5), (PUPPET, 4)):
        mine, theirs = wall(runs, COLLECTION, NO_CHANGE), wall(runs, other, NO_CHANGE)
        text = f"no change: at most 1/{share} of the time of {other}"
        if mine is None or theirs is None:
            yield text, "not measured", None
        else:
            yield text, f"1/{theirs / mine:.1f}", mine * share <= theirs
    changed = [run.changed for run in pick(runs, COLLECTION, NO_CHANGE)]
    yield (
        "no change: nothing changed",
        f"{max(changed)} changed" if changed else "not measured",
        set(changed) == {0},
    )
    mine, limit = wall(runs, COLLECTION, FIRST), wall(runs, GUIDE, FIRST)
    ratio = mine / limit if mine and limit else None
    text = f"first deployment: at most 1.3 times the time of the {GUIDE}"
    yield text, f"{ratio:.2f} times" if ratio else "not measured", ratio <= 1.3 if ratio else None
    yield count(runs, TURNS, 25, "the first controller")
    yield count(runs, (SECOND,), 15, "another controller")


def count(runs: list[Run], turns: tuple[str, ...], most: int, where: str) -> tuple[str, str, bool | None]:
    executed = [run.executed or 0 for turn in turns for run in pick(runs, COLLECTION, turn)]
    text = f"at most {most} tasks executed on {where}"
    return text, str(max(executed)) if executed else "not measured", max(executed) <= most if executed else None


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


# The section ----------------------------------------------------------------------------------------------------------

SECTION = """\
## Deployment of the Image service

Each tool deploys the Image service on a Debian bookworm controller with MariaDB, memcached and Keystone: on a fresh
host, then without a change, then with one changed option. All tools reach their host over SSH with default settings,
start from the same saved host, whose apt cache contains the packages, and ran in turn on one machine. Times are medians
of the wall time until the service responds. *Changed* is the number that the tool reports. After every first deployment
an image was uploaded, downloaded, compared and deleted. After every run the option was read from the service.

{targets}

{times}

- The commands of the {guide} cannot run a second time. They are the lower limit of a first deployment: they
  check nothing and wait for nothing.
- {collection} and {puppet} also load the metadata definitions, which the other two do not.
  {collection} also checks its inputs and the host before the deployment, and the service afterwards.

### Time of each task

The table shows the run with the median time, measured by `profile_tasks`.

{profiles}
{failures}
Measured on: {machine}.
"""


def section(runs: list[Run], machine: str) -> str:
    profiled = [
        (name, turn) for name in (COLLECTION, PLAYBOOK) for turn in (FIRST, NO_CHANGE) if pick(runs, name, turn)
    ]
    return SECTION.format(
        targets=table(
            ("target", "measured", "result"),
            [(text, measured, RESULTS[is_met]) for text, measured, is_met in targets(runs)],
        ),
        times=times_table([run for run in runs if run.turn in TURNS]),
        guide=GUIDE,
        collection=f"`{COLLECTION}`",
        puppet=f"`{PUPPET}`",
        profiles="\n\n".join(profile_table(runs, name, turn) for name, turn in profiled),
        failures=failures(runs),
        machine=machine,
    )


def failures(runs: list[Run]) -> str:
    """Return the failed runs with their error messages."""
    failed = [run for run in runs if run.failure]
    texts = (f"\n{run.tool}, {run.turn}, failed:\n\n```\n{run.failure[-1200:]}\n```\n" for run in failed)
    return "".join(texts)
