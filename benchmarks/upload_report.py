"""Generate the section of the documentation about the benchmark of uploads."""

from __future__ import annotations

from statistics import median
from typing import Iterator, NamedTuple

import bars
from report import Target, at_least, at_most, digits, failure_texts, quotient, table, targets_table

COLLECTION, PLAYBOOK = "osops.glance.image", "openstack.cloud.image"
CHECKSUM = f"{COLLECTION} with checksum"
OPENSTACK, GLANCE, CURL = "openstack image create", "glance image-create", "curl -T"
HASH = "one SHA-512 pass, without an upload"
# The sizes of the disks in MiB, for the part with all tools and for the one with the largest disk.
SMALL, LARGE = (64, 1024), (4096,)
MANY = 20
TWENTY = f"{MANY} unchanged images"
RATE, TIMES, PEAK_MIB, CLIENT_TIMES, HASH_TIMES = 0.95, 15, 100, 1.3, 1.5


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
    module_cpu: float | None = None
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

HEADS = ("runs", "wall s", "range", "ratio", "CPU s", "peak MiB", "module: s", "module: CPU s", "module: peak MiB")


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
    seconds, collection = wall(runs, name, work), wall(runs, COLLECTION, work)
    return (
        f"{len(mine)}{f' ({failed} failed)' if failed else ''}",
        digits(seconds, 2),
        f"{min(run.wall for run in mine):.2f} to {max(run.wall for run in mine):.2f}",
        "1" if name == COLLECTION else digits(quotient(seconds, collection), 2),
        digits(middle(mine, "cpu"), 2),
        digits(middle(mine, "peak_mib"), 0),
        digits(middle(mine, "module_wall"), 2),
        digits(middle(mine, "module_cpu"), 2),
        digits(middle(mine, "module_peak_mib"), 0),
    )


def mib_s(runs: list[Run], name: str, work: str) -> float | None:
    number, unit = work.split()
    return quotient(int(number) * {"MiB": 1, "GiB": 1024}[unit], middle(pick(runs, name, work), "put"))


# The targets ----------------------------------------------------------------------------------------------------------


def wall(runs: list[Run], name: str, work: str) -> float | None:
    return middle(pick(runs, name, work), "wall")


def small_targets(runs: list[Run]) -> Iterator[Target]:
    """Yield each target of the smaller disks with the measured value."""
    small, medium = map(uploading, SMALL)
    ratio = quotient(wall(runs, COLLECTION, small), wall(runs, GLANCE, small))
    yield at_most(f"{small}: at most {CLIENT_TIMES} times the time of {GLANCE}", CLIENT_TIMES, ratio, " times")
    yield curl_rate(runs, medium)
    yield faster(runs, medium)
    yield memory(runs)


def large_targets(runs: list[Run]) -> Iterator[Target]:
    """Yield each target of the largest disk with the measured value."""
    work = uploading(LARGE[0])
    yield curl_rate(runs, work)
    ratio = quotient(middle(pick(runs, COLLECTION, work), "cpu"), middle(pick(runs, HASH, work), "cpu"))
    text = f"{work}: CPU time of the whole command at most {HASH_TIMES} times that of one SHA-512 pass"
    yield at_most(text, HASH_TIMES, ratio, " times")
    yield faster(runs, work)
    yield memory(runs)


def unchanged_targets(runs: list[Run]) -> Iterator[Target]:
    """Yield each target of the unchanged images with the measured value."""
    for name in (COLLECTION, CHECKSUM):
        ratio = quotient(wall(runs, PLAYBOOK, TWENTY), wall(runs, name, TWENTY))
        text = f"{TWENTY}, {name}: at least {TIMES} times faster than {PLAYBOOK}"
        yield at_least(text, TIMES, ratio, " times")
    yield memory(runs)


def curl_rate(runs: list[Run], work: str) -> Target:
    ratio = quotient(mib_s(runs, COLLECTION, work), mib_s(runs, CURL, work))
    return at_least(f"{work}: at least {RATE} of curl's rate", RATE, ratio)


def memory(runs: list[Run]) -> Target:
    peaks = [run.peak_mib for run in runs if run.tool in (COLLECTION, CHECKSUM) and not run.failure]
    text = f"less than {PEAK_MIB} MiB of memory in any process"
    return Target(text, f"at most {max(peaks):.0f} MiB", max(peaks) < PEAK_MIB) if peaks else Target(text)


def faster(runs: list[Run], work: str) -> Target:
    """Return whether the whole command is faster than all others except curl, which is the limit."""
    mine = wall(runs, COLLECTION, work)
    others = {name: wall(runs, name, work) for name in (PLAYBOOK, OPENSTACK, GLANCE)}
    known = {name: seconds for name, seconds in others.items() if seconds is not None}
    text = f"{work}: faster than all other tools"
    if mine is None or not known:
        return Target(text)
    best = min(known, key=lambda name: known[name])
    return Target(text, f"{mine:.2f} s; fastest other: {best}, {known[best]:.2f} s", mine < known[best])


# The sections ---------------------------------------------------------------------------------------------------------

SMALL_SECTION = f"""\
## Image uploads

Each tool uploads raw disks with incompressible content from the controller that runs the Image service. Client,
service, database and file store share its cores: the service cannot use the CPU time of a client. The disk is in the
page cache, and all tools upload the same disk in turn. Times are medians of the wall time of the whole command,
including `ansible-playbook` and the token. *Module* is the process of the module, without the rest of Ansible.
*Content* is the request with the content, from the log of the service, so the clock is the same for all tools.
*Reported* is the time of that request that the tool itself reports. Memory is that of the largest process. After every
upload, status, size and SHA-512 of the image were compared.
{{plot}}
{{targets}}

{{times}}

- `{CURL}` is the upper limit for the content: it computes no hash and compares nothing.
- `{COLLECTION}` computes a hash during the upload, compares it with the hash of the service, and then publishes the
  image. The other tools, as used here, compare nothing.
{{failures}}
Measured on: {{machine}}.
"""

LARGE_SECTION = f"""\
## Upload of a large image

The same comparison with a disk of {uploading(LARGE[0])}, for the tools that the targets name. The CPU time of *{HASH}*
is what a client needs at least to verify the content.
{{plot}}
{{targets}}

{{times}}
{{failures}}
Measured on: {{machine}}.
"""

UNCHANGED_SECTION = f"""\
## Unchanged images

Each tool repeats the task for {MANY} existing images of {uploading(SMALL[0])} and changes nothing.
{{plot}}
{{targets}}

{{times}}

- `{COLLECTION}` manages the {MANY} images in one task, `{PLAYBOOK}` in a loop.
- Without a checksum, `{COLLECTION}` compares inode, size and times of each file with those that it recorded at the
  upload; with one, the checksum with the image's. It reads no file in either case.
  `{PLAYBOOK}` compares only the names, and does not detect other content.
{{failures}}
Measured on: {{machine}}.
"""


def panels(runs: list[Run]) -> list[bars.Panel]:
    """Return a chart of the times for each size of the disk, or for the unchanged images."""
    return [
        bars.panel(work, "seconds", [(name, wall(runs, name, work)) for name in names_of(runs, work)])
        for work in dict.fromkeys(run.work for run in runs)
    ]


def names_of(runs: list[Run], work: str) -> list[str]:
    """Return the tools that ran; the pass of SHA-512 is none."""
    return [name for name in dict.fromkeys(run.tool for run in runs if run.work == work) if name != HASH]


def small_section(runs: list[Run], machine: str) -> str:
    return fill(SMALL_SECTION, "upload", runs, machine, small_targets(runs), upload_table(runs))


def large_section(runs: list[Run], machine: str) -> str:
    return fill(LARGE_SECTION, "upload-large", runs, machine, large_targets(runs), upload_table(runs))


def unchanged_section(runs: list[Run], machine: str) -> str:
    return fill(UNCHANGED_SECTION, "unchanged", runs, machine, unchanged_targets(runs), twenty_table(runs))


def fill(section: str, part: str, runs: list[Run], machine: str, targets: Iterator[Target], times: str) -> str:
    plot = bars.image(part, "Wall time of each tool", panels(runs))
    failures = failure_texts((f"{run.tool}, {run.work}", run.failure) for run in runs if run.failure)
    return section.format(plot=plot, targets=targets_table(targets), times=times, failures=failures, machine=machine)
