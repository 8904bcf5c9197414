# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session of a database administrator: its login, its limits, and messages for its errors."""

from __future__ import annotations

import configparser
import os
from contextlib import contextmanager
from typing import Any, ContextManager, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._core.progress import Progress
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import (
    LOST,
    UNREACHABLE,
    connect,
    driver,
    hash_of,
    hint,
    number_of,
    sent,
    words_of,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import GENERAL_LOG, PRIVATE, UNLOGGED
from ansible_collections.osops.glance.plugins.module_utils._mysql.statement_watch import StatementWatch, holders_seen

Params = Mapping[str, Any]  # the options of the module

# The server ends a wait before PyMySQL gives up.
MARGIN_SECONDS = 10
POLICY = 1819
VAGUE = 1396  # "Operation CREATE USER failed": the cause is among the warnings
ALL_PRIVILEGES = "Check that the administrator has all privileges, with GRANT OPTION"
# What to do, by the number of the error.
ADMINISTRATOR_HINTS = {
    1044: f"{ALL_PRIVILEGES}, on this database.",
    1045: "Check `login_password`. By the socket, the server may trust only the system user of the same name: then the "
    "task needs `become: true`.",
    1115: "Check `encoding`.",
    1142: f"{ALL_PRIVILEGES}, and may read the database mysql.",
    1227: f"{ALL_PRIVILEGES}.",
    1253: "Check that `collation` belongs to `encoding`.",
    1273: "Check `collation`.",
    1290: "The option that the message names forbids this on the server.",
    VAGUE: "SHOW CREATE USER shows the account; if it exists by now, another administrator created it.",
    1449: "If this is the account mariadb.sys, mariadb-upgrade restores it.",
    1698: "This administrator may log in by the socket only, as the system user of the same name: check "
    "`login_unix_socket`, and that the task has `become: true`.",
    POLICY: "Check `password` (glance_database_password in the role glance_database), or the server's variables of "
    "that plugin.",
    1969: "`timeout` limits what a statement may take.",
    1836: "Use the address of the primary server.",
}
SOCKET_HINT = "Check that the server runs on this host, and that this is its socket."


class Session:
    """The session of a database administrator; GlanceError for each error, with its cause.

    warnings: what the operator should know about statements that succeeded.
    """

    def __init__(self, params: Params) -> None:
        self.where = place_of(params)
        self.warnings: list[str] = []
        self.progress = Progress(lambda _text: None)
        # PyMySQL has the number of an unreachable server for a socket too, where there is no port and no address.
        self._hints = {**ADMINISTRATOR_HINTS, **({UNREACHABLE: SOCKET_HINT} if params["login_unix_socket"] else {})}
        self._secrets = secrets_of(params)
        self._params = params
        self._driver = driver()
        self._is_private = False
        self._connection = self._logged_in()

    def rows(self, sql: str, arguments: tuple[Any, ...] = (), *, about: str = "the server") -> list[dict[str, Any]]:
        """Return what a statement selects."""
        return self._run(f"Could not read {about} at {self.where}", sql, arguments)

    def carry_out(self, step: Step) -> None:
        arguments = step.arguments or {}
        if arguments.get("has_password"):
            self._keep_private()
        with self._encoding(arguments.get("has_password")):
            self._carry_out(step, arguments["statements"], arguments.get("undo", ()))

    def _carry_out(self, step: Step, statements: Any, undo: Any) -> None:
        attempt = f"Could not {step.action} the {step.resource} on the server at {self.where}"
        for number, (sql, arguments) in enumerate(statements):
            try:
                self._run(attempt, sql, arguments)
            except GlanceError as error:
                for undo_sql, undo_arguments in undo if number else ():
                    self._run(f"{error} Nor could the first part of it be undone", undo_sql, undo_arguments)
                raise

    def _logged_in(self) -> Any:
        params = self._params
        attempt = f"Cannot log in to the server at {self.where}"
        attempt += f" as {params['login_user']!r}" if params["login_user"] else ""
        try:
            return connect(self._driver, params["connect_timeout"], **self._arguments())
        except (self._driver.MySQLError, OSError, RuntimeError) as error:
            raise GlanceError(
                f"{attempt}: {words_of(error, self._secrets)} {hint(error, self._hints)}".rstrip()
            ) from None
        except configparser.Error as error:
            raise GlanceError(f"Cannot read {params['config_file']}: {error.message}") from None

    def _arguments(self) -> dict[str, Any]:
        params = self._params
        arguments = {
            "host": params["login_host"],
            "port": params["login_port"],
            "unix_socket": params["login_unix_socket"],
            "user": params["login_user"],
            "password": params["login_password"] or "",
            "ssl": {"ca": params["login_ca_cert"]} if params["login_ca_cert"] else None,
            "read_default_file": params["config_file"] if os.path.exists(params["config_file"]) else None,
        }
        seconds = params["timeout"] + MARGIN_SECONDS
        lock_seconds = params["lock_timeout"] + MARGIN_SECONDS
        return {
            **{name: value for name, value in arguments.items() if value is not None},
            "read_timeout": seconds,
            "write_timeout": seconds,
            "charset": "utf8mb4",
            "autocommit": True,
            # With no mode, names stand in backticks and strings in quotes, whatever mode the server is in.
            "sql_mode": "",
            "init_command": f"SET SESSION lock_wait_timeout = {lock_seconds}, max_statement_time = {params['timeout']}",
            "cursorclass": self._driver.cursors.DictCursor,
        }

    # Statements -------------------------------------------------------------------------------------------------------

    def _run(self, attempt: str, sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        limit = self._params["lock_timeout"]
        watch = StatementWatch(self._logged_in, int(self._connection.thread_id()), limit, self._displayed)
        try:
            with watch:
                return self._execute(sql, arguments)
        except (self._driver.MySQLError, OSError, UnicodeError) as error:
            if not watch.report:
                raise self._failure(attempt, error) from None
        raise GlanceError(f"{attempt}: it waited {limit} seconds (`lock_timeout`) for a lock: {watch.report}")

    def _execute(self, sql: str, arguments: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())

    def _displayed(self, phase: str) -> ContextManager[None]:
        return self.progress.during(f"database {self._params['name']}", phase)

    def holders(self) -> str:
        """Return the sentences on who may hold a lock that another program waits for; empty if that cannot be seen."""
        try:
            return holders_seen(self._connection, self._params["login_user"] or "")
        except (self._driver.MySQLError, OSError):
            return ""

    def _optional(self, sql: str) -> list[dict[str, Any]] | None:
        """Return what a statement selects; None if the account may not read it."""
        try:
            return self._execute(sql)
        except (self._driver.MySQLError, OSError):
            return None

    def _failure(self, attempt: str, error: Exception) -> GlanceError:
        number, words = number_of(error), words_of(error, self._secrets).rstrip(".")
        if number in LOST:
            limit = self._params["timeout"] + MARGIN_SECONDS
            why = (
                f"the server did not answer within {limit} seconds"
                if "timed out" in words
                else "the connection was lost"
            )
            return GlanceError(
                f"{attempt}: {why} ({words}). What was done until then stays. Check that the server runs, and run this "
                "again."
            )
        reasons = self._reasons(number)
        cause = f"{words}: {'; '.join(reasons)}" if reasons else words
        return GlanceError(
            f"{attempt}: {cause}. {'' if reasons and number == VAGUE else hint(error, self._hints)}".rstrip()
        )

    def _reasons(self, number: int | None) -> list[str]:
        """Return what the server reported before an error that does not give the cause."""
        if number not in (POLICY, VAGUE):
            return []
        reported = [
            row for row in self._optional("SHOW WARNINGS") or () if row.get("Code") != number or number == POLICY
        ]
        reasons = [words_of(Exception(row.get("Message", "")), self._secrets).rstrip(".") for row in reported]
        # A refused password brings the general message, and one that names what the policy requires.
        return [one for one in dict.fromkeys(reasons) if not one.startswith(("Your password does not", "Operation "))]

    # Passwords as text ------------------------------------------------------------------------------------------------

    def _keep_private(self) -> None:
        """Keep the statements of this session out of the server's logs, as far as the administrator may."""
        if self._is_private:
            return
        self._is_private = True
        for sql in PRIVATE:
            self._run(f"Could not set up the session at {self.where}", sql, ())
        if self._optional(UNLOGGED) is None and any(row["is_on"] for row in self._optional(GENERAL_LOG) or ()):
            self.warnings.append(
                f"The server at {self.where} checks passwords, and so got the password as text. Its general log is on, "
                "and has the password: to exclude a session from that log, the administrator needs the privilege SUPER."
            )
        if not self._params["login_unix_socket"] and not self._params["login_ca_cert"]:
            self.warnings.append(
                f"The server at {self.where} checks passwords, and so got the password as text, over a connection "
                "without TLS. Set `login_ca_cert` if the network is not trusted."
            )

    @contextmanager
    def _encoding(self, password: str | None) -> Iterator[None]:
        """Send a password that is not ASCII in the encoding in which the services send it when they log in."""
        if not password or password.isascii():
            yield
            return
        self._connection.set_charset("latin1")
        try:
            yield
        finally:
            self._connection.set_charset("utf8mb4")


def place_of(params: Params) -> str:
    """Return where the server is, for a person."""
    if params["login_unix_socket"]:
        return str(params["login_unix_socket"])
    return f"{params['login_host'] or 'localhost'}:{params['login_port']}"


def secrets_of(params: Params) -> list[str]:
    """Return what no message may show; GlanceError where the administrator's password cannot be sent."""
    try:
        sent(params["login_password"] or "")
    except GlanceError as error:
        raise GlanceError(f"`login_password` {error}.") from None
    hashes = [hash_of(params["password"])] if params["password"] else []
    return [*hashes, params["password"] or "", params["login_password"] or ""]
