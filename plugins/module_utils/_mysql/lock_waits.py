# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of a MariaDB server that wait for a lock, and those that may hold it.

MariaDB shows the holder of a metadata lock only to the plugin metadata_lock_info, which few servers have. The list of
connections and of open transactions is always there, though an account without the privilege PROCESS sees only its own
connections and no transactions.
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
SHOWN = 4

_WAITS = re.compile(r"Waiting for .*lock")
_DDL = re.compile(r"(?:ALTER|CREATE|DROP|RENAME|TRUNCATE|OPTIMIZE)\b", re.IGNORECASE)
# Threads of the server itself, and of its replicas.
_SERVER_THREADS = re.compile(r"Daemon|Binlog Dump|Slave|Delayed insert")


class Connection(NamedTuple):
    """A connection to the server.

    seconds: how long the connection has been in the current command or, if the command is Sleep, idle.
    statement: the beginning of the statement that is executed. It may contain secrets and is not for messages.
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
    def waits(self) -> bool:
        return bool(_WAITS.match(self.state))

    @property
    def changes_schema(self) -> bool:
        """Whether the statement waits for an exclusive lock, and so keeps all later statements waiting as well."""
        return bool(_DDL.match(self.statement))


def connection_of(row: Iterable[Any]) -> Connection:
    """Return the connection in a row of CONNECTIONS."""
    number, user, host, database, command, seconds, state, statement = row
    return Connection(
        int(number), user or "", host or "", database, command or "", int(seconds or 0), state or "", statement or ""
    )


def waiting(connections: Iterable[Connection], user: str, database: str, seconds: float) -> list[Connection]:
    """Return the connections of an account in a database that began to wait for a lock within the last `seconds`."""
    return [
        one
        for one in connections
        if one.waits and (one.user, one.database) == (user, database) and one.seconds <= seconds
    ]


def possible_holders(
    connections: Iterable[Connection],
    ours: Collection[int],
    transactions: Mapping[int, int] | None,
    database: str | None = None,
) -> list[Connection]:
    """Return the connections that may hold the lock, the most likely one first.

    ours: the connections that wait, and those that look.
    transactions: the age in seconds of each open transaction; None if the account cannot see them.
    database: where the lock is, if it is not one of the whole server.
    """
    others = [
        one for one in connections if one.id not in ours and not one.waits and not _SERVER_THREADS.match(one.command)
    ]
    ages = transactions or {}
    return sorted(
        others,
        key=lambda one: (one.id in ages, ages.get(one.id, 0), one.database == database, one.seconds),
        reverse=True,
    )


def described(holders: Sequence[Connection], transactions: Mapping[int, int] | None, user: str) -> str:
    """Return the sentences on who may hold the lock, and how to end it."""
    if not holders:
        return (
            f"The account {user} sees no other connection that may hold the lock; SHOW FULL PROCESSLIST shows all of "
            "them to an administrator of the database."
        )
    ages = transactions or {}
    shown = [f"{one}{f', transaction open for {ages[one.id]} s' if one.id in ages else ''}" for one in holders[:SHOWN]]
    more = f" and {len(holders) - SHOWN} more" if len(holders) > SHOWN else ""
    limited = f" that {user} can see" if transactions is None else ""
    return (
        f"Connections{limited} that may hold the lock: {'; '.join(shown)}{more}. {_way_out(holders[0], transactions)}"
    )


def _way_out(first: Connection, transactions: Mapping[int, int] | None) -> str:
    if transactions is not None:
        return f"End what it does there, or the connection (KILL {first.id})."
    return (
        "To an administrator of the database, information_schema.INNODB_TRX shows which of them has an open "
        "transaction, and KILL ends it."
    )


def progress_phase(holders: Sequence[Connection]) -> str:
    """Return what the progress line of a play shows while a lock is waited for."""
    if not holders:
        return "waiting for a lock"
    holder = holders[0]
    return f"waiting for a lock, maybe of connection {holder.id} ({holder.user}@{holder.host.partition(':')[0]})"
