# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyMySQL, the driver of the services: the passwords that it sends, and in words what it and the server say."""

from __future__ import annotations

import queue
import re
import socket
import struct
import threading
from contextlib import suppress
from hashlib import sha1
from typing import Any, Collection, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact

# What to check, by the number of the error, for every account and statement.
# The parts of a URL of a database that are written as they are: old releases of SQLAlchemy do not decode them.
URL_PARTS = {
    "driver": re.compile(r"[A-Za-z0-9_]+(\+[A-Za-z0-9_]+)?"),
    "host": re.compile(r"[A-Za-z0-9._-]+"),
    "name": re.compile(r"[A-Za-z0-9._~-]+"),
    "port": re.compile(r"[0-9]+"),
}
HINTS: Mapping[int, str] = {
    1040: "All its connections are in use (max_connections): SHOW PROCESSLIST shows by which accounts.",
    1047: "This node of the cluster accepts no statements now: use another one, or read its log.",
    1129: "It blocks this host after many failed connections, until FLUSH HOSTS is executed there.",
    2003: "Check that the server runs there, listens on more than 127.0.0.1 (bind-address), and that the port is open.",
    3159: "This account may log in with TLS only.",
}
# Errors of a connection that ended while it was needed: the server went, was restarted, or ended the connection.
LOST = frozenset({0, 1053, 1927, 2006, 2013, 2055})
LOCK_WAIT_TIMEOUT = 1205
UNREACHABLE = 2003
RESOLVE_SECONDS = 2
# What PyMySQL raises if another program answers.
_UNREADABLE = (IndexError, UnicodeDecodeError, struct.error)


def driver() -> Any:
    """Return PyMySQL; GlanceError where this host does not have it."""
    try:
        import pymysql
    except ImportError as error:
        # Not at the top: the filters on the control node take from here only what needs no Ansible.
        from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement

        raise MissingRequirement("PyMySQL", library="pymysql") from error
    return pymysql


def connect(pymysql: Any, seconds: float, **arguments: Any) -> Any:
    """Return a connection of PyMySQL.

    TimeoutError if the whole login takes longer than `seconds`, ConnectionError if another program answers. PyMySQL
    limits each attempt to connect and each read by themselves, and the resolution of a name not at all.
    """
    done: queue.Queue[Any] = queue.Queue()
    expired = threading.Event()

    def log_in() -> None:
        try:
            connection = pymysql.connect(**arguments, connect_timeout=seconds)
        except BaseException as error:
            done.put(error)
            return
        if expired.is_set():
            connection.close()
        done.put(connection)

    threading.Thread(target=log_in, daemon=True).start()
    try:
        outcome = done.get(timeout=seconds)
    except queue.Empty:
        expired.set()
        raise _timeout(None if "unix_socket" in arguments else arguments.get("host"), seconds) from None
    if isinstance(outcome, _UNREADABLE):
        raise ConnectionError(f"what answers there is no MariaDB server ({type(outcome).__name__} in its greeting)")
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _timeout(host: str | None, seconds: float) -> TimeoutError:
    if host and not _is_resolved(host):
        return TimeoutError(
            f"the name {host} was not resolved within {seconds:g} seconds. Check the name servers of this host "
            "(/etc/resolv.conf)"
        )
    return TimeoutError(UNREACHABLE, f"the server did not answer within {seconds:g} seconds")


def _is_resolved(host: str) -> bool:
    """Return whether the resolver answers for a name, even if it does not know the name."""
    answered = threading.Event()

    def resolve() -> None:
        with suppress(OSError):
            socket.getaddrinfo(host, None)
        answered.set()

    threading.Thread(target=resolve, daemon=True).start()
    return answered.wait(RESOLVE_SECONDS)


def sent(password: str) -> bytes:
    """Return the bytes that PyMySQL sends, as its Connection.__init__ encodes them; GlanceError if it cannot."""
    try:
        return password.encode("latin1")
    except UnicodeEncodeError:
        raise GlanceError("holds a character that PyMySQL cannot send to the server: use none beyond Latin-1") from None


def hash_of(password: str) -> str:
    """Return the hash that MariaDB keeps of a password (mysql_native_password)."""
    return f"*{sha1(sha1(sent(password)).digest()).hexdigest().upper()}"


def number_of(error: Exception) -> int | None:
    """Return the number of an error of the server or of PyMySQL."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else None


def words_of(error: Exception, secrets: Collection[str] = ()) -> str:
    """Return what the server or PyMySQL said, as a sentence without secrets."""
    told = str(error.args[-1] if error.args else "") or type(error).__name__
    return redact(told, secrets).rstrip(".") + "."


def hint(error: Exception, hints: Mapping[int, str] | None = None) -> str:
    """Return what to check."""
    if isinstance(getattr(error, "original_exception", None), socket.gaierror):
        return "Check this name in the DNS, or in /etc/hosts on this host."
    return {**HINTS, **(hints or {})}.get(number_of(error) or 0, "")
