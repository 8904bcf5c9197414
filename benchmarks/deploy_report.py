"""From runs of deployments to the section of the documentation."""

from __future__ import annotations

from statistics import median
from typing import Iterator, NamedTuple

from report import table

OURS, USUAL = "osops.glance", "the usual playbook"
PUPPET, GUIDE = "puppet apply", "the guide's commands"
FIRST, NOTHING, CHANGE, SECOND = "first deploy", "nothing to do", "one option changed", "second controller"
TURNS = (FIRST, NOTHING, CHANGE)
# The task profile names so many; the rest is one line.
PROFILED = 12
VERDICTS = {True: "held", False: "missed", None: ""}


class Run(NamedTuple):
    contestant: str
    turn: str
    round: int
    wall: float = 0.0
    # Until the command ended; `wall` goes on until the service answers.
    command: float = 0.0
    executed: int | None = None
    changed: int | None = None
    profile: tuple[tuple[str, float], ...] = ()
    failure: str = ""


def pick(runs: list[Run], contestant: str, turn: str) -> list[Run]:
    """Return the runs of a contestant that worked."""
    return [run for run in runs if (run.contestant, run.turn, run.failure) == (contestant, turn, "")]


def wall(runs: list[Run], contestant: str, turn: str) -> float | None:
    found = [run.wall for run in pick(runs, contestant, turn)]
    return median(found) if found else None


def middle(runs: list[Run]) -> Run:
    """Return the run that took the median time, or the next longer one."""
    return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]


# The tables -----------------------------------------------------------------------------------------------------------


def race_table(runs: list[Run]) -> str:
    """Return a line for every contestant: time, ratio and what it says to have changed, turn by turn."""
    heads = (f"{turn}: {what}" for turn in TURNS for what in ("s", "times ours", "changed"))
    names = dict.fromkeys(run.contestant for run in runs)
    body = [(name, *(cell for turn in TURNS for cell in figures(runs, name, turn))) for name in names]
    return table(("by", *heads), body)


def figures(runs: list[Run], name: str, turn: str) -> tuple[str, str, str]:
    seconds, our_seconds = wall(runs, name, turn), wall(runs, OURS, turn)
    failures = [run for run in runs if (run.contestant, run.turn) == (name, turn) and run.failure]
    if seconds is None:
        return ("failed" if failures else "-"), "", ""
    ratio = "1" if name == OURS else f"{seconds / our_seconds:.1f}" if our_seconds else ""
    changed = sorted({run.changed for run in pick(runs, name, turn) if run.changed is not None})
    note = f" ({len(failures)} failed)" if failures else ""
    return f"{seconds:.1f}{note}", ratio, " or ".join(map(str, changed))


def targets(runs: list[Run]) -> Iterator[tuple[str, str, bool | None]]:
    """Yield what is aimed at, what was measured, and whether it was reached; None where it was not measured."""
    for other, share in ((USUAL, 5), (PUPPET, 4)):
        mine, theirs = wall(runs, OURS, NOTHING), wall(runs, other, NOTHING)
        text = f"nothing to do: at most 1/{share} of {other}"
        if mine is None or theirs is None:
            yield text, "not measured", None
        else:
            yield text, f"1/{theirs / mine:.1f}", mine * share <= theirs
    changed = [run.changed for run in pick(runs, OURS, NOTHING)]
    yield (
        "nothing to do: nothing changed",
        f"{max(changed)} changed" if changed else "not measured",
        set(changed) == {0},
    )
    mine, limit = wall(runs, OURS, FIRST), wall(runs, GUIDE, FIRST)
    ratio = mine / limit if mine and limit else None
    text = f"first deploy: at most 1.3 times {GUIDE}"
    yield text, f"{ratio:.2f} times" if ratio else "not measured", ratio <= 1.3 if ratio else None
    yield count(runs, TURNS, 25, "the first controller")
    yield count(runs, (SECOND,), 15, "another controller")


def count(runs: list[Run], turns: tuple[str, ...], most: int, where: str) -> tuple[str, str, bool | None]:
    executed = [run.executed or 0 for turn in turns for run in pick(runs, OURS, turn)]
    text = f"at most {most} tasks executed on {where}"
    return text, str(max(executed)) if executed else "not measured", max(executed) <= most if executed else None


def profile_table(runs: list[Run], name: str, turn: str) -> str:
    """Return where the time of one run goes: its longest tasks, the others, and what is beside the tasks."""
    run = middle(pick(runs, name, turn))
    clock = sorted(run.profile, key=lambda pair: -pair[1])
    rest = sum(seconds for _, seconds in clock[PROFILED:])
    rows = [*clock[:PROFILED], (f"*{len(clock[PROFILED:])} other tasks*", rest)] if rest else clock
    beside = run.wall - sum(seconds for _, seconds in clock)
    rows = [*rows, ("*beside the tasks: start and end of Ansible, until the service answers*", beside)]
    lines = [(text.replace("|", "\\|"), f"{seconds:.2f}", f"{seconds / run.wall:.0%}") for text, seconds in rows]
    return table((f"{name}, {turn}", "s", "share"), lines)


# The section ----------------------------------------------------------------------------------------------------------

SECTION = """\
## Deploying the Image service

The Image service is deployed on a Debian bookworm controller that has MariaDB, memcached and Keystone: on a fresh one,
then with nothing to do, then with one option changed. All reach their host over SSH with default settings, all start
from the same saved host, whose apt has the packages at hand, and all took turns on one machine. Times are medians of
the wall time until the service answers; *changed* is what the contestant says of itself. After every first deploy an
image was uploaded, downloaded, compared and deleted, and after every run the service itself was asked for the option.

{targets}

{race}

- {guide} cannot be given a second time. They are the limit of a first deploy: nothing is checked, and nothing
  waited for.
- {ours} and {puppet} also load the metadata definitions, which the other two leave out; {ours} checks its
  inputs and the host beforehand, too, and the service afterwards.

### Where the time goes

The run of median length, by the clock of `profile_tasks`.

{profiles}
{failures}
Measured on: {machine}.
"""


def section(runs: list[Run], machine: str) -> str:
    profiled = [(name, turn) for name in (OURS, USUAL) for turn in (FIRST, NOTHING) if pick(runs, name, turn)]
    return SECTION.format(
        targets=table(
            ("target", "measured", ""),
            [(text, measured, VERDICTS[held]) for text, measured, held in targets(runs)],
        ),
        race=race_table([run for run in runs if run.turn in TURNS]),
        guide=GUIDE.capitalize(),
        ours=f"`{OURS}`",
        puppet=f"`{PUPPET}`",
        profiles="\n\n".join(profile_table(runs, name, turn) for name, turn in profiled),
        failures=failures(runs),
        machine=machine,
    )


def failures(runs: list[Run]) -> str:
    """Return what did not work, in its own words."""
    failed = [run for run in runs if run.failure]
    texts = (f"\n{run.contestant}, {run.turn}, failed:\n\n```\n{run.failure[-1200:]}\n```\n" for run in failed)
    return "".join(texts)
