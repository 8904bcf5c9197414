# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The units of a service under systemd: their state, their commands, and the failures that end a wait."""

from __future__ import annotations

import time
from typing import Callable, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.process import TIMED_OUT, with_timeout
from ansible_collections.osops.glance.plugins.module_utils._host import units as _unit
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import COMMAND_SECONDS, ServiceLog

# Seconds until the log is searched for workers that end, and between two searches.
SEARCH_AFTER, SEARCH_EVERY = 3, 2
WORKERS = 4  # so many that end within one wait are a loop


class Systemd:
    """The units of a service.

    seconds: the limit of one command of systemctl that changes something.
    """

    def __init__(self, module: AnsibleModule, names: Sequence[str], seconds: float) -> None:
        self._module = module
        self.names = names
        self._seconds = seconds

    def units(self) -> list[_unit.Unit]:
        """Return the units as they are now."""
        show = self.call("show", f"--property={','.join(_unit.PROPERTIES)}", "--", *self.names)
        return _unit.units_of(show, self.names, booted())

    def call(self, *arguments: str) -> str:
        """Run systemctl and return its output."""
        seconds = COMMAND_SECONDS if arguments[0] == "show" else self._seconds
        status, out, err = self._module.run_command(with_timeout(["systemctl", *arguments], seconds))
        if status == TIMED_OUT:
            raise GlanceError(f"`systemctl {' '.join(arguments)}` did not end within {seconds:g} seconds")
        if status:
            raise GlanceError(f"`systemctl {' '.join(arguments)}` failed with status {status}: {(err or out).strip()}")
        return str(out)

    def reset_failed(self, names: Sequence[str]) -> None:
        """Let systemd start units again that failed several times in a short time."""
        for name in names:
            # It fails for a unit of which systemd has no failure in memory.
            self._module.run_command(with_timeout(["systemctl", "reset-failed", name], COMMAND_SECONDS))

    def restart(self, daemon_reload: bool) -> None:
        """Restart all units, also those that failed too often."""
        if daemon_reload:
            self.call("daemon-reload")
        self.reset_failed(self.names)
        self.call("restart", *self.names)

    def watch(self, journal: ServiceLog) -> Callable[[], None]:
        """Return a check that raises GlanceError when it is useless to wait for the units any longer."""
        begin = time.monotonic()
        since = time.time()
        before = {unit.name: unit.failures for unit in self.units()}
        next_search = begin + SEARCH_AFTER

        def check() -> None:
            nonlocal next_search
            failure = _unit.failure_of(self.units(), before)
            if not failure and time.monotonic() >= next_search:
                next_search = time.monotonic() + SEARCH_EVERY
                ended = journal.ended_workers(since)
                failure = f"the workers end in a loop: {ended} have ended" if ended >= WORKERS else None
            if failure:
                raise GlanceError(f"{failure}; this was found after {time.monotonic() - begin:.0f} seconds")

        return check


def booted() -> float:
    """Return when the monotonic clock was 0, in seconds of the wall clock."""
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
