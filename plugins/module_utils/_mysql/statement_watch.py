# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A watch over a statement of the administrator: whether it waits for a lock, and for whose.

lock_wait_timeout is not enough: MariaDB 10.11 ignores it if CREATE USER or GRANT waits for FLUSH TABLES WITH READ LOCK.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import Any, Callable, ContextManager

from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import (
    CONNECTIONS,
    TRANSACTIONS,
    connection_of,
    described,
    possible_holders,
    progress_phase,
)

QUIET_SECONDS = 3.0  # nearly all statements end before, and are not watched
LOOK_SECONDS = 1.0
JOIN_SECONDS = 1.0


class StatementWatch:
    """A watch from a second connection, in a thread.

    report: why the statement was ended, with the connections that may hold the lock; empty if it was not ended.
    """

    def __init__(
        self, log_in: Callable[[], Any], number: int, limit: float, show: Callable[[str], ContextManager[None]]
    ) -> None:
        """Prepare to watch the connection `number`; show() displays a phase while its context lasts."""
        self.report = ""
        self._log_in = log_in
        self._number = number
        self._limit = limit
        self._show = show
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._since: float | None = None
        self._phase = ""
        self._shown = ExitStack()

    def __enter__(self) -> StatementWatch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join(JOIN_SECONDS)

    def _watch(self) -> None:
        if self._ended.wait(QUIET_SECONDS):
            return
        try:
            connection = self._log_in()
            with self._shown:
                while not self._ended.wait(LOOK_SECONDS):
                    self._look(connection)
            connection.close()
        except Exception:
            # A server that does not answer is the trouble of the statement, which reports it.
            return

    def _look(self, connection: Any) -> None:
        connections = [connection_of(row) for row in selected(connection, CONNECTIONS)]
        ours = next((one for one in connections if one.id == self._number), None)
        if ours is None or not ours.waits:
            self._since = None
            self._display("")
            return
        self._since = self._since or time.monotonic()
        transactions = transactions_of(connection)
        holders = possible_holders(connections, {self._number, int(connection.thread_id())}, transactions)
        self._display(progress_phase(holders))
        if time.monotonic() - self._since >= self._limit:
            self.report = f"{ours.state}. {described(holders, transactions, ours.user)}"
            self._ended.set()
            selected(connection, f"KILL QUERY {self._number:d}")

    def _display(self, phase: str) -> None:
        if phase != self._phase:
            self._phase = phase
            self._shown.close()
            if phase:
                self._shown.enter_context(self._show(phase))


def selected(connection: Any, sql: str) -> list[list[Any]]:
    """Return the rows of a statement on a connection whose cursors return dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(sql, ())
        return [list(row.values()) for row in cursor.fetchall()]


def transactions_of(connection: Any) -> dict[int, int] | None:
    """Return the age in seconds of each open transaction, by connection; None if the account cannot see them."""
    try:
        return {int(number): int(age or 0) for number, age in selected(connection, TRANSACTIONS)}
    except Exception as error:
        if getattr(error, "args", ()) and error.args[0] == 1227:  # needs the privilege PROCESS
            return None
        raise


def holders_seen(connection: Any, user: str) -> str:
    """Return the sentences on who may hold a lock that another program waits for."""
    transactions = transactions_of(connection)
    connections = [connection_of(row) for row in selected(connection, CONNECTIONS)]
    return described(possible_holders(connections, {int(connection.thread_id())}, transactions), transactions, user)
