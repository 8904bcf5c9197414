"""Generate the section of the documentation about uploads at the same time."""

from __future__ import annotations

from statistics import median
from typing import Iterator, NamedTuple

import bars
from report import Target, at_least, at_most, digits, failure_texts, quotient, table, targets_table

IMAGES, MIB = 8, 128
AT_ONCE = (1, 2, 4, 8)
# The default of the module.
DEFAULT = 4
RATE_SHARE, RESPONSE_SECONDS = 0.95, 1.0


class Run(NamedTuple):
    """One task that uploads all images; with 0 at once, only the requests of the other client.

    wall, cpu, peak_mib: of the process of the module
    responses: the response times of the other client in seconds
    """

    at_once: int
    round: int
    wall: float = 0.0
    cpu: float = 0.0
    peak_mib: float = 0.0
    responses: tuple[float, ...] = ()
    failure: str = ""


def pick(runs: list[Run], at_once: int) -> list[Run]:
    """Return the successful runs."""
    return [run for run in runs if run.at_once == at_once and not run.failure]


def rate(runs: list[Run], at_once: int) -> float | None:
    found = pick(runs, at_once)
    return IMAGES * MIB / median(run.wall for run in found) if found else None


def responses(runs: list[Run], at_once: int) -> list[float]:
    return [seconds for run in pick(runs, at_once) for seconds in run.responses]


def rates_table(runs: list[Run]) -> str:
    body = []
    for at_once in (0, *AT_ONCE):
        mine, waited = pick(runs, at_once), responses(runs, at_once)
        if not mine:
            continue
        cells = upload_cells(runs, at_once) if at_once else ["", "", ""]
        peak = f"{max(run.peak_mib for run in mine):.0f}" if at_once else ""
        slow = (f"{median(waited):.3f}", f"{max(waited):.3f}") if waited else ("", "")
        body.append((str(at_once) if at_once else "no upload", str(len(mine)), *cells, peak, *slow))
    heads = ("uploads at once", "runs", "MiB/s", "wall s", "CPU s", "peak MiB")
    return table((*heads, "response of the service: median s", "longest s"), body)


def upload_cells(runs: list[Run], at_once: int) -> list[str]:
    mine = pick(runs, at_once)
    uploads = (rate(runs, at_once), median(run.wall for run in mine), median(run.cpu for run in mine))
    return [digits(value, count) for value, count in zip(uploads, (0, 2, 2))]


def targets(runs: list[Run]) -> Iterator[Target]:
    """Yield each target with the measured value."""
    rates = [value for at_once in AT_ONCE if (value := rate(runs, at_once))]
    share = quotient(rate(runs, DEFAULT), max(rates, default=None))
    yield at_least(f"{DEFAULT} at once, the default: at least {RATE_SHARE} of the highest rate", RATE_SHARE, share)
    for at_once in AT_ONCE:
        text = f"{at_once} at once: other clients get each response within {RESPONSE_SECONDS:.0f} s"
        yield at_most(text, RESPONSE_SECONDS, max(responses(runs, at_once), default=None), " s")


def panels(runs: list[Run]) -> list[bars.Panel]:
    """Return a chart of the rates."""
    return [bars.panel("uploads at once", "MiB/s", [(str(at_once), rate(runs, at_once)) for at_once in AT_ONCE])]


SECTION = """\
## Uploads at the same time

One task of `osops.glance.image` uploads {images} raw disks of {mib} MiB with different incompressible content, with
1, 2, 4 and 8 uploads at once (`parallel`). The rate is the size of all disks divided by the wall time of the module's
process, which includes its start and the requests around the uploads. Meanwhile another client requests the versions
of the API ten times a second. Client, service and store share the cores of one machine. Times are medians, except for
the longest response.
{plot}
{targets}

{rates}
{failures}
Measured on: {machine}.
"""


def section(runs: list[Run], machine: str) -> str:
    return SECTION.format(
        images=IMAGES,
        mib=MIB,
        plot=bars.image("parallel", "Rate of all uploads together", panels(runs)),
        targets=targets_table(targets(runs)),
        rates=rates_table(runs),
        failures=failure_texts((f"{run.at_once} at once", run.failure) for run in runs if run.failure),
        machine=machine,
    )
