"""Measure the rate of several uploads at the same time, and how the service responds to other clients meanwhile."""

from __future__ import annotations

import threading
import time
from typing import Iterator

import bars
import lab
import parallel_report
import upload_host
from glance_sample import BenchmarkError
from lab import IMAGE_PORT
from parallel_report import AT_ONCE, IMAGES, MIB, Run
from part import Measured, Part, Settings
from upload_host import Disk, Host
from upload_tools import collection_parallel

# The time between two requests of the other client.
PAUSE_SECONDS = 0.1
IDLE_SECONDS = 5


class Client:
    """Another client of the service: it requests the versions of the API and records the response times."""

    def __init__(self, url: str) -> None:
        self.url, self.is_over = url, threading.Event()
        self.seconds: list[float] = []
        self.thread = threading.Thread(target=self.request)

    def request(self) -> None:
        while not self.is_over.wait(PAUSE_SECONDS):
            start = time.perf_counter()
            responded = lab.responds(self.url)
            # A request without a response counts as the longest possible one.
            self.seconds.append(time.perf_counter() - start if responded else lab.RESPONSE_SECONDS)

    def __enter__(self) -> Client:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()


def measure(settings: Settings) -> Measured:
    try:
        host = upload_host.start(settings)
        disks = upload_host.make_disks(host, [MIB] * IMAGES, IMAGES * MIB)
        url = lab.Host(host.name, settings.folder).url(IMAGE_PORT)
        return Measured(list(measure_all(host, disks, url, settings.rounds)), upload_host.tool_versions(host))
    finally:
        lab.remove([upload_host.name(settings)])


def measure_all(host: Host, disks: list[Disk], url: str, rounds: int) -> Iterator[Run]:
    """Upload with every number in every round, so that other work of the machine affects all of them equally."""
    attempt(host, disks, url, AT_ONCE[0], -1)
    for number in range(rounds):
        print(f"==> Round {number + 1} of {rounds}", flush=True)
        with Client(url) as client:
            time.sleep(IDLE_SECONDS)
        yield Run(0, number, responses=tuple(client.seconds))
        for at_once in AT_ONCE:
            run = attempt(host, disks, url, at_once, number)
            print(f"    {at_once} at once: {run.failure or f'{run.wall:.1f} s'}", flush=True)
            yield run


def attempt(host: Host, disks: list[Disk], url: str, at_once: int, number: int) -> Run:
    """Measure one run. A failure is a result as well."""
    try:
        return upload(host, disks, url, at_once, number)
    except (BenchmarkError, ValueError, IndexError) as error:
        return Run(at_once, number, failure=str(error))


def upload(host: Host, disks: list[Disk], url: str, at_once: int, number: int) -> Run:
    """Upload all disks with one task, verify the images, and remove them."""
    name = f"parallel-{at_once}-{number}"
    command = collection_parallel(host, name, disks, at_once)
    host.run("sh", "-c", 'cat "$@" >/dev/null; sync', "sh", *(disk.path for disk in disks))
    with Client(url) as client:
        used = host.timed(command)
    for place, disk in enumerate(disks):
        host.script("check.py", f"{name}-{place}", str(disk.size), disk.sha512)
    module = used.modules[0]
    return Run(at_once, number, module.wall, module.cpu, module.peak_mib, tuple(client.seconds))


PART = Part("parallel", 5, measure, parallel_report.section, upload_host.prepare, bars.drawing(parallel_report.panels))
