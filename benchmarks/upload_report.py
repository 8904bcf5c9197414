"""Generate the section of the documentation about the benchmark of uploads."""

from __future__ import annotations

from statistics import median
from typing import Iterator, NamedTuple

from deploy_report import RESULTS
from report import table

COLLECTION, PLAYBOOK = "osops.glance.image", "openstack.cloud.image"
CHECKSUM = f"{COLLECTION} with checksum"
OPENSTACK, GLANCE, CURL = "openstack image create", "glance image-create", "curl -T"
MANY = 20
TWENTY = f"{MANY} unchanged images"
# The sizes in MiB whose rate is compared with curl's. Smaller disks take too little time to measure a rate.
RATED = (1024, 4096)
RATE, TIMES, PEAK_MIB = 0.95, 15, 100


class Run(NamedTuple):
    tool: str
    work: str
    round: int
    # Seconds of the whole command.
    wall: float = 0.0
    cpu: float = 0.0
    # Resident memory of its largest process.
    peak_mib: float = 0.0
    # The process of the module, if the command is a playbook.
    module_wall: float | None = None
    module_peak_mib: float | None = None
    # Seconds of the request with the content, from the service's log and as reported by the tool.
    put: float | None = None
    reported: float | None = None
    failure: str = ""


def uploading(mib: int) -> str:
    return f"{mib // 1024} GiB" if mib % 1024 == 0 else f"{mib} MiB"


def pick(runs: list[Run], tool: str, work: str) -> list[Run]:
    """Return the successful runs of a tool."""
    return [run for run in runs if (run.tool, run.work, run.failure) == (tool, work, "")]


def middle(runs: list[Run], name: str) -> float | None:
    """Return the median of a field of the runs, or None if it was not measured."""
    found = [value for run in runs if (value := getattr(run, name)) is not None]
    return median(found) if found else None


# The tables -----------------------------------------------------------------------------------------------------------

HEADS = ("runs", "wall s", "range", "ratio", "CPU s", "peak MiB", "module: s", "module: peak MiB")


def upload_table(runs: list[Run]) -> str:
    """Return a line for every size and tool with the times of the command and the rate of the content."""
    body = []
    for work in works(runs):
        for name in dict.fromkeys(run.tool for run in runs if run.work == work):
            mine = pick(runs, name, work)
            rate = (digits(middle(mine, "put"), 2), digits(mib_s(runs, name, work), 0))
            body.append((work, name, *figures(runs, name, work), *rate, digits(middle(mine, "reported"), 1)))
    return table(("upload", "tool", *HEADS, "content: s", "content: MiB/s", "reported: s"), body)


def works(runs: list[Run]) -> list[str]:
    return list(dict.fromkeys(run.work for run in runs if run.work != TWENTY))


def twenty_table(runs: list[Run]) -> str:
    names = dict.fromkeys(run.tool for run in runs if run.work == TWENTY)
    return table((TWENTY, *HEADS), [(name, *figures(runs, name, TWENTY)) for name in names])


def figures(runs: list[Run], name: str, work: str) -> tuple[str, ...]:
    mine, everyone = pick(runs, name, work), [run for run in runs if (run.tool, run.work) == (name, work)]
    failed = len(everyone) - len(mine)
    if not mine:
        return (f"{failed} failed", *("" for _ in HEADS[1:]))
    wall, collection_wall = middle(mine, "wall"), middle(pick(runs, COLLECTION, work), "wall")
    return (
        f"{len(mine)}{f' ({failed} failed)' if failed else ''}",
        digits(wall, 2),
        f"{min(run.wall for run in mine):.2f} to {max(run.wall for run in mine):.2f}",
        "1" if name == COLLECTION else f"{wall / collection_wall:.2f}" if wall and collection_wall else "",
        digits(middle(mine, "cpu"), 2),
        digits(middle(mine, "peak_mib"), 0),
        digits(middle(mine, "module_wall"), 2),
        digits(middle(mine, "module_peak_mib"), 0),
    )


def digits(value: float | None, count: int) -> str:
    return "" if value is None else f"{value:.{count}f}"


def mib_s(runs: list[Run], name: str, work: str) -> float | None:
    seconds = middle(pick(runs, name, work), "put")
    number, unit = work.split()
    return int(number) * {"MiB": 1, "GiB": 1024}[unit] / seconds if seconds else None


# The targets ----------------------------------------------------------------------------------------------------------


def targets(runs: list[Run]) -> Iterator[tuple[str, str, bool | None]]:
    """Yield each target, the measured value, and whether the target was met, or None without a measurement."""
    for work in map(uploading, RATED):
        mine, limit = mib_s(runs, COLLECTION, work), mib_s(runs, CURL, work)
        ratio = mine / limit if mine and limit else None
        text = f"{work}: at least {RATE} of curl's rate"
        yield text, f"{ratio:.2f}" if ratio else "not measured", ratio >= RATE if ratio else None
    for work in works(runs):
        yield faster(runs, work)
    for name in (COLLECTION, CHECKSUM):
        mine, theirs = (middle(pick(runs, each, TWENTY), "wall") for each in (name, PLAYBOOK))
        ratio = theirs / mine if mine and theirs else None
        text = f"{TWENTY}, {name}: at least {TIMES} times faster than {PLAYBOOK}"
        yield text, f"{ratio:.1f} times" if ratio else "not measured", ratio >= TIMES if ratio else None
    peaks = [run.peak_mib for run in runs if run.tool == COLLECTION and not run.failure]
    text = f"less than {PEAK_MIB} MiB of memory in any process, for any size"
    yield text, f"at most {max(peaks):.0f} MiB" if peaks else "not measured", max(peaks) < PEAK_MIB if peaks else None


def faster(runs: list[Run], work: str) -> tuple[str, str, bool | None]:
    """Return whether the whole command is faster than all others except curl, which is the limit."""
    mine = middle(pick(runs, COLLECTION, work), "wall")
    others = {name: middle(pick(runs, name, work), "wall") for name in (PLAYBOOK, OPENSTACK, GLANCE)}
    known = {name: wall for name, wall in others.items() if wall is not None}
    text = f"{work}: faster than all other tools"
    if mine is None or not known:
        return text, "not measured", None
    best = min(known, key=lambda name: known[name])
    return text, f"{mine:.2f} s; fastest other: {best}, {known[best]:.2f} s", mine < known[best]


# The section ----------------------------------------------------------------------------------------------------------

SECTION = """\
## Image uploads

Each tool uploads a raw disk with incompressible content from the controller that runs the Image service. Client,
service, database and file store share its cores: the service cannot use the CPU time of a client. The disk is in the
page cache, and all tools upload the same disk in turn. Times are medians of the wall time of the whole command,
including `ansible-playbook` and the token. *Module* is the process of the module, without the rest of Ansible.
*Content* is the request with the content, from the log of the service, so the clock is the same for all tools.
*Reported* is the time of that request that the tool itself reports. Memory is that of the largest process. After every
upload, status, size and SHA-512 of the image were compared.

{targets}

{uploads}

A second comparison repeats the task for {many} existing images of {small}:

{twenty}

- `{curl}` is the upper limit for the content: it computes no hash and compares nothing.
- `{collection}` computes a hash during the upload, compares it with the hash of the service, and then publishes the
  image. The other tools, as used here, compare nothing.
- `{collection}` manages the {many} images in one task, `{playbook}` in a loop.
- Without a checksum, `{collection}` compares inode, size and times of each file with those that it recorded at the
  upload; with one, the checksum with the image's. It reads no file in either case.
  `{playbook}` compares only the names, and does not detect other content.
{failures}
Measured on: {machine}.
"""


def section(runs: list[Run], small: int, machine: str) -> str:
    return SECTION.format(
        targets=table(
            ("target", "measured", "result"),
            [(text, measured, RESULTS[is_met]) for text, measured, is_met in targets(runs)],
        ),
        uploads=upload_table([run for run in runs if run.work != TWENTY]),
        twenty=twenty_table(runs),
        many=MANY,
        small=uploading(small),
        curl=CURL,
        collection=COLLECTION,
        playbook=PLAYBOOK,
        failures=failures(runs),
        machine=machine,
    )


def failures(runs: list[Run]) -> str:
    """Return the failed runs with their error messages."""
    failed = [run for run in runs if run.failure]
    texts = (f"\n{run.tool}, {run.work}, failed:\n\n```\n{run.failure[-1200:]}\n```\n" for run in failed)
    return "".join(texts)
