# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries and statements on the database of the Image service, on MySQL or MariaDB."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import load_driver
from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import (
    CONNECTIONS,
    TRANSACTIONS,
    Connection,
    parse_connection,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import KINDS, NAMESPACES, parse_rows
from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover, State

# The tables with foreign keys to a table.
REFERENCING = (
    "SELECT DISTINCT TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE "
    "WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = %s"
)
# The server waits this long for a lock before it responds; shorter than the read timeout of PyMySQL.
LOCK_SECONDS = 5


class Database:
    """A MySQL or MariaDB database with an open connection."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Return the rows of a query."""
        self.cursor.execute(sql, values or None)
        return list(self.cursor.fetchall())

    def column(self, sql: str, *values: Any) -> list[str]:
        """Return the first column of the rows of a query."""
        return [str(row[0]) for row in self.rows(sql, *values)]

    # Schema -----------------------------------------------------------------------------------------------------------

    def read_state(self) -> State:
        """Return the revisions, the tables and the metadata definitions."""
        tables = frozenset(self.column("SHOW TABLES"))
        revisions: list[str] = []
        if "alembic_version" in tables:
            revisions = self.column("SELECT version_num FROM alembic_version ORDER BY version_num")
        elif "migrate_version" in tables:
            revisions = self.column("SELECT version FROM migrate_version WHERE version > 0")
        # Icehouse has no metadata definitions, and those of Juno have no tags.
        if "metadef_namespaces" not in tables:
            return State(tuple(revisions), tables, {})
        kinds = {kind: sql for kind, sql in KINDS.items() if kind != "tag" or "metadef_tags" in tables}
        rows = {kind: self.rows(sql) for kind, sql in kinds.items()}
        return State(tuple(revisions), tables, parse_rows(self.rows(NAMESPACES), rows))

    def wait_for_other_nodes(self) -> None:
        """Let the queries of this connection wait for the changes of the other nodes, if the server is in a cluster.

        A node applies the changes of another one with a delay. Without the wait, a query through a load balancer can
        return the state before a change that was made through it.
        """
        if self.rows("SHOW VARIABLES LIKE 'wsrep_on'") == [("wsrep_on", "ON")]:
            self.cursor.execute("SET SESSION wsrep_sync_wait = 1")

    def is_unused(self) -> bool:
        """Return whether all tables except the one with the revision are empty, and no other connection exists."""
        others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        tables = [table for table in self.column("SHOW TABLES") if not table.endswith("_version")]
        return not self.column(others) and not any(self.column(f"SELECT 1 FROM `{table}` LIMIT 1") for table in tables)

    def drop_tables(self) -> None:
        """Drop all tables."""
        self.cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for table in self.column("SHOW TABLES"):
            self.cursor.execute(f"DROP TABLE `{table}`")

    def remove_leftover(self, leftover: Leftover) -> bool:
        """Remove an object that an interrupted migration added, unless it contains data.

        Return whether the object does not exist any more.
        """
        kind, table, name = leftover
        if kind == "table":
            return self._drop_empty(table)
        if kind == "index" and self.rows(f"SHOW INDEX FROM `{table}` WHERE Key_name = %s", name):
            self.cursor.execute(f"DROP INDEX `{name}` ON `{table}`")
        if kind == "column" and self.rows(f"SHOW COLUMNS FROM `{table}` WHERE Field = %s", name):
            if self.rows(f"SELECT 1 FROM `{table}` WHERE NOT (`{name}` <=> DEFAULT(`{name}`)) LIMIT 1"):
                return False
            self.cursor.execute(f"ALTER TABLE `{table}` DROP COLUMN `{name}`")
        return True

    def _drop_empty(self, table: str) -> bool:
        """Drop a table and those with foreign keys to it, unless one contains data; return whether they were dropped.

        The tables with foreign keys to the table of an interrupted migration were created by that migration, too.
        """
        tables = [table]
        for each in tables:
            tables += [other for other in self.column(REFERENCING, each) if other not in tables]
        if any(self.rows(f"SELECT 1 FROM `{each}` LIMIT 1") for each in tables):
            return False
        self.cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for each in tables:
            self.cursor.execute(f"DROP TABLE `{each}`")
        self.cursor.execute("SET FOREIGN_KEY_CHECKS = 1")
        return True

    # Connections and locks --------------------------------------------------------------------------------------------

    def connection_id(self) -> int:
        """Return the number of this connection."""
        return int(self.column("SELECT CONNECTION_ID()")[0])

    def connections(self) -> list[Connection]:
        """Return the connections that the account can see."""
        return [parse_connection(row) for row in self.rows(CONNECTIONS)]

    def transactions(self) -> dict[int, int] | None:
        """Return the age in seconds of each open transaction, by connection; None if the account cannot see them."""
        try:
            return {int(number): int(age or 0) for number, age in self.rows(TRANSACTIONS)}
        except load_driver().MySQLError:
            return None

    def kill(self, number: int) -> None:
        """End a connection of the same account, if it exists."""
        with suppress(load_driver().MySQLError):
            self.cursor.execute(f"KILL {number:d}")

    def acquire_lock(self, name: str, seconds: float) -> bool:
        """Acquire a named lock until the connection ends; return False if this takes longer than `seconds`.

        A server that does not support such locks returns NULL, and no other run is excluded.
        """
        end = time.monotonic() + seconds
        while self.column("SELECT GET_LOCK(%s, %s)", name, min(LOCK_SECONDS, seconds)) == ["0"]:
            if time.monotonic() >= end:
                return False
        return True

    def lock_holder(self, name: str) -> str:
        """Return the number of the connection that holds a named lock."""
        return self.column("SELECT IS_USED_LOCK(%s)", name)[0]
