"""Compare uploads of images with osops.glance.image and with other tools on a controller."""

from __future__ import annotations

import re
from typing import Callable, Iterator

import bars
import lab
import parallel
import upload_host
import upload_report
from glance_sample import BenchmarkError
from part import Measured, Part, Settings
from upload_host import BIN, Disk, Host, Usage, prepare
from upload_report import COLLECTION, CURL, GLANCE, LARGE, MANY, SMALL, TWENTY, Run, uploading
from upload_tools import HASH_TOOL, UNCHANGED_TOOLS, UPLOAD_TOOLS, Tool

LOG = "/var/log/glance/glance-api.log"
# A disk that takes half a minute is uploaded only by the tools that the targets name.
LARGE_TOOLS = tuple(tool for tool in UPLOAD_TOOLS if tool.name in (COLLECTION, GLANCE, CURL))

Measure = Callable[[Host, Tool, Disk, int], Run]


def attempt(measure: Measure, work: str, host: Host, tool: Tool, disk: Disk, number: int) -> Run:
    """Measure one run. A failure is a result as well."""
    try:
        run = measure(host, tool, disk, number)
    except (BenchmarkError, ValueError, IndexError) as error:
        print(f"    {tool.name}: {work}: failed\n{error}", flush=True)
        return Run(tool.name, work, number, failure=str(error))
    print(f"    {tool.name}: {work}: {run.wall:.1f} s, CPU {run.cpu:.1f} s, {run.peak_mib:.0f} MiB", flush=True)
    return run


def create_run(tool: Tool, work: str, number: int, used: Usage) -> Run:
    reported = re.search(tool.reported, used.output, re.MULTILINE) if tool.reported else None
    return Run(
        tool.name,
        work,
        number,
        *used.whole,
        module_wall=sum(module.wall for module in used.modules) if used.modules else None,
        module_cpu=sum(module.cpu for module in used.modules) if used.modules else None,
        module_peak_mib=max(module.peak_mib for module in used.modules) if used.modules else None,
        reported=float(reported[1]) if reported else None,
    )


def upload(host: Host, tool: Tool, disk: Disk, number: int) -> Run:
    """Upload a disk from the page cache, verify the image, and remove it."""
    name = f"{tool.prefix}-{disk.mib}-{number}"
    command = tool.command(host, name, disk)
    read(host, disk)
    used = host.timed(command)
    image_id = host.script("check.py", name, str(disk.size), disk.sha512)
    run = create_run(tool, uploading(disk.mib), number, used)
    return run._replace(put=content_seconds(host, image_id))


def read(host: Host, disk: Disk) -> None:
    """Read a disk into the page cache, and flush data of previous uploads."""
    host.run("sh", "-c", 'cat "$1" >/dev/null; sync', "sh", disk.path)


def content_seconds(host: Host, image_id: str) -> float:
    """Return the seconds of the content request from the log of the service, whose clock is the same for all tools."""
    line = host.run("grep", f"PUT /v2/images/{image_id}/file ", LOG).splitlines()[-1]
    return float(line.split()[-1])


def compute_hash(host: Host, tool: Tool, disk: Disk, number: int) -> Run:
    """Compute the hash of a disk from the page cache."""
    read(host, disk)
    used = host.timed(tool.command(host, "", disk))
    if used.output != disk.sha512:
        raise BenchmarkError(f"expected the SHA-512 {disk.sha512}, found {used.output}")
    return create_run(tool, uploading(disk.mib), number, used)


# The parts ------------------------------------------------------------------------------------------------------------


def compare_small(settings: Settings) -> Measured:
    return on_host(settings, SMALL, 0, lambda host, disks: compare_uploads(host, disks, UPLOAD_TOOLS, settings.rounds))


def compare_large(settings: Settings) -> Measured:
    return on_host(settings, LARGE, 0, lambda host, disks: compare_with_hash(host, disks, settings.rounds))


def compare_unchanged(settings: Settings) -> Measured:
    used = 2 * MANY * SMALL[0]
    return on_host(settings, SMALL[:1], used, lambda host, disks: repeat_all(host, disks[0], settings.rounds))


def on_host(
    settings: Settings, sizes: tuple[int, ...], images_mib: int, measure: Callable[[Host, list[Disk]], Iterator[Run]]
) -> Measured:
    """Boot the saved host, create the disks, and return the measured runs and the versions of the clients."""
    try:
        host = upload_host.start(settings)
        disks = upload_host.make_disks(host, list(sizes), images_mib or max(sizes))
        return Measured(list(measure(host, disks)), upload_host.tool_versions(host))
    finally:
        lab.remove([upload_host.name(settings)])


def compare_uploads(host: Host, disks: list[Disk], tools: tuple[Tool, ...], rounds: int) -> Iterator[Run]:
    """Run all tools in turn, so that other work of the machine affects all of them equally."""
    print("==> One upload of each tool without measurement", flush=True)
    for tool in tools if disks[0].mib < 1024 else ():
        attempt(upload, "warm-up", host, tool, disks[0], -1)
    for number in range(rounds):
        print(f"==> Round {number + 1} of {rounds}", flush=True)
        for disk in disks:
            for tool in tools:
                yield attempt(upload, uploading(disk.mib), host, tool, disk, number)


def compare_with_hash(host: Host, disks: list[Disk], rounds: int) -> Iterator[Run]:
    yield from compare_uploads(host, disks, LARGE_TOOLS, rounds)
    for number in range(rounds):
        yield attempt(compute_hash, uploading(disks[0].mib), host, HASH_TOOL, disks[0], number)


def repeat(host: Host, tool: Tool, disk: Disk, number: int) -> Run:
    """Repeat the task for the images of a tool. Raise BenchmarkError if it changes anything."""
    before = images(host)
    used = host.timed(tool.command(host, tool.prefix, disk))
    if "changed=0 " not in used.output or images(host) != before:
        raise BenchmarkError(f"something changed:\n{used.output[-2000:]}")
    return create_run(tool, TWENTY, number, used)


def images(host: Host) -> list[str]:
    listed = [f"{BIN}/openstack", "--os-cloud", "sandbox", "image", "list", "-f", "value", "-c", "ID", "-c", "Name"]
    return sorted(host.run(*listed).splitlines())


def repeat_all(host: Host, disk: Disk, rounds: int) -> Iterator[Run]:
    """Create the images of all tools, then repeat their tasks in turn."""
    print(f"==> {MANY} unchanged images", flush=True)
    ready = []
    for tool in UNCHANGED_TOOLS:
        try:
            host.timed(tool.command(host, tool.prefix, disk))
            ready.append(tool)
        except BenchmarkError as error:
            print(f"    {tool.name}: failed\n{error}", flush=True)
            yield Run(tool.name, TWENTY, 0, failure=str(error))
    for number in range(rounds):
        for tool in ready:
            yield attempt(repeat, TWENTY, host, tool, disk, number)


DRAW = bars.drawing(upload_report.panels)

PARTS = (
    Part("upload", 5, compare_small, upload_report.small_section, prepare, DRAW),
    Part("upload-large", 3, compare_large, upload_report.large_section, prepare, DRAW),
    Part("unchanged", 5, compare_unchanged, upload_report.unchanged_section, prepare, DRAW),
    parallel.PART,
)
