"""Generate the section of the documentation about the growth with the number of controllers."""

from __future__ import annotations

from statistics import linear_regression, median
from typing import Any, Iterator, NamedTuple

from report import Target, at_most, digits, failure_texts, quotient, table, targets_table

# The numbers of controllers that are compared.
HOSTS = (1, 2, 3, 6, 10)
FORKS = 10
FURTHER_SHARE = 0.25
WALL_RATIO = 1.5
FIRST_TASKS, FURTHER_TASKS = 25, 15


class Run(NamedTuple):
    """A run of site.yml.

    cpu: CPU seconds of ansible-playbook and all of its children on the control node
    executed: tasks that the recap counts for the last host
    """

    hosts: int
    round: int
    wall: float = 0.0
    cpu: float = 0.0
    executed: int | None = None
    changed: int | None = None
    failure: str = ""


def points(runs: list[Run]) -> list[dict[str, Any]]:
    """Return the medians for each number of hosts."""
    groups = {count: [run for run in runs if run.hosts == count and not run.failure] for count in HOSTS}
    return [
        {
            "hosts": count,
            "runs": len(group),
            "wall": median(run.wall for run in group),
            "least": min(run.wall for run in group),
            "most": max(run.wall for run in group),
            "cpu": median(run.cpu for run in group),
            "tasks": max(run.executed or 0 for run in group),
        }
        for count, group in groups.items()
        if group
    ]


def value(found: list[dict[str, Any]], count: int, name: str) -> float | None:
    return next((point[name] for point in found if point["hosts"] == count), None)


def cpu_of_further_host(found: list[dict[str, Any]]) -> float | None:
    """Return the slope of the straight line through the CPU times."""
    if len(found) < 2:
        return None
    return linear_regression([point["hosts"] for point in found], [point["cpu"] for point in found]).slope


def points_table(found: list[dict[str, Any]]) -> str:
    first = value(found, 1, "cpu")
    body = []
    for point in found:
        further = (point["cpu"] - first) / (point["hosts"] - 1) if first and point["hosts"] > 1 else None
        cells = (
            str(point["hosts"]),
            str(point["runs"]),
            f"{point['wall']:.2f}",
            f"{point['least']:.2f} to {point['most']:.2f}",
            f"{point['cpu']:.2f}",
            digits(further, 2),
            digits(quotient(further, first), 2),
            str(point["tasks"]),
        )
        body.append(cells)
    heads = ("hosts", "runs", "wall s", "range", "CPU s", "CPU s of each further host", "share of the first host")
    return table((*heads, "tasks on the last host"), body)


def targets(found: list[dict[str, Any]]) -> Iterator[Target]:
    """Yield each target with the measured value."""
    first, most = value(found, 1, "cpu"), max(HOSTS)
    text = "CPU time of each further host: at most 1/4 of the first host's"
    yield at_most(text, FURTHER_SHARE, quotient(cpu_of_further_host(found), first))
    text = f"wall time with {most} hosts: at most {WALL_RATIO} times the time with one host"
    yield at_most(text, WALL_RATIO, quotient(value(found, most, "wall"), value(found, 1, "wall")), " times")
    yield count("the first controller", FIRST_TASKS, value(found, 1, "tasks"))
    further = [point["tasks"] for point in found if point["hosts"] > 1]
    yield count("another controller", FURTHER_TASKS, max(further) if further else None)


def count(where: str, limit: int, measured: float | None) -> Target:
    text = f"no change: at most {limit} tasks executed on {where}"
    return Target(text) if measured is None else Target(text, f"{measured:.0f}", measured <= limit)


SECTION = """\
## Several controllers

`site.yml` runs without a change on 1, 2, 3, 6 and 10 controllers. All of them use the database, memcached and
Keystone of the first. *CPU* is the CPU time of `ansible-playbook` on the control node with all of its children, which
does not include the work of the hosts. *CPU of each further host* is relative to the run with one host; the target uses
the slope of a straight line through all points. Ansible runs with {forks} forks over SSH. The hosts share the cores of
one machine with the control node, so the wall time grows earlier than with separate machines. Times are medians.
{plot}
{targets}

{points}
{failures}
Measured on: {machine}.
"""
PLOT = "\n![CPU time and wall time over the number of controllers](benchmark-growth.svg)\n"


def section(runs: list[Run], machine: str) -> str:
    found = points(runs)
    return SECTION.format(
        forks=FORKS,
        plot=PLOT if found else "",
        targets=targets_table(targets(found)),
        points=points_table(found),
        failures=failure_texts((f"{run.hosts} hosts", run.failure) for run in runs if run.failure),
        machine=machine,
    )


FIRST_SECTION = """\
## First deployment of several controllers

`site.yml` deploys the Image service on 1, 2, 3, 6 and 10 new controllers, with the hosts and settings of the section
above. All of them install their packages at the same time, on the two cores of one machine: on machines of their own,
the wall time grows only with the batches in which the services start. *CPU* is that of the control node.

{targets}

{points}
{failures}
Measured on: {machine}.
"""


def first_targets(found: list[dict[str, Any]]) -> Iterator[Target]:
    text = "first deployment: CPU time of each further host at most that of the first"
    yield at_most(text, 1.0, quotient(cpu_of_further_host(found), value(found, 1, "cpu")))


def first_section(runs: list[Run], machine: str) -> str:
    """Return the section about first deployments."""
    found = points(runs)
    return FIRST_SECTION.format(
        targets=targets_table(first_targets(found)),
        points=points_table(found),
        failures=failure_texts((f"{run.hosts} hosts", run.failure) for run in runs if run.failure),
        machine=machine,
    )
