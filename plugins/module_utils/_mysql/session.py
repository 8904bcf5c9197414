# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run statements as a database administrator, with limits for locks and responses."""

from __future__ import annotations

import configparser
import os
import time
from typing import Any, ContextManager, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._core.progress import Progress
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import (
    REFUSED_BY_NODE,
    connect,
    error_number,
    load_driver,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import encode_password, native_password_hash
from ansible_collections.osops.glance.plugins.module_utils._mysql.session_errors import ErrorMessages, has_reasons
from ansible_collections.osops.glance.plugins.module_utils._mysql.statement_watch import (
    StatementWatch,
    describe_current_holders,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.text_passwords import TextPasswords

Params = Mapping[str, Any]  # the options of the module

# The server ends a wait before PyMySQL closes the connection.
MARGIN_SECONDS = 10
# Between two attempts to execute a statement on a node of a cluster.
POLL_SECONDS = 1.0


class Session:
    """The session of a database administrator. Each method raises GlanceError with the cause of a failure."""

    def __init__(self, params: Params) -> None:
        self.where = server_address(params)
        self.progress = Progress(lambda _text: None)
        self._params = params
        self._errors = ErrorMessages(
            session_secrets(params), bool(params["login_unix_socket"]), params["timeout"] + MARGIN_SECONDS
        )
        self._driver = load_driver()
        self._connection = self._log_in()
        self._text_passwords = TextPasswords(
            self.where,
            is_encrypted=bool(params["login_unix_socket"] or params["login_ca_cert"]),
            run=lambda sql: self._run(f"Cannot set up the session at {self.where}", sql, ()),
            run_optional=self._run_optional,
            set_charset=self._connection.set_charset,
        )

    @property
    def warnings(self) -> list[str]:
        """The warnings about statements that succeeded."""
        return self._text_passwords.warnings

    def rows(self, sql: str, arguments: tuple[Any, ...] = (), *, subject: str = "the server") -> list[dict[str, Any]]:
        """Return the rows of a query.

        subject: what the query reads, for the message of a failure.
        """
        return self._run(f"Cannot read {subject} at {self.where}", sql, arguments)

    def apply_step(self, step: Step) -> None:
        """Execute the statements of a step; if a statement except the first one fails, undo the earlier ones."""
        arguments = step.arguments or {}
        attempt = f"Cannot {step.action} the {step.resource} on the server at {self.where}"
        with self._text_passwords.sending(arguments.get("password")):
            for number, (sql, values) in enumerate(arguments["statements"]):
                try:
                    self._run(attempt, sql, values)
                except GlanceError as error:
                    for undo_sql, undo_values in arguments.get("undo", ()) if number else ():
                        self._run(f"{error} Undoing the first part also failed", undo_sql, undo_values)
                    raise

    def lock_holders(self) -> str:
        """Return sentences on the connections that may hold a lock; empty if they cannot be read."""
        try:
            return describe_current_holders(self._connection, self._params["login_user"] or "")
        except (self._driver.MySQLError, OSError):
            return ""

    # Login ------------------------------------------------------------------------------------------------------------

    def _log_in(self) -> Any:
        params = self._params
        attempt = f"Cannot log in to the server at {self.where}"
        attempt += f" as {params['login_user']!r}" if params["login_user"] else ""
        try:
            return connect(self._driver, params["connect_timeout"], **self._connection_arguments())
        except (self._driver.MySQLError, OSError, RuntimeError) as error:
            raise self._errors.login_failure(attempt, error) from None
        except configparser.Error as error:
            raise GlanceError(f"Cannot read {params['config_file']}: {error.message}") from None

    def _connection_arguments(self) -> dict[str, Any]:
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
            # Without modes, backticks quote identifiers and quotes enclose strings, independent of the server's modes.
            "sql_mode": "",
            "init_command": f"SET SESSION lock_wait_timeout = {lock_seconds}, max_statement_time = {params['timeout']}",
            "cursorclass": self._driver.cursors.DictCursor,
        }

    # Statements -------------------------------------------------------------------------------------------------------

    def _run(self, attempt: str, sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Execute a statement and return its rows. `attempt` is the beginning of the message of a failure."""
        limit = self._params["lock_timeout"]
        watch = StatementWatch(self._log_in, int(self._connection.thread_id()), limit, self._display)
        try:
            with watch:
                return self._execute_repeatedly(sql, arguments)
        except (self._driver.MySQLError, OSError, UnicodeError) as error:
            if not watch.report:
                raise self._errors.statement_failure(attempt, error, self._reasons(error)) from None
        raise GlanceError(f"{attempt}: it waited {limit} seconds (`lock_timeout`) for a lock: {watch.report}")

    def _execute_repeatedly(self, sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Execute a statement; repeat it while a node of a cluster cannot execute it.

        A node refuses changes at once while a backup locks it, and ends a statement that conflicts with another node.
        """
        end = time.monotonic() + self._params["lock_timeout"]
        while True:
            try:
                return self._execute(sql, arguments)
            except self._driver.MySQLError as error:
                if error_number(error) not in REFUSED_BY_NODE or time.monotonic() >= end:
                    raise
            with self._display("waiting until the node of the cluster accepts changes"):
                time.sleep(POLL_SECONDS)

    def _run_optional(self, sql: str) -> list[dict[str, Any]] | None:
        """Return the rows of a query; None if the account may not execute it."""
        try:
            return self._execute(sql)
        except (self._driver.MySQLError, OSError):
            return None

    def _execute(self, sql: str, arguments: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())

    def _reasons(self, error: Exception) -> list[str]:
        number = error_number(error)
        if not has_reasons(number):
            return []
        return self._errors.reasons(number, self._run_optional("SHOW WARNINGS") or ())

    def _display(self, phase: str) -> ContextManager[None]:
        return self.progress.during(f"database {self._params['name']}", phase)


def server_address(params: Params) -> str:
    """Return the address or the socket of the server, for messages."""
    if params["login_unix_socket"]:
        return str(params["login_unix_socket"])
    return f"{params['login_host'] or 'localhost'}:{params['login_port']}"


def session_secrets(params: Params) -> list[str]:
    """Return the secrets to redact; GlanceError if PyMySQL cannot send the administrator's password."""
    try:
        encode_password(params["login_password"] or "")
    except GlanceError as error:
        raise GlanceError(f"`login_password` {error}.") from None
    hashes = [native_password_hash(params["password"])] if params["password"] else []
    return [*hashes, params["password"] or "", params["login_password"] or ""]
