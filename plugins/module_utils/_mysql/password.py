# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements that set the password of a MariaDB account.

A server with a password validation plugin (simple_password_check, cracklib_password_check) refuses a hash, as long as
strict_password_validation is on, which is its default. It has to get the password as text. MariaDB 10.11 writes the
text of CREATE USER and ALTER USER to the binary log as it is, but SET PASSWORD with the hash in place of the text. So
an account is created with a random password, and SET PASSWORD follows.
"""

from __future__ import annotations

import secrets
from typing import Any, Iterator, Tuple

Statement = Tuple[str, Tuple[Any, ...]]  # an SQL text and its arguments

NATIVE = "mysql_native_password"
PLUGINS = (
    "SELECT PLUGIN_NAME AS name FROM information_schema.PLUGINS "
    "WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'"
)
# Before a statement with a password: PASSWORD() returns the current kind of hash, and the statement is not logged.
PRIVATE = ("SET SESSION old_passwords = 0", "SET SESSION slow_query_log = 0")
# This needs the privilege SUPER.
UNLOGGED = "SET SESSION sql_log_off = 1"
GENERAL_LOG = "SELECT @@general_log AS is_on"

Name = Tuple[str, str]  # the user and the host of an account


def random_password() -> str:
    """Return a password that satisfies strict policies: 16 characters of each kind that they count, and 64 more."""
    pairs = zip(
        *(_letters(kind) for kind in ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!#$*-+=?"))
    )
    return "".join(map("".join, pairs)) + secrets.token_hex(32)


def _letters(kind: str) -> Iterator[str]:
    return (secrets.choice(kind) for _number in range(16))


def hashed(verb: str, name: Name, hash_: str | None, attributes: str) -> list[Statement]:
    """Return the statement that creates or alters an account; the server gets the hash of the password."""
    sql = f"{verb} USER %s@%s"
    if hash_ is None:
        return [(sql + attributes, name)]
    return [(f"{sql} IDENTIFIED VIA {NATIVE} USING %s{attributes}", (*name, hash_))]


def created(name: Name, password: str, attributes: str) -> tuple[list[Statement], list[Statement]]:
    """Return the statements that create an account with a password that the server checks, and those that undo it."""
    create = f"CREATE USER %s@%s IDENTIFIED BY %s{attributes}"
    return [(create, (*name, random_password())), _set(name, password)], [("DROP USER IF EXISTS %s@%s", name)]


def altered(name: Name, password: str, attributes: str) -> list[Statement]:
    """Return the statements that set a password that the server checks, for an account that logs in with one."""
    return [_set(name, password), *(hashed("ALTER", name, None, attributes) if attributes else [])]


def converted(name: Name, password: str, attributes: str) -> tuple[list[Statement], list[Statement]]:
    """Return the statements for an account that uses another login than a password, and those that undo the first.

    SET PASSWORD does not apply to such an account. Before its login changes, a new account without privileges shows
    whether the server accepts the password.
    """
    trial = (f"glance_trial_{secrets.token_hex(8)}", "localhost")
    statements, undo = created(trial, password, "")
    alter = f"ALTER USER %s@%s IDENTIFIED BY %s{attributes}"
    return [*statements, *undo, (alter, (*name, random_password())), _set(name, password)], undo


def _set(name: Name, password: str) -> Statement:
    return "SET PASSWORD FOR %s@%s = PASSWORD(%s)", (*name, password)
