# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeat an update of the database that was interrupted, for example because a node of a cluster stopped."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, TypeVar

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.progress import Progress
from ansible_collections.osops.glance.plugins.module_utils._schema.login import DatabaseAccess, Interrupted

# Seconds before each further attempt. A node of a cluster that is locked by a backup refuses changes at once.
DELAYS = (0, 1, 2, 4, 8, 15, 30, 30, 30)
POLL_SECONDS = 0.5

Result = TypeVar("Result")


class Repetition:
    """Repeat an interrupted update when the server, or another node of the cluster, executes statements again."""

    def __init__(
        self, access: DatabaseAccess, params: Mapping[str, Any], progress: Progress, warn: Callable[[str], None]
    ) -> None:
        self._access = access
        self._params = params
        self._progress = progress
        self._warn = warn

    def run(self, update: Callable[[], Result]) -> Result:
        """Run the update until it is not interrupted, and return its result; GlanceError if it fails."""
        for seconds in DELAYS:
            try:
                return update()
            except Interrupted as interruption:
                self._wait_for_server(seconds)
                self._warn(f"{interruption} It was repeated.")
        return update()

    def _wait_for_server(self, seconds: float) -> None:
        """Wait some seconds, and until the server executes statements; GlanceError after the timeout."""
        end = time.monotonic() + self._params["timeout"]
        with self._progress.during(str(self._access.target), "waiting for the server"):
            time.sleep(seconds)
            while not self._responds(time.monotonic() >= end):
                time.sleep(POLL_SECONDS)

    def _responds(self, required: bool) -> bool:
        """Return whether the server executes statements; GlanceError if it does not, and this is required."""
        try:
            with self._access.log_in() as database:
                # A node of a cluster without a quorum may accept the login, but no statements.
                database.wait_for_other_nodes()
                database.read_state()
                return True
        except GlanceError:
            # A node of a cluster may also create an account later than the node on which it was requested.
            if required:
                raise
            return False
