# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the program that uses the package manager of a host, and wait until it has finished."""

from __future__ import annotations

import fcntl
import glob
import os
import struct
import time
from typing import Callable, Iterator, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# Files that apt, dpkg and rpm lock with fcntl while they work.
LOCKS = {
    "Debian": (
        "/var/lib/dpkg/lock-frontend",
        "/var/lib/dpkg/lock",
        "/var/lib/apt/lists/lock",
        "/var/cache/apt/archives/lock",
    ),
    "RedHat": ("/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock"),
}
# Files in which dnf writes its process ID while it works.
PID_FILES = {"RedHat": ("/var/cache/dnf/*_lock.pid", "/var/lib/dnf/*_lock.pid")}
# `struct flock` with 64-bit offsets, as Python passes it to fcntl(2).
FLOCK = "hhqqi"
INTERPRETERS = ("python", "perl", "sh", "bash", "dash")
POLL_SECONDS = 1.0


class Holder(NamedTuple):
    """A process that holds a lock; the process ID is 0 if it runs in another PID namespace."""

    path: str
    pid: int
    command: str

    def __str__(self) -> str:
        process = f"{self.command} (process {self.pid})" if self.pid else "a process outside this container"
        return f"{process}, which holds {self.path}"


def lock_holder(family: str) -> Holder | None:
    """Return the first process that holds a lock of the family's package manager."""
    return next(_holders(family), None)


def _holders(family: str) -> Iterator[Holder]:
    for path in LOCKS.get(family, ()):
        pid = _pid_of_lock(path)
        if pid is not None:
            yield Holder(path, pid, _command(pid))
    for path in (path for pattern in PID_FILES.get(family, ()) for path in glob.glob(pattern)):
        pid = _pid_in_file(path)
        if pid is not None and os.path.exists(f"/proc/{pid}"):
            yield Holder(path, pid, _command(pid))


def _pid_of_lock(path: str) -> int | None:
    """Return the ID of the process that has locked a file; None if no process has, or the file cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        request = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _whence, _start, _length, pid = struct.unpack(FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, request))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None if kind == fcntl.F_UNLCK else max(pid, 0)


def _pid_in_file(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read().strip())
    except (OSError, ValueError):
        return None


def _command(pid: int) -> str:
    """Return the name of a program without its arguments; for a script, the name of the script."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            words = [os.path.basename(word) for word in file.read().split("\0") if not word.startswith("-")]
    except OSError:
        words = []
    program = words[0] if words else ""
    if program.rstrip("0123456789.") in INTERPRETERS and words[1:2] > [""]:
        return words[1]
    return program or "a process"


class LockWait(NamedTuple):
    """A wait for the package manager: the last process that held its lock, and the duration in seconds."""

    holder: Holder
    seconds: int


def wait_for_lock(
    family: str,
    timeout: float,
    find: Callable[[str], Holder | None] = lock_holder,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> LockWait | None:
    """Wait until no process holds a lock of the package manager; return what was waited for, or None.

    timeout: limit in seconds; raises GlanceError with the process when it is exceeded.
    find, sleep, clock: replaced in tests.
    """
    start, last = clock(), None
    while True:
        holder = find(family)
        if not holder:
            return LockWait(last, int(clock() - start)) if last else None
        if clock() - start >= timeout:
            raise GlanceError(
                f"The package manager of this host is in use by {holder}; waited for {timeout:g} s. "
                "Wait until it has finished, or set a longer glance_package_lock_timeout."
            )
        last = holder
        sleep(POLL_SECONDS)
