"""Detect other work of the machine during a benchmark. README.md describes when a machine is quiet."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import Callable, NamedTuple

# The load of the last minute at the start, for each core.
MAX_LOAD = 0.5
# CPU time of other processes during the run, as a share of the CPU time of all cores.
MAX_FOREIGN_SHARE = 0.05
# The load of a previous part falls below the limit within two minutes.
WAIT_SECONDS = 180


class Observation(NamedTuple):
    """The work of the machine during a run, in CPU seconds.

    busy: of all processes of the machine, and of other machines on the same processor (steal time)
    own: of the benchmark, its children, and the hosts that it started
    """

    load_before: float
    load_after: float
    cores: int
    seconds: float
    busy: float
    own: float

    @property
    def foreign_share(self) -> float:
        return max(self.busy - self.own, 0) / (self.seconds * self.cores)

    def __str__(self) -> str:
        return (
            f"load average {self.load_before:.1f} before and {self.load_after:.1f} after the run, "
            f"{self.foreign_share:.1%} of the CPU time used by other processes"
        )

    def problems(self) -> list[str]:
        """Return the reasons why the machine was not quiet."""
        found = []
        if not is_idle(self.load_before, self.cores):
            load = f"the load average was {self.load_before:.1f} at the start"
            found.append(f"{load}, more than {MAX_LOAD} for each core")
        if self.foreign_share > MAX_FOREIGN_SHARE:
            used = f"{self.foreign_share:.1%} of the CPU time"
            found.append(f"other processes used {used} during the run, more than {MAX_FOREIGN_SHARE:.0%}")
        return found


def is_idle(load: float, cores: int) -> bool:
    return load <= MAX_LOAD * cores


def busy_seconds(stat: str, ticks: int) -> float:
    """Return the CPU time of all processes from /proc/stat.

    The fields are user, nice, system, idle, iowait, irq, softirq and steal (proc(5)). The next two are part of user and
    nice. Interrupts are not counted: some kernels do not add them to the time of the processes that cause them.
    """
    user, nice, system, _idle, _iowait, _irq, _softirq, steal = map(int, stat.split("\n", 1)[0].split()[1:9])
    return (user + nice + system + steal) / ticks


def machine_seconds() -> float:
    return busy_seconds(Path("/proc/stat").read_text(), os.sysconf("SC_CLK_TCK"))


def child_seconds() -> float:
    """Return the CPU time of all children that ended, including their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wait_until_idle(seconds: float = WAIT_SECONDS) -> bool:
    """Wait until the load of previous work is below the limit. Return whether it is."""
    limit = time.monotonic() + seconds
    while not (idle := is_idle(os.getloadavg()[0], os.cpu_count() or 1)) and time.monotonic() < limit:
        time.sleep(5)
    return idle


class Meter:
    """Measures the work of the machine from the creation of the object.

    host_seconds: returns the CPU time of the hosts that the benchmark started.
    """

    def __init__(self, host_seconds: Callable[[], float]) -> None:
        self.host_seconds = host_seconds
        self.load, self.start = os.getloadavg()[0], time.monotonic()
        self.busy, self.own = machine_seconds(), self.own_seconds()

    def own_seconds(self) -> float:
        return time.process_time() + child_seconds() + self.host_seconds()

    def observe(self) -> Observation:
        return Observation(
            load_before=self.load,
            load_after=os.getloadavg()[0],
            cores=os.cpu_count() or 1,
            seconds=time.monotonic() - self.start,
            busy=machine_seconds() - self.busy,
            own=self.own_seconds() - self.own,
        )
