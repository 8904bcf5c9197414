# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the connections of a MariaDB server that wait for a lock, and those that may hold it.

MariaDB displays the holder of a metadata lock only with the plugin metadata_lock_info, which few servers have. The
lists of connections and of open transactions are always available. An account without the privilege PROCESS sees only
its own connections, and no transactions.
"""

from __future__ import annotations

import re
from typing import Any, Collection, Iterable, Mapping, NamedTuple, Sequence

CONNECTIONS = (
    "SELECT ID, USER, HOST, DB, COMMAND, TIME, STATE, LEFT(LTRIM(INFO), 60) FROM information_schema.PROCESSLIST"
)
TRANSACTIONS = (
    "SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW()) FROM information_schema.INNODB_TRX"
)
MAX_HOLDERS = 4  # in a message

_LOCK_WAIT = re.compile(r"Waiting for .*lock")
_DDL = re.compile(r"(?:ALTER|CREATE|DROP|RENAME|TRUNCATE|OPTIMIZE)\b", re.IGNORECASE)
# Commands of the server's own threads, and of its replicas.
_SERVER_THREADS = re.compile(r"Daemon|Binlog Dump|Slave|Delayed insert")


class Connection(NamedTuple):
    """A connection to the server.

    seconds: how long the connection has been in the current command or, if the command is Sleep, idle.
    statement: the beginning of the current statement. It may contain secrets and must not appear in messages.
    """

    id: int
    user: str
    host: str
    database: str | None
    command: str
    seconds: int
    state: str
    statement: str

    def __str__(self) -> str:
        return f"connection {self.id} of {self.user}@{self.host} ({self.command} for {self.seconds} s)"

    @property
    def is_waiting(self) -> bool:
        """Whether the connection waits for a lock."""
        return bool(_LOCK_WAIT.match(self.state))

    @property
    def changes_schema(self) -> bool:
        """Whether the statement requires an exclusive lock; all later statements on the table wait for it as well."""
        return bool(_DDL.match(self.statement))


def parse_connection(row: Iterable[Any]) -> Connection:
    """Return the connection in a row of CONNECTIONS."""
    number, user, host, database, command, seconds, state, statement = row
    return Connection(
        int(number), user or "", host or "", database, command or "", int(seconds or 0), state or "", statement or ""
    )


def waiting_connections(
    connections: Iterable[Connection], user: str, database: str, seconds: float
) -> list[Connection]:
    """Return the connections of an account in a database that started to wait within the last `seconds`."""
    return [
        connection
        for connection in connections
        if connection.is_waiting
        and (connection.user, connection.database) == (user, database)
        and connection.seconds <= seconds
    ]


def possible_holders(
    connections: Iterable[Connection],
    excluded: Collection[int],
    transactions: Mapping[int, int] | None,
    database: str | None = None,
) -> list[Connection]:
    """Return the connections that may hold the lock, the most likely one first.

    excluded: the numbers of the connections that wait, and of those that monitor them.
    transactions: the age in seconds of each open transaction; None if the account cannot see them.
    database: the database of the lock; None for a lock on the whole server.
    """
    candidates = [
        connection
        for connection in connections
        if connection.id not in excluded and not connection.is_waiting and not _SERVER_THREADS.match(connection.command)
    ]
    ages = transactions or {}
    return sorted(
        candidates,
        key=lambda one: (one.id in ages, ages.get(one.id, 0), one.database == database, one.seconds),
        reverse=True,
    )


def describe_holders(holders: Sequence[Connection], transactions: Mapping[int, int] | None, user: str) -> str:
    """Return sentences on the connections that may hold the lock, and how to end them.

    user: the account that lists the connections.
    """
    if not holders:
        return (
            f"The account {user} sees no other connection that may hold the lock; SHOW FULL PROCESSLIST displays all "
            "connections to an administrator of the database."
        )
    ages = transactions or {}
    listed = [
        f"{one}{f', transaction open for {ages[one.id]} s' if one.id in ages else ''}" for one in holders[:MAX_HOLDERS]
    ]
    more = f" and {len(holders) - MAX_HOLDERS} more" if len(holders) > MAX_HOLDERS else ""
    visible = f" and are visible to {user}" if transactions is None else ""
    return (
        f"Connections that may hold the lock{visible}: {'; '.join(listed)}{more}. {_remedy(holders[0], transactions)}"
    )


def _remedy(first: Connection, transactions: Mapping[int, int] | None) -> str:
    if transactions is not None:
        return f"End its transaction or statement, or the connection (KILL {first.id})."
    return (
        "For an administrator of the database, information_schema.INNODB_TRX lists the connections with an open "
        "transaction, and KILL ends a connection."
    )


def progress_phase(holders: Sequence[Connection]) -> str:
    """Return the text for the progress line of a play during the wait for a lock."""
    if not holders:
        return "waiting for a lock"
    holder = holders[0]
    return f"waiting for a lock, maybe of connection {holder.id} ({holder.user}@{holder.host.partition(':')[0]})"
