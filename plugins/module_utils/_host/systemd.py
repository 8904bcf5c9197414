# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control the units of a service with systemctl, and detect failures that end a wait."""

from __future__ import annotations

import time
from typing import Callable, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.process import TIMED_OUT, with_timeout
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import COMMAND_SECONDS, ServiceLog
from ansible_collections.osops.glance.plugins.module_utils._host.units import PROPERTIES, Unit, failure_of, units_of

# Seconds until the log is searched for ended workers, and between two searches.
SEARCH_AFTER, SEARCH_EVERY = 3, 2
WORKER_LOOP = 4  # so many workers that end during one wait are in a loop


class Systemd:
    """The units of a service.

    seconds: the limit of one command of systemctl that changes a unit.
    """

    def __init__(self, module: AnsibleModule, names: Sequence[str], seconds: float) -> None:
        self._module = module
        self.names = names
        self._seconds = seconds

    def units(self) -> list[Unit]:
        """Return the current state of the units."""
        show = self.call("show", f"--property={','.join(PROPERTIES)}", "--", *self.names)
        return units_of(show, self.names, boot_time())

    def call(self, *arguments: str) -> str:
        """Run systemctl and return its output; raise GlanceError if it fails or exceeds its limit."""
        seconds = COMMAND_SECONDS if arguments[0] == "show" else self._seconds
        status, out, err = self._module.run_command(with_timeout(["systemctl", *arguments], seconds))
        if status == TIMED_OUT:
            raise GlanceError(f"`systemctl {' '.join(arguments)}` did not end within {seconds:g} seconds")
        if status:
            raise GlanceError(f"`systemctl {' '.join(arguments)}` failed with status {status}: {(err or out).strip()}")
        return str(out)

    def reset_failed(self, names: Sequence[str]) -> None:
        """Allow systemd to start units again that have failed too often in a short time."""
        for name in names:
            # It fails for a unit without a recorded failure.
            self._module.run_command(with_timeout(["systemctl", "reset-failed", name], COMMAND_SECONDS))

    def restart(self, daemon_reload: bool) -> None:
        """Restart all units, including those that have failed too often."""
        if daemon_reload:
            self.call("daemon-reload")
        self.reset_failed(self.names)
        self.call("restart", *self.names)

    def watch(self, log: ServiceLog) -> Callable[[], None]:
        """Return a check that raises GlanceError if a unit has failed, or ends again and again."""
        start = time.monotonic()
        since = time.time()
        before = {unit.name: unit.failures for unit in self.units()}
        next_search = start + SEARCH_AFTER

        def check() -> None:
            nonlocal next_search
            failure = failure_of(self.units(), before)
            if not failure and time.monotonic() >= next_search:
                next_search = time.monotonic() + SEARCH_EVERY
                ended = log.ended_workers(since)
                failure = f"the workers end in a loop: {ended} have ended" if ended >= WORKER_LOOP else None
            if failure:
                raise GlanceError(f"{failure}; detected after {time.monotonic() - start:.0f} seconds")

        return check


def boot_time() -> float:
    """Return when the host was booted, in seconds since 1970."""
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
