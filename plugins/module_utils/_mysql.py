# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyMySQL, the driver of the services: the passwords that it sends, and in words what it and the server say."""

from __future__ import annotations

import socket
from hashlib import sha1
from typing import Any, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._plan import SECRET, GlanceError

# What to look at, by the number of the error, whoever logs in and whatever is done.
HINTS: Mapping[int, str] = {
    1040: "All its connections are in use: does something leave them open, or is max_connections too low?",
    1047: "This node of the cluster serves nobody now: use another one, or look at its log.",
    1129: "It blocks this host after many failed connections, until somebody says FLUSH HOSTS.",
    2003: "Does the server run there, does it listen on more than 127.0.0.1 (bind-address), and is the port open?",
    3159: "This account may log in with TLS only.",
}
# Errors of a connection that ended while it was needed: the server went, was restarted, or ended the connection.
LOST = frozenset({0, 1053, 1927, 2006, 2013, 2055})


def driver() -> Any:
    """Return PyMySQL; GlanceError where this host does not have it."""
    try:
        import pymysql
    except ImportError as error:
        # Not at the top: the filters on the control node take from here only what needs no Ansible.
        from ansible_collections.osops.glance.plugins.module_utils._module import Missing

        raise Missing("PyMySQL") from error
    return pymysql


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


def words_of(error: Exception, secrets: Iterable[str] = ()) -> str:
    """Return what the server or PyMySQL said, as a sentence without secrets."""
    told = str(error.args[-1] if error.args else "") or type(error).__name__
    for secret in secrets:
        told = told.replace(secret, SECRET) if secret else told
    return told.rstrip(".") + "."


def hint(error: Exception, hints: Mapping[int, str] | None = None) -> str:
    """Return what to look at."""
    if isinstance(getattr(error, "original_exception", None), socket.gaierror):
        return "Is this name in the DNS, or in /etc/hosts on this host?"
    return {**HINTS, **(hints or {})}.get(number_of(error) or 0, "")
