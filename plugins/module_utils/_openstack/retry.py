# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retries of requests that fail temporarily."""

from __future__ import annotations

from itertools import count
from time import monotonic, sleep
from typing import Callable, TypeVar

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.transport import Deadline

MAX_RETRY_SECONDS = 30.0  # for all requests of a run
FIRST_PAUSE, MAX_PAUSE = 0.25, 5.0  # seconds

Result = TypeVar("Result")


class RetryPolicy:
    """The time that one run spends on failed attempts and on the pauses between them."""

    def __init__(self, deadline: Deadline | None = None) -> None:
        self._spent = 0.0
        self._has_paused = False
        self._deadline = deadline or Deadline()

    def wait(self, error: RetryableError, attempt: int) -> None:
        """Pause before the next attempt; raise GlanceError if the time is used up.

        attempt: the number of earlier pauses for the same request; each pause is twice as long as the one before.
        """
        pause = min(FIRST_PAUSE * 2.0**attempt, MAX_PAUSE)
        if pause > min(MAX_RETRY_SECONDS - self._spent, self._deadline.left):
            suffix = f" (retried for {self._spent:.0f} seconds)" if self._has_paused else ""
            raise GlanceError(f"{error}{suffix}") from error
        self._spent += pause
        self._has_paused = True
        sleep(pause)

    def call(self, function: Callable[[], Result]) -> Result:
        """Return the result of a function, and repeat it while it raises RetryableError; it must not write anything."""
        for attempt in count():
            started = monotonic()
            try:
                return function()
            except RetryableError as error:
                self._spent += monotonic() - started
                self.wait(error, attempt)
        raise AssertionError("count() has no end")
