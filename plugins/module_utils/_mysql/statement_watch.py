# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Monitor a statement of the administrator for lock waits.

lock_wait_timeout is not sufficient: MariaDB 10.11 ignores it if CREATE USER or GRANT waits for FLUSH TABLES WITH READ
LOCK.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import Any, Callable, ContextManager

from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import (
    CONNECTIONS,
    TRANSACTIONS,
    describe_holders,
    parse_connection,
    possible_holders,
    progress_phase,
)

GRACE_SECONDS = 3.0  # nearly all statements end within this time and are not monitored
POLL_SECONDS = 1.0
JOIN_SECONDS = 1.0
PRIVILEGE_REQUIRED = 1227


class StatementWatch:
    """Monitor a statement from a second connection, in a thread.

    report: why the statement was ended, with the connections that may hold the lock; empty if it was not ended.
    """

    def __init__(
        self, log_in: Callable[[], Any], number: int, limit: float, display: Callable[[str], ContextManager[None]]
    ) -> None:
        """Prepare to monitor a connection.

        number: of the connection.
        limit: seconds that a statement may wait for a lock.
        display: displays a phase during its context.
        """
        self.report = ""
        self._log_in = log_in
        self._number = number
        self._limit = limit
        self._display = display
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._waiting_since: float | None = None
        self._phase = ""
        self._displayed = ExitStack()

    def __enter__(self) -> StatementWatch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join(JOIN_SECONDS)

    def _watch(self) -> None:
        if self._ended.wait(GRACE_SECONDS):
            return
        try:
            connection = self._log_in()
            with self._displayed:
                while not self._ended.wait(POLL_SECONDS):
                    self._check(connection)
            connection.close()
        except Exception:
            # If the server does not respond, the statement fails and reports it.
            return

    def _check(self, connection: Any) -> None:
        connections = [parse_connection(row) for row in select_rows(connection, CONNECTIONS)]
        monitored = next((one for one in connections if one.id == self._number), None)
        if monitored is None or not monitored.is_waiting:
            self._waiting_since = None
            self._set_phase("")
            return
        self._waiting_since = self._waiting_since or time.monotonic()
        transactions = read_transactions(connection)
        holders = possible_holders(connections, {self._number, int(connection.thread_id())}, transactions)
        self._set_phase(progress_phase(holders))
        if time.monotonic() - self._waiting_since >= self._limit:
            self.report = f"{monitored.state}. {describe_holders(holders, transactions, monitored.user)}"
            self._ended.set()
            select_rows(connection, f"KILL QUERY {self._number:d}")

    def _set_phase(self, phase: str) -> None:
        if phase != self._phase:
            self._phase = phase
            self._displayed.close()
            if phase:
                self._displayed.enter_context(self._display(phase))


def select_rows(connection: Any, sql: str) -> list[list[Any]]:
    """Return the rows of a statement on a connection whose cursors return dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(sql, ())
        return [list(row.values()) for row in cursor.fetchall()]


def read_transactions(connection: Any) -> dict[int, int] | None:
    """Return the age in seconds of each open transaction, by connection; None if the account cannot see them."""
    try:
        return {int(number): int(age or 0) for number, age in select_rows(connection, TRANSACTIONS)}
    except Exception as error:
        if getattr(error, "args", ()) and error.args[0] == PRIVILEGE_REQUIRED:  # PROCESS
            return None
        raise


def describe_current_holders(connection: Any, user: str) -> str:
    """Return sentences on the connections that may hold a lock for which another program waits."""
    transactions = read_transactions(connection)
    connections = [parse_connection(row) for row in select_rows(connection, CONNECTIONS)]
    holders = possible_holders(connections, {int(connection.thread_id())}, transactions)
    return describe_holders(holders, transactions, user)
