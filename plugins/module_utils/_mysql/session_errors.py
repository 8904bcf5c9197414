# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages for the errors of an administrator's session: the cause, and what to do."""

from __future__ import annotations

from typing import Any, Collection, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import (
    CONNECTION_LOST,
    UNREACHABLE,
    error_hint,
    error_message,
    error_number,
)

PASSWORD_POLICY = 1819
UNSPECIFIC = 1396  # "Operation CREATE USER failed": the cause is among the warnings
ALL_PRIVILEGES = "Check that the administrator has all privileges, with GRANT OPTION"
# What to do, by error number.
HINTS = {
    1044: f"{ALL_PRIVILEGES}, on this database.",
    1045: "Check `login_password`. On the socket, the server may trust only the system user of the same name: then the "
    "task needs `become: true`.",
    1115: "Check `encoding`.",
    1142: f"{ALL_PRIVILEGES}, and may read the database mysql.",
    1227: f"{ALL_PRIVILEGES}.",
    1253: "Check that `collation` belongs to `encoding`.",
    1273: "Check `collation`.",
    1290: "The option in the message forbids this on the server.",
    UNSPECIFIC: "SHOW CREATE USER displays the account; if it exists now, another administrator created it.",
    1449: "If this is the account mariadb.sys, mariadb-upgrade restores it.",
    1698: "This administrator may log in on the socket only, as the system user of the same name: check "
    "`login_unix_socket`, and that the task has `become: true`.",
    PASSWORD_POLICY: "Check `password` (glance_database_password in the role glance_database), or the variables of "
    "that plugin on the server.",
    1969: "`timeout` limits the time for a statement.",
    1836: "Use the address of the primary server.",
}
SOCKET_HINT = "Check that the server runs on this host, and that this is its socket."


class ErrorMessages:
    """Convert errors of the server and of PyMySQL to GlanceError, without secrets.

    response_seconds: the limit for a response of the server.
    """

    def __init__(self, secrets: Collection[str], uses_socket: bool, response_seconds: float) -> None:
        # PyMySQL uses the same number if a socket cannot be reached; there, the port and the address do not matter.
        self._hints: Mapping[int, str] = {**HINTS, **({UNREACHABLE: SOCKET_HINT} if uses_socket else {})}
        self._secrets = secrets
        self._response_seconds = response_seconds

    def login_failure(self, attempt: str, error: Exception) -> GlanceError:
        """Return the error for a failed login. `attempt` is the beginning of the message."""
        message = error_message(error, self._secrets)
        return GlanceError(f"{attempt}: {message} {error_hint(error, self._hints)}".rstrip())

    def statement_failure(self, attempt: str, error: Exception, reasons: list[str]) -> GlanceError:
        """Return the error for a failed statement.

        attempt: the beginning of the message.
        reasons: what reasons() returned for this error.
        """
        number, message = error_number(error), error_message(error, self._secrets).rstrip(".")
        if number in CONNECTION_LOST:
            return self._connection_lost(attempt, message)
        cause = f"{message}: {'; '.join(reasons)}" if reasons else message
        hint = "" if reasons and number == UNSPECIFIC else error_hint(error, self._hints)
        return GlanceError(f"{attempt}: {cause}. {hint}".rstrip())

    def _connection_lost(self, attempt: str, message: str) -> GlanceError:
        cause = (
            f"the server did not respond within {self._response_seconds} seconds"
            if "timed out" in message
            else "the connection was lost"
        )
        return GlanceError(
            f"{attempt}: {cause} ({message}). Earlier changes were kept. Check that the server runs, and run this "
            "again."
        )

    def reasons(self, number: int | None, warnings: Iterable[Mapping[str, Any]]) -> list[str]:
        """Return the messages of the server that give the cause of a general error.

        warnings: the rows of SHOW WARNINGS after the error.
        """
        rows = [row for row in warnings if row.get("Code") != number or number == PASSWORD_POLICY]
        messages = [error_message(Exception(row.get("Message", "")), self._secrets).rstrip(".") for row in rows]
        # A refused password has a general message, and one with the requirement that it does not meet.
        general = ("Your password does not", "Operation ")
        return [message for message in dict.fromkeys(messages) if not message.startswith(general)]


def has_reasons(number: int | None) -> bool:
    """Return whether the warnings of the server give the cause of an error."""
    return number in (PASSWORD_POLICY, UNSPECIFIC)
