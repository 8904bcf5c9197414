# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A watch over glance-manage: whether its statements wait for a lock, and for whose."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Callable, ContextManager, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.progress import Progress
from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import (
    Connection,
    describe_holders,
    possible_holders,
    progress_phase,
    waiting_connections,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.login import Database
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import Target

QUIET_SECONDS = 2  # nearly all commands end before, and are not watched
STATEMENT_WORDS = 3  # "ALTER TABLE images": no value of the statement is among them

LogIn = Callable[[], ContextManager[Database]]


class LockTimeout(GlanceError):
    """A command waited longer for a lock than it may."""


class LockWatch:
    """A watch over a command that works in the database, from a connection of its own.

    It logs in as the service. Without the privilege PROCESS, it sees the connections of the service's account only.
    """

    def __init__(
        self,
        target: Target,
        log_in: LogIn,
        limit: float,
        progress: Progress,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._log_in = log_in
        self._limit = limit
        self._progress = progress
        self._clock = clock
        self._began = clock()
        self._since: float | None = None
        self._waiters: Sequence[Connection] = ()
        self._phase = ""
        self._shown = ExitStack()

    def __enter__(self) -> LockWatch:
        return self

    def __exit__(self, *_error: object) -> None:
        self._shown.close()

    def look(self) -> None:
        """Look for a wait; LockTimeout if it has lasted too long, after the statements that wait were ended."""
        elapsed = self._clock() - self._began
        if elapsed < QUIET_SECONDS:
            return
        try:
            with self._log_in() as database:
                self._look(database, elapsed)
        except LockTimeout:
            raise
        except GlanceError:
            # A server that does not answer is the trouble of the command, which reports it.
            self._show("")

    def _look(self, database: Database, elapsed: float) -> None:
        connections = database.connections()
        self._waiters = self._waiting(connections, elapsed)
        if not self._waiters:
            self._since = None
            self._show("")
            return
        now = self._clock()
        self._since = now if self._since is None else self._since
        transactions = database.transactions()
        ours = {database.number(), *(one.id for one in self._waiters)}
        holders = possible_holders(connections, ours, transactions, self._target.name)
        self._show(progress_phase(holders))
        if now - self._since >= self._limit:
            self._end(database, describe_holders(holders, transactions, self._target.user))

    def _waiting(self, connections: Sequence[Connection], elapsed: float) -> Sequence[Connection]:
        """Return the connections of the command that wait for a lock.

        Statements of the service wait as well while the command changes the schema.
        """
        ours = [one for one in connections if (one.user, one.database) == (self._target.user, self._target.name)]
        if any(one.changes_schema and not one.is_waiting for one in ours):
            return ()
        # One second more, as the server counts whole seconds.
        found = waiting_connections(connections, self._target.user, self._target.name, elapsed + 1)
        return [one for one in found if one.changes_schema] or found

    def _end(self, database: Database, report: str) -> None:
        waiter = self._waiters[0]
        statement = ""
        for one in self._waiters:
            # The server would go on waiting, keep the service waiting too, and then change the schema unattended.
            if one.changes_schema:
                statement = f" (at {' '.join(one.statement.split()[:STATEMENT_WORDS])})"
                database.kill(one.id)
        raise LockTimeout(
            f"waited {self._limit:g} seconds (`lock_timeout`) for a lock{statement}, and was ended: {waiter.state}. "
            f"{report} Then run this again: what was migrated before stays."
        )

    def _show(self, phase: str) -> None:
        if phase == self._phase:
            return
        self._phase = phase
        self._shown.close()
        if phase:
            self._shown.enter_context(self._progress.during(str(self._target), phase))
