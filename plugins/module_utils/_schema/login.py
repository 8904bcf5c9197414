# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Image service's database on MySQL or MariaDB, logged in to as the service does."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Iterator

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import (
    LOCK_WAIT_TIMEOUT,
    connect,
    error_hint,
    error_number,
    load_driver,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import (
    CONNECTIONS,
    TRANSACTIONS,
    Connection,
    describe_holders,
    parse_connection,
    possible_holders,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import KINDS, NAMESPACES, found_in
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import Leftover, State, Target

LOGIN_SECONDS = 10
# The server waits so long for a lock before it answers; less than what PyMySQL waits for an answer.
LOCK_SECONDS = 5
# What a deployment sets before the service logs in: the account, its password, its host, its grants, the database.
UNKNOWN_DATABASE = 1049
REFUSED = frozenset({1044, 1045, UNKNOWN_DATABASE, 1698})
# What to check in the configuration, by the number of the error of the server or of PyMySQL.
HINTS = {
    1044: "Check that this database exists, and that the account has privileges on it.",
    1045: "Check the password there, and that there is an account for this host.",
    1049: "Create the database first.",
    1698: "Check that there is an account for this host, and that it logs in with a password.",
}


class LoginRefused(GlanceError):
    """The server answers, and refuses what the configuration has: the account, the password or the database.

    has_database: False if the server reports that the database does not exist.
    """

    def __init__(self, message: str, has_database: bool) -> None:
        super().__init__(message)
        self.has_database = has_database


class Database:
    """A MySQL or MariaDB database that is logged in to."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def rows(self, sql: str, *values: Any) -> list[Any]:
        self.cursor.execute(sql, values or None)
        return list(self.cursor.fetchall())

    def column(self, sql: str, *values: Any) -> list[str]:
        """Return the first column of what a statement selects."""
        return [str(row[0]) for row in self.rows(sql, *values)]

    def state(self) -> State:
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
        return State(tuple(revisions), tables, found_in(self.rows(NAMESPACES), rows))

    def is_unused(self) -> bool:
        """Say whether no table but the one with the revision holds a row, and nobody else is connected."""
        others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        tables = [table for table in self.column("SHOW TABLES") if not table.endswith("_version")]
        return not self.column(others) and not any(self.column(f"SELECT 1 FROM `{table}` LIMIT 1") for table in tables)

    def drop_tables(self) -> None:
        self.cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for table in self.column("SHOW TABLES"):
            self.cursor.execute(f"DROP TABLE `{table}`")

    def number(self) -> int:
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
        """End a connection of the same account, if it is still there."""
        with suppress(load_driver().MySQLError):
            self.cursor.execute(f"KILL {number:d}")

    def lock(self, name: str, seconds: float) -> bool:
        """Take the lock of this name until the connection ends; False if somebody else has had it for so long.

        A server that cannot lock answers NULL, and keeps nobody out.
        """
        end = time.monotonic() + seconds
        while self.column("SELECT GET_LOCK(%s, %s)", name, min(LOCK_SECONDS, seconds)) == ["0"]:
            if time.monotonic() >= end:
                return False
        return True

    def lock_holder(self, name: str) -> str:
        """Return the number of the connection that has the lock of this name."""
        return self.column("SELECT IS_USED_LOCK(%s)", name)[0]

    def take_back(self, leftover: Leftover) -> bool:
        """Remove what an interrupted migration added, and say whether it is gone; not where there is data in it."""
        kind, table, name = leftover
        if kind == "table" and not self.rows(f"SELECT 1 FROM `{table}` LIMIT 1"):
            self.cursor.execute(f"DROP TABLE `{table}`")
            return True
        if kind == "index" and self.rows(f"SHOW INDEX FROM `{table}` WHERE Key_name = %s", name):
            self.cursor.execute(f"DROP INDEX `{name}` ON `{table}`")
        if kind == "column" and self.rows(f"SHOW COLUMNS FROM `{table}` WHERE Field = %s", name):
            if self.rows(f"SELECT 1 FROM `{table}` WHERE NOT (`{name}` <=> DEFAULT(`{name}`)) LIMIT 1"):
                return False
            self.cursor.execute(f"ALTER TABLE `{table}` DROP COLUMN `{name}`")
        return kind != "table"


@contextmanager
def log_in(
    target: Target, config_file: str, seconds: int = LOGIN_SECONDS, lock_seconds: int = LOCK_SECONDS
) -> Iterator[Database]:
    """Open the database with the login of the service; GlanceError for each error, LoginRefused for a wrong login.

    seconds: how long a statement may take.
    lock_seconds: how long a statement may wait for a lock.
    """
    pymysql = load_driver()
    more = {"read_timeout": seconds, "init_command": f"SET SESSION lock_wait_timeout = {max(1, lock_seconds)}"}
    try:
        connection = connect(pymysql, LOGIN_SECONDS, **login_arguments(target), **more)
    except (pymysql.MySQLError, OSError, RuntimeError) as error:
        message = (
            f"Cannot log in to the database {target} as user {target.user!r}, with what `connection` in section "
            f"[database] of {config_file} says: {reason(error, target)} {error_hint(error, HINTS)}".rstrip()
        )
        if error_number(error) in REFUSED:
            raise LoginRefused(message, has_database=error_number(error) != UNKNOWN_DATABASE) from None
        raise GlanceError(message) from None
    database = Database(connection.cursor())
    try:
        yield database
    except pymysql.MySQLError as error:
        holders = f" {_holders(database, target)}" if error_number(error) == LOCK_WAIT_TIMEOUT else ""
        raise GlanceError(
            f"Cannot work in the database {target} as {target.user!r}: {reason(error, target)}{holders}"
        ) from None
    finally:
        connection.close()


def _holders(database: Database, target: Target) -> str:
    """Return the sentences on who may hold the lock that a statement waited for."""
    try:
        connections, transactions = database.connections(), database.transactions()
        holders = possible_holders(connections, {database.number()}, transactions, target.name)
    except load_driver().MySQLError:
        return ""
    return describe_holders(holders, transactions, target.user)


@contextmanager
def locked(target: Target, config_file: str, seconds: int) -> Iterator[None]:
    """Keep the other controllers out, as long as the server and the connection live.

    The connection is in no database: who looks whether anybody is at work in it does not find those who wait.
    """
    with log_in(replace(target, name=""), config_file) as server:
        # A lock has a name of 64 characters at most, and is the same for all databases of the server.
        name = f"db_sync {target.name}"[:64]
        if not server.lock(name, seconds):
            raise GlanceError(
                f"Another run of this module has been at work on the database {target} for {seconds} seconds, by "
                f"connection {server.lock_holder(name)}. `SHOW PROCESSLIST` there shows what it does. Run this again "
                "when it has ended. Nothing was changed."
            )
        yield


def login_arguments(target: Target) -> dict[str, Any]:
    """Return what PyMySQL is told, with the options that SQLAlchemy takes from a URL."""
    ssl = {name[4:]: value for name, value in target.options.items() if name.startswith("ssl_")}
    if "check_hostname" in ssl:
        ssl["check_hostname"] = ssl["check_hostname"].lower() in ("1", "true", "yes", "on")  # type: ignore[assignment]
    arguments: dict[str, Any] = {"write_timeout": LOGIN_SECONDS}
    arguments.update(
        {name: target.options[name] for name in ("unix_socket", "read_default_file") if name in target.options}
    )
    arguments.update(
        host=target.host, port=target.port, user=target.user, password=target.password, database=target.name or None
    )
    return {**arguments, "ssl": ssl} if ssl else arguments


def reason(error: Exception, target: Target) -> str:
    told = str(error.args[-1] if error.args else type(error).__name__)
    return redact(told, [target.password]).rstrip(".") + "."
