# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the statements that set the password of a MariaDB account.

A server with a password validation plugin (simple_password_check, cracklib_password_check) refuses a hash while
strict_password_validation is on, which is its default. It requires the password as text. MariaDB 10.11 writes the text
of CREATE USER and ALTER USER to the binary log unchanged, but SET PASSWORD with the hash instead of the text. For this
reason, an account is created with a random password, and SET PASSWORD follows.
"""

from __future__ import annotations

import secrets
from typing import Iterator, Tuple

from ansible_collections.osops.glance.plugins.module_utils._mysql.statements import Statement

NATIVE = "mysql_native_password"
PLUGINS = (
    "SELECT PLUGIN_NAME AS name FROM information_schema.PLUGINS "
    "WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'"
)

AccountName = Tuple[str, str]  # the user and the host of an account


def random_password() -> str:
    """Return a password that satisfies strict policies: 16 characters of each class, and 64 more."""
    characters = zip(
        *(_characters(kind) for kind in ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!#$*-+=?"))
    )
    return "".join(map("".join, characters)) + secrets.token_hex(32)


def _characters(kind: str) -> Iterator[str]:
    return (secrets.choice(kind) for _number in range(16))


def with_hash(verb: str, name: AccountName, password_hash: str | None, attributes: str) -> list[Statement]:
    """Return the statement that creates or alters an account; the server gets the hash of the password.

    verb: CREATE or ALTER.
    password_hash: None to leave the password unchanged.
    attributes: further clauses of the statement, with a leading space.
    """
    sql = f"{verb} USER %s@%s"
    if password_hash is None:
        return [(sql + attributes, name)]
    return [(f"{sql} IDENTIFIED VIA {NATIVE} USING %s{attributes}", (*name, password_hash))]


def create_with_text(name: AccountName, password: str, attributes: str) -> tuple[list[Statement], list[Statement]]:
    """Return the statements that create an account with a password as text, and those that undo it."""
    create = f"CREATE USER %s@%s IDENTIFIED BY %s{attributes}"
    return [(create, (*name, random_password())), _set_password(name, password)], [("DROP USER IF EXISTS %s@%s", name)]


def alter_with_text(name: AccountName, password: str, attributes: str) -> list[Statement]:
    """Return the statements that set a password as text, for an account that logs in with a password."""
    return [_set_password(name, password), *(with_hash("ALTER", name, None, attributes) if attributes else [])]


def convert_with_text(name: AccountName, password: str, attributes: str) -> tuple[list[Statement], list[Statement]]:
    """Return the statements that set a password as text for an account with another authentication plugin.

    SET PASSWORD does not apply to such an account. Before its plugin changes, a temporary account without privileges
    shows whether the server accepts the password. The second list drops this temporary account.
    """
    trial = (f"glance_trial_{secrets.token_hex(8)}", "localhost")
    statements, undo = create_with_text(trial, password, "")
    alter = f"ALTER USER %s@%s IDENTIFIED BY %s{attributes}"
    return [*statements, *undo, (alter, (*name, random_password())), _set_password(name, password)], undo


def _set_password(name: AccountName, password: str) -> Statement:
    return "SET PASSWORD FOR %s@%s = PASSWORD(%s)", (*name, password)
