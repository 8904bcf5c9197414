# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to the database of the Image service with the credentials of the service."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ContextManager, Iterator

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import (
    INTERRUPTIONS,
    LOCK_WAIT_TIMEOUT,
    connect,
    error_hint,
    error_message,
    error_number,
    load_driver,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import describe_holders, possible_holders
from ansible_collections.osops.glance.plugins.module_utils._schema.database import LOCK_SECONDS, Database
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target

LOGIN_SECONDS = 10
MAX_LOCK_NAME = 64
# A deployment sets the account, its password, its host, its grants and the database before the service logs in.
UNKNOWN_DATABASE = 1049
REFUSED = frozenset({1044, 1045, UNKNOWN_DATABASE, 1698})
# What to check, by the number of the error of the server or of PyMySQL.
HINTS = {
    1044: "Check that this database exists, and that the account has privileges on it.",
    1045: "Check the password in this file, and that an account for this host exists.",
    1049: "Create the database first.",
    1698: "Check that an account for this host exists, and that it logs in with a password.",
}


class LoginRefused(GlanceError):
    """The server responds, and refuses the configured account, password or database.

    has_database: False if the server reports that the database does not exist.
    """

    def __init__(self, message: str, has_database: bool) -> None:
        super().__init__(message)
        self.has_database = has_database


class Interrupted(GlanceError):
    """The server or the connection ended, or a node of a cluster executes no statements: it may succeed later."""


class DatabaseAccess:
    """Access to the configured database."""

    def __init__(self, target: Target, config_file: str) -> None:
        self.target = target
        self.config_file = config_file

    def log_in(self, seconds: int = LOGIN_SECONDS, lock_seconds: int = LOCK_SECONDS) -> ContextManager[Database]:
        """Open the database; see log_in()."""
        return log_in(self.target, self.config_file, seconds, lock_seconds)

    def exclusive(self, seconds: int) -> ContextManager[None]:
        """Exclude other runs of the module; see migration_lock()."""
        return migration_lock(self.target, self.config_file, seconds)


@contextmanager
def log_in(
    target: Target, config_file: str, seconds: int = LOGIN_SECONDS, lock_seconds: int = LOCK_SECONDS
) -> Iterator[Database]:
    """Open the database with the login of the service; GlanceError for any error.

    LoginRefused for a refused login, Interrupted for an error that does not occur when the server works again.

    config_file: the file with the login, for messages.
    seconds: timeout for a statement.
    lock_seconds: timeout for a lock that a statement needs.
    """
    pymysql = load_driver()
    limits = {"read_timeout": seconds, "init_command": f"SET SESSION lock_wait_timeout = {max(1, lock_seconds)}"}
    try:
        connection = connect(pymysql, LOGIN_SECONDS, **login_arguments(target), **limits)
    except (pymysql.MySQLError, OSError, RuntimeError) as error:
        message = (
            f"Cannot log in to the database {target} as user {target.user!r} with `connection` in section [database] "
            f"of {config_file}: {error_message(error, [target.password])} {error_hint(error, HINTS)}".rstrip()
        )
        if error_number(error) in REFUSED:
            raise LoginRefused(message, has_database=error_number(error) != UNKNOWN_DATABASE) from None
        raise _failure(error, message) from None
    database = Database(connection.cursor())
    try:
        yield database
    except pymysql.MySQLError as error:
        holders = f" {_lock_holders(database, target)}" if error_number(error) == LOCK_WAIT_TIMEOUT else ""
        reason = error_message(error, [target.password])
        message = f"A statement on the database {target} as {target.user!r} failed: {reason}"
        raise _failure(error, f"{message}{holders} {error_hint(error)}".rstrip()) from None
    finally:
        connection.close()


def _failure(error: Exception, message: str) -> GlanceError:
    return Interrupted(message) if error_number(error) in INTERRUPTIONS else GlanceError(message)


def _lock_holders(database: Database, target: Target) -> str:
    """Return sentences on the connections that may hold the lock for which a statement waited."""
    try:
        connections, transactions = database.connections(), database.transactions()
        holders = possible_holders(connections, {database.connection_id()}, transactions, target.name)
    except load_driver().MySQLError:
        return ""
    return describe_holders(holders, transactions, target.user)


@contextmanager
def migration_lock(target: Target, config_file: str, seconds: int) -> Iterator[None]:
    """Exclude runs of the module on other hosts during the block, as long as the server and the connection exist.

    The connection selects no database, so that Database.is_unused() ignores the runs that wait for the lock.
    """
    with log_in(replace(target, name=""), config_file) as server:
        # Lock names are common to all databases of the server.
        name = f"db_sync {target.name}"[:MAX_LOCK_NAME]
        if not server.acquire_lock(name, seconds):
            raise GlanceError(
                f"Another run of this module has been migrating the database {target} for {seconds} seconds, with "
                f"connection {server.lock_holder(name)}. `SHOW PROCESSLIST` on the server displays its statement. Run "
                "this again when it has ended. Nothing was changed."
            )
        yield


def login_arguments(target: Target) -> dict[str, Any]:
    """Return the arguments for PyMySQL, with the options that SQLAlchemy reads from a URL."""
    ssl: dict[str, Any] = {name[4:]: value for name, value in target.options.items() if name.startswith("ssl_")}
    if "check_hostname" in ssl:
        ssl["check_hostname"] = ssl["check_hostname"].lower() in ("1", "true", "yes", "on")
    arguments: dict[str, Any] = {"write_timeout": LOGIN_SECONDS}
    arguments.update(
        {name: target.options[name] for name in ("unix_socket", "read_default_file") if name in target.options}
    )
    arguments.update(
        host=target.host, port=target.port, user=target.user, password=target.password, database=target.name or None
    )
    return {**arguments, "ssl": ssl} if ssl else arguments
