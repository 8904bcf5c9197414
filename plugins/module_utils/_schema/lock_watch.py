# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Monitor glance-manage for lock waits."""

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
from ansible_collections.osops.glance.plugins.module_utils._schema.database import Database
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target

GRACE_SECONDS = 2  # nearly all commands end within this time and are not monitored
STATEMENT_WORDS = 3  # "ALTER TABLE images": the first words of a statement contain no values

LogIn = Callable[[], ContextManager[Database]]


class LockTimeout(GlanceError):
    """A command exceeded the timeout for a lock."""


class LockWatch:
    """Monitor a command that works in the database, from a separate connection.

    The connection uses the account of the service. Without the privilege PROCESS, it sees only the connections of this
    account.
    """

    def __init__(
        self,
        target: Target,
        log_in: LogIn,
        limit: float,
        progress: Progress,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start to monitor the command.

        limit: seconds that the command may wait for a lock.
        progress: displays the wait.
        """
        self._target = target
        self._log_in = log_in
        self._limit = limit
        self._progress = progress
        self._clock = clock
        self._start = clock()
        self._waiting_since: float | None = None
        self._waiting: Sequence[Connection] = ()
        self._phase = ""
        self._displayed = ExitStack()

    def __enter__(self) -> LockWatch:
        return self

    def __exit__(self, *_error: object) -> None:
        self._displayed.close()

    def check(self) -> None:
        """Check whether the command waits; LockTimeout, after its statements were ended, if it waits too long."""
        elapsed = self._clock() - self._start
        if elapsed < GRACE_SECONDS:
            return
        try:
            with self._log_in() as database:
                self._check(database, elapsed)
        except LockTimeout:
            raise
        except GlanceError:
            # If the server does not respond, the command fails and reports it.
            self._display("")

    def _check(self, database: Database, elapsed: float) -> None:
        connections = database.connections()
        self._waiting = self._waiting_connections(connections, elapsed)
        if not self._waiting:
            self._waiting_since = None
            self._display("")
            return
        now = self._clock()
        self._waiting_since = now if self._waiting_since is None else self._waiting_since
        transactions = database.transactions()
        excluded = {database.connection_id(), *(one.id for one in self._waiting)}
        holders = possible_holders(connections, excluded, transactions, self._target.name)
        self._display(progress_phase(holders))
        if now - self._waiting_since >= self._limit:
            self._end(database, describe_holders(holders, transactions, self._target.user))

    def _waiting_connections(self, connections: Sequence[Connection], elapsed: float) -> Sequence[Connection]:
        """Return the connections of the command that wait for a lock.

        Statements of the service wait as well while the command changes the schema.
        """
        account = [one for one in connections if (one.user, one.database) == (self._target.user, self._target.name)]
        if any(one.changes_schema and not one.is_waiting for one in account):
            return ()
        # One second is added, since the server counts whole seconds.
        waiting = waiting_connections(connections, self._target.user, self._target.name, elapsed + 1)
        return [one for one in waiting if one.changes_schema] or waiting

    def _end(self, database: Database, report: str) -> None:
        statement = ""
        for connection in self._waiting:
            # Otherwise the server would continue to wait, block the service, and then change the schema unattended.
            if connection.changes_schema:
                statement = f" (at {' '.join(connection.statement.split()[:STATEMENT_WORDS])})"
                database.kill(connection.id)
        raise LockTimeout(
            f"waited {self._limit:g} seconds (`lock_timeout`) for a lock{statement}, and was ended: "
            f"{self._waiting[0].state}. {report} Then run this again: completed migrations are kept."
        )

    def _display(self, phase: str) -> None:
        if phase == self._phase:
            return
        self._phase = phase
        self._displayed.close()
        if phase:
            self._displayed.enter_context(self._progress.during(str(self._target), phase))
