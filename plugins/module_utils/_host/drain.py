# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take a host out of its load balancer while its service restarts.

The service responds to /healthcheck with 503 as long as a file exists (oslo_middleware/healthcheck/disable_by_file.py,
which glance-api-paste.ini configures since Liberty). A load balancer that requests /healthcheck then sends no new
connections to the host; the existing ones continue.
"""

from __future__ import annotations

import os
import re
import time
from typing import Any, Callable, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._core.process import with_timeout
from ansible_collections.osops.glance.plugins.module_utils._host.procfs import read_proc

MARK = "Written by osops.glance while the service restarts. It is removed as soon as the service responds.\n"
POLL_SECONDS = 0.5
COMMAND_SECONDS = 10
_ESTABLISHED = "01"  # the state of a connection in /proc/net/tcp
# A load balancer keeps connections open for later requests. Such a connection has sent its last response so long ago.
IDLE_SECONDS = 20
_LAST = re.compile(r"\blastsnd:(\d+) lastrcv:(\d+)\b")

# Returns the number of connections to a port.
Count = Callable[[int], int]
# Runs a command; returns its status, its output and its error output.
Run = Callable[["list[str]"], "tuple[int, str, str]"]


class Clock(NamedTuple):
    """The time in seconds, and a function that waits."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Drain:
    """The removal of a host from its load balancer.

    options: `file`, the path; `port`, the port of the service; `delay`, the seconds until the load balancer has noticed
    the file; `timeout`, the seconds to wait for the end of the connections after that. None for a host without a load
    balancer.
    """

    def __init__(self, options: Mapping[str, Any] | None, count: Count, clock: Clock | None = None) -> None:
        self._options = options
        self._count = count
        self._clock = clock or Clock()

    @property
    def is_left(self) -> bool:
        """Whether a run that has ended before took the host out of the load balancer."""
        return self._options is not None and self._content() == MARK

    def step(self) -> Step:
        """Return the step that lets the load balancer use the host again."""
        return Step("load balancer", "enable", {"/healthcheck": "disabled"}, {"/healthcheck": "enabled"})

    def begin(self, is_running: bool) -> list[str]:
        """Take the host out, and wait until its connections have ended. Return warnings.

        is_running: whether the service runs; otherwise it has no connections, and the host is only kept out.
        """
        if self._options is None:
            return []
        self._create()
        return self._wait() if is_running else []

    def end(self) -> list[str]:
        """Let the load balancer use the host again. Return warnings."""
        content = self._content() if self._options else None
        if content == MARK:
            os.unlink(self._path)
        elif content is not None:
            return [f"{self._path} exists and is not from this collection: the load balancer does not use the host."]
        return []

    @property
    def _path(self) -> str:
        return str((self._options or {})["file"])

    def _content(self) -> str | None:
        try:
            with open(self._path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def _create(self) -> None:
        """Create the file, unless an operator has already done so."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return
        except OSError as error:
            raise GlanceError(f"cannot write {self._path}: {error.strerror}") from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)  # readable for the service with any umask
            file.write(MARK)

    def _wait(self) -> list[str]:
        options = self._options or {}
        self._clock.sleep(options["delay"])
        end = self._clock.now() + options["timeout"]
        while self._count(options["port"]):
            if self._clock.now() >= end:
                number = self._count(options["port"])
                return [
                    f"The service was restarted with {number} open connections to port {options['port']}, after "
                    f"{options['timeout']} seconds of waiting for their end (glance_api_drain_timeout)."
                ]
            self._clock.sleep(POLL_SECONDS)
        return []


def connections(run: Run, port: int) -> int:
    """Return the number of connections to a port of this host with a request, a response or unsent data.

    Without the program `ss`, the number of all established connections.
    """
    command = ["ss", "-tniOH", "state", "established", "sport", "=", f":{port}"]
    status, output, _errors = run(with_timeout(command, COMMAND_SECONDS))
    if status == 0:
        return sum(not is_idle(line) for line in output.splitlines() if line.strip())
    return sum(count_connections(read_proc(f"/proc/net/{table}"), port) for table in ("tcp", "tcp6"))


def is_idle(line: str) -> bool:
    """Return whether a connection only waits for a request, by its line in the output of `ss -tniOH`.

    Nothing is in its queues, and it sent after it had received: the response to the last request.
    """
    received, sent, *_others = line.split()
    last = _LAST.search(line)
    if not last or (received, sent) != ("0", "0"):
        return False
    since_sent, since_received = map(int, last.groups())
    return since_received >= since_sent >= IDLE_SECONDS * 1000


def count_connections(table: str, port: int) -> int:
    """Return the number of established connections to a local port in the text of /proc/net/tcp or /proc/net/tcp6."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return sum(row[3] == _ESTABLISHED and int(row[1].rpartition(":")[2], 16) == port for row in rows)
