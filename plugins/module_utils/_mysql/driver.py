# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect with PyMySQL, the driver of the OpenStack services, and explain its errors and those of the server."""

from __future__ import annotations

import queue
import socket
import struct
import threading
from contextlib import suppress
from typing import Any, Collection, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement

# What to check, by error number, for any account and statement.
HINTS: Mapping[int, str] = {
    1040: "All its connections are in use (max_connections): SHOW PROCESSLIST lists the accounts that use them.",
    1047: "A node of a cluster refuses changes while a backup locks it, and all statements without a quorum: use "
    "another node, or check its log.",
    1129: "It blocks this host after many failed connections, until FLUSH HOSTS is executed there.",
    2003: "Check that the server runs there, listens on more than 127.0.0.1 (bind-address), and that the port is open.",
    3159: "This account may log in with TLS only.",
}
# Errors of a connection that ended while it was in use: the server stopped, restarted, or closed the connection.
CONNECTION_LOST = frozenset({0, 1053, 1927, 2006, 2013, 2055})
LOCK_WAIT_TIMEOUT = 1205
UNREACHABLE = 2003
# A node of a Galera cluster refuses a statement (for example during a backup), or ends it for one of another node.
REFUSED_BY_NODE = frozenset({1047, 1213})
# Errors that do not occur any more when the server, or another node of a cluster, executes statements again.
INTERRUPTIONS = CONNECTION_LOST | REFUSED_BY_NODE | {1040, 2002, UNREACHABLE}
RESOLVE_SECONDS = 2
# Exceptions that PyMySQL raises if a program other than MySQL or MariaDB responds.
_PROTOCOL_ERRORS = (IndexError, UnicodeDecodeError, struct.error)


def load_driver() -> Any:
    """Return PyMySQL; MissingRequirement if it is not installed."""
    try:
        import pymysql
    except ImportError as error:
        raise MissingRequirement("PyMySQL", library="pymysql") from error
    return pymysql


def connect(pymysql: Any, seconds: float, **arguments: Any) -> Any:
    """Return a connection of PyMySQL.

    seconds: limit for the whole login. PyMySQL limits each attempt to connect and each read separately, and does not
    limit the name resolution.
    TimeoutError if the login takes longer, ConnectionError if a program other than MySQL or MariaDB responds.
    """
    results: queue.Queue[Any] = queue.Queue()
    expired = threading.Event()

    def log_in() -> None:
        try:
            connection = pymysql.connect(**arguments, connect_timeout=seconds)
        except BaseException as error:
            results.put(error)
            return
        if expired.is_set():
            connection.close()
        results.put(connection)

    threading.Thread(target=log_in, daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except queue.Empty:
        expired.set()
        raise _timeout_error(None if "unix_socket" in arguments else arguments.get("host"), seconds) from None
    if isinstance(result, _PROTOCOL_ERRORS):
        raise ConnectionError(
            f"the program that responded is not a MariaDB server ({type(result).__name__} in its greeting)"
        )
    if isinstance(result, BaseException):
        raise result
    return result


def _timeout_error(host: str | None, seconds: float) -> TimeoutError:
    if host and not _is_resolved(host):
        return TimeoutError(
            f"the name {host} was not resolved within {seconds:g} seconds. Check the name servers of this host "
            "(/etc/resolv.conf)"
        )
    return TimeoutError(UNREACHABLE, f"the server did not respond within {seconds:g} seconds")


def _is_resolved(host: str) -> bool:
    """Return whether the resolver responds for a name, even if the name does not exist."""
    responded = threading.Event()

    def resolve() -> None:
        with suppress(OSError):
            socket.getaddrinfo(host, None)
        responded.set()

    threading.Thread(target=resolve, daemon=True).start()
    return responded.wait(RESOLVE_SECONDS)


def error_number(error: Exception) -> int | None:
    """Return the number of an error of the server or of PyMySQL."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else None


def error_message(error: Exception, secrets: Collection[str] = ()) -> str:
    """Return the message of an error of the server or of PyMySQL, as a sentence without secrets."""
    message = str(error.args[-1] if error.args else "") or type(error).__name__
    return redact(message, secrets).rstrip(".") + "."


def error_hint(error: Exception, hints: Mapping[int, str] | None = None) -> str:
    """Return what to check after an error; empty if there is no hint for it.

    hints: by error number, in addition to HINTS.
    """
    if isinstance(getattr(error, "original_exception", None), socket.gaierror):
        return "Check this name in the DNS, or in /etc/hosts on this host."
    return {**HINTS, **(hints or {})}.get(error_number(error) or 0, "")
