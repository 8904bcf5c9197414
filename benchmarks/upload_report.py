"""From runs of uploads to the section of the documentation."""

from __future__ import annotations

from statistics import median
from typing import Iterator, NamedTuple

from deploy_report import VERDICTS
from report import table

OURS, USUAL = "osops.glance.image", "openstack.cloud.image"
CHECKSUM = f"{OURS} with checksum"
OPENSTACK, GLANCE, CURL = "openstack image create", "glance image-create", "curl -T"
MANY = 20
TWENTY = f"{MANY} unchanged images"
# The sizes in MiB whose rate is held to curl's; a smaller disk is over before a rate can be told.
RATED = (1024, 4096)
RATE, TIMES, PEAK_MIB = 0.95, 15, 100


class Run(NamedTuple):
    contestant: str
    work: str
    round: int
    # Of the whole command.
    wall: float = 0.0
    cpu: float = 0.0
    # Resident, of its largest process.
    peak_mib: float = 0.0
    # Of the task alone, where the command is a playbook.
    task_wall: float | None = None
    task_peak_mib: float | None = None
    # How long the content took, by the service's log and by the contestant's own clock.
    put: float | None = None
    own_clock: float | None = None
    failure: str = ""


def uploading(mib: int) -> str:
    return f"{mib // 1024} GiB" if mib % 1024 == 0 else f"{mib} MiB"


def pick(runs: list[Run], contestant: str, work: str) -> list[Run]:
    """Return the runs of a contestant that worked."""
    return [run for run in runs if (run.contestant, run.work, run.failure) == (contestant, work, "")]


def middle(runs: list[Run], name: str) -> float | None:
    """Return the median of what was measured under that name, if anything was."""
    found = [value for run in runs if (value := getattr(run, name)) is not None]
    return median(found) if found else None


# The tables -----------------------------------------------------------------------------------------------------------

HEADS = ("runs", "wall s", "least to most", "times ours", "CPU s", "peak MiB", "task alone: s", "task alone: peak MiB")


def upload_table(runs: list[Run]) -> str:
    """Return a line for every size and contestant: what the command takes, and the rate of the content."""
    body = []
    for work in works(runs):
        for name in dict.fromkeys(run.contestant for run in runs if run.work == work):
            mine = pick(runs, name, work)
            rate = (digits(middle(mine, "put"), 2), digits(mib_s(runs, name, work), 0))
            body.append((work, name, *figures(runs, name, work), *rate, digits(middle(mine, "own_clock"), 1)))
    return table(("upload of", "by", *HEADS, "content: s", "content: MiB/s", "by its own clock: s"), body)


def works(runs: list[Run]) -> list[str]:
    return list(dict.fromkeys(run.work for run in runs if run.work != TWENTY))


def twenty_table(runs: list[Run]) -> str:
    names = dict.fromkeys(run.contestant for run in runs if run.work == TWENTY)
    return table((f"{TWENTY} by", *HEADS), [(name, *figures(runs, name, TWENTY)) for name in names])


def figures(runs: list[Run], name: str, work: str) -> tuple[str, ...]:
    mine, everyone = pick(runs, name, work), [run for run in runs if (run.contestant, run.work) == (name, work)]
    failed = len(everyone) - len(mine)
    if not mine:
        return (f"{failed} failed", *("" for _ in HEADS[1:]))
    wall, our_wall = middle(mine, "wall"), middle(pick(runs, OURS, work), "wall")
    return (
        f"{len(mine)}{f' ({failed} failed)' if failed else ''}",
        digits(wall, 2),
        f"{min(run.wall for run in mine):.2f} to {max(run.wall for run in mine):.2f}",
        "1" if name == OURS else f"{wall / our_wall:.2f}" if wall and our_wall else "",
        digits(middle(mine, "cpu"), 2),
        digits(middle(mine, "peak_mib"), 0),
        digits(middle(mine, "task_wall"), 2),
        digits(middle(mine, "task_peak_mib"), 0),
    )


def digits(value: float | None, count: int) -> str:
    return "" if value is None else f"{value:.{count}f}"


def mib_s(runs: list[Run], name: str, work: str) -> float | None:
    seconds = middle(pick(runs, name, work), "put")
    number, unit = work.split()
    return int(number) * {"MiB": 1, "GiB": 1024}[unit] / seconds if seconds else None


# The targets ----------------------------------------------------------------------------------------------------------


def targets(runs: list[Run]) -> Iterator[tuple[str, str, bool | None]]:
    """Yield what is aimed at, what was measured, and whether it was reached; None where it was not measured."""
    for work in map(uploading, RATED):
        mine, limit = mib_s(runs, OURS, work), mib_s(runs, CURL, work)
        ratio = mine / limit if mine and limit else None
        text = f"{work}: at least {RATE} of curl's rate"
        yield text, f"{ratio:.2f}" if ratio else "not measured", ratio >= RATE if ratio else None
    for work in works(runs):
        yield faster(runs, work)
    for name in (OURS, CHECKSUM):
        mine, theirs = (middle(pick(runs, each, TWENTY), "wall") for each in (name, USUAL))
        ratio = theirs / mine if mine and theirs else None
        text = f"{TWENTY}, {name}: at least {TIMES} times faster than {USUAL}"
        yield text, f"{ratio:.1f} times" if ratio else "not measured", ratio >= TIMES if ratio else None
    peaks = [run.peak_mib for run in runs if run.contestant == OURS and not run.failure]
    text = f"less than {PEAK_MIB} MiB of memory in any process, whatever the size"
    yield text, f"at most {max(peaks):.0f} MiB" if peaks else "not measured", max(peaks) < PEAK_MIB if peaks else None


def faster(runs: list[Run], work: str) -> tuple[str, str, bool | None]:
    """Tell whether the whole command is over before that of any other but curl, which is the limit."""
    mine = middle(pick(runs, OURS, work), "wall")
    others = {name: middle(pick(runs, name, work), "wall") for name in (USUAL, OPENSTACK, GLANCE)}
    known = {name: wall for name, wall in others.items() if wall is not None}
    text = f"{work}: faster than each of the others"
    if mine is None or not known:
        return text, "not measured", None
    best = min(known, key=lambda name: known[name])
    return text, f"{mine:.2f} s; the fastest other, {best}, {known[best]:.2f} s", mine < known[best]


# The section ----------------------------------------------------------------------------------------------------------

SECTION = """\
## Uploading images

A raw disk that cannot be compressed is uploaded from the controller that serves the images, where client, service,
database and file store share the cores: what a client computes, the service cannot. The disk is in the page cache, and
all take the same one in turn. Times are medians of the wall time of the whole command, with `ansible-playbook` and the
token; *task alone* is the module's process, without the rest of Ansible; *content* is the one request that carries it,
by the service's log, whose clock is the same for all. Memory is that of the largest process. After every upload the
service was asked for state, size and SHA-512 of the image.

{targets}

{uploads}

Then {many} images of {small} that are there already are asked for again:

{twenty}

- `{curl}` is the limit of the content: it computes no hash and compares nothing.
- `{ours}` computes a hash while it sends, compares it with the service's, and publishes the image only then; the
  others, as they are used here, compare nothing.
- `{ours}` gets the {many} images in one task, `{usual}` in a loop.
- Without a checksum, `{ours}` compares inode, size and times of each file with those that it noted at the
  upload; with one, the checksum with the image's. It reads no file in either case.
  `{usual}` looks at the names alone, and would not see other content.
{failures}
Measured on: {machine}.
"""


def section(runs: list[Run], small: int, machine: str) -> str:
    return SECTION.format(
        targets=table(
            ("target", "measured", ""),
            [(text, measured, VERDICTS[held]) for text, measured, held in targets(runs)],
        ),
        uploads=upload_table([run for run in runs if run.work != TWENTY]),
        twenty=twenty_table(runs),
        many=MANY,
        small=uploading(small),
        curl=CURL,
        ours=OURS,
        usual=USUAL,
        failures=failures(runs),
        machine=machine,
    )


def failures(runs: list[Run]) -> str:
    """Return what did not work, in its own words."""
    failed = [run for run in runs if run.failure]
    texts = (f"\n{run.contestant}, {run.work}, failed:\n\n```\n{run.failure[-1200:]}\n```\n" for run in failed)
    return "".join(texts)
