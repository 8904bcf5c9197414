# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the accounts of a server, and plan their creation, change and removal."""

from __future__ import annotations

import json
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._mysql import password_statements
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Account, Current, Desired, Row, Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import account_hosts, desired_password_hash
from ansible_collections.osops.glance.plugins.module_utils._mysql.password_statements import NATIVE
from ansible_collections.osops.glance.plugins.module_utils._mysql.statements import Statement, step_arguments

# From this release on, mysql.user is a view that does not show all attributes in mysql.global_priv.
GLOBAL_PRIV = (10, 4)
# The values of ssl_type in mysql.global_priv, as mysql.user names them.
_TLS_LEVELS = ("", "ANY", "X509", "SPECIFIED")
_TLS_TEXTS = {"": "not required", "ANY": "required", "X509": "with a certificate", "SPECIFIED": "as specified"}


# Reading


def accounts_query(server: Server, user: str) -> Statement:
    """Return the query for the accounts of a user and the anonymous ones, from the table that this release has."""
    table = "user" if server.release < GLOBAL_PRIV else "global_priv"
    return f"SELECT * FROM mysql.{table} WHERE User IN (%s, '')", (user,)


def parse_account(row: Row) -> Account | None:
    """Return the account in a row of mysql.global_priv or mysql.user; None for a role."""
    if "Priv" not in row:
        return None if row.get("is_role") == "Y" else _parse_user_row(row)
    attributes = json.loads(row["Priv"])
    if attributes.get("is_role"):
        return None
    default_plugin = attributes.get("plugin") or NATIVE
    return Account(
        user=row["User"],
        host=row["Host"],
        # An empty entry in auth_or is the plugin at the top level.
        plugins=tuple(entry.get("plugin", default_plugin) for entry in attributes.get("auth_or", ({},))),
        password_hash=attributes.get("authentication_string") or "",
        tls=_TLS_LEVELS[attributes.get("ssl_type", 0)],
        locked=bool(attributes.get("account_locked")),
        expired=attributes.get("password_last_changed") == 0,
        has_global_privileges=bool(attributes.get("access")),
    )


def _parse_user_row(row: Row) -> Account:
    return Account(
        user=row["User"],
        host=row["Host"],
        plugins=(row["plugin"] or NATIVE,),
        password_hash=row["Password"] or row["authentication_string"] or "",
        tls=row["ssl_type"],
    )


def find_account(desired: Desired, current: Current, host: str) -> Account | None:
    """Return the account of the user from a host, if it exists."""
    matches = (one for one in current.accounts if (one.user, one.host.lower()) == (desired["user"], host))
    return next(matches, None)


# Planning


def account_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the steps that create and change accounts."""
    for host in account_hosts(desired):
        account = find_account(desired, current, host)
        if account is None:
            yield _creation(desired, current, host)
        else:
            yield from _update(desired, current, account)


def account_removal(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the steps that remove the accounts of the user from the given hosts."""
    for host in account_hosts(desired):
        account = find_account(desired, current, host)
        if account is not None:
            before = {"login": " or ".join(account.plugins)}
            statement = ("DROP USER IF EXISTS %s@%s", (account.user, account.host))
            yield Step(f"account {account}", "remove", before, None, step_arguments(statement))


def _creation(desired: Desired, current: Current, host: str) -> Step:
    account = Account(desired["user"], host)
    if desired["password"] is None:
        raise GlanceError(f"The account {account} does not exist: set `password` to create it.")
    tls = "ANY" if desired["tls"] else ""
    after = {"password": SECRET, "tls": _TLS_TEXTS[tls]}
    clauses = _clauses(tls or None, after)
    arguments = _password_arguments(desired, current, None, account, clauses)
    return Step(f"account {account}", "create", None, after, arguments)


def _update(desired: Desired, current: Current, account: Account) -> Iterator[Step]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    sets_password = desired["password"] is not None and _compare_password(desired, account, before, after)
    tls = None if desired["tls"] is None else "ANY" if desired["tls"] else ""
    if tls is not None and tls != account.tls:
        before["tls"], after["tls"] = _TLS_TEXTS[account.tls], _TLS_TEXTS[tls]
    if account.locked:
        before["locked"], after["locked"] = True, False
    if not after:
        return
    clauses = _clauses(tls if "tls" in after else None, after)
    if sets_password:
        arguments = _password_arguments(desired, current, account, account, clauses)
    else:
        name = (account.user, account.host)
        arguments = step_arguments(*password_statements.with_hash("ALTER", name, None, clauses))
    yield Step(f"account {account}", "update", before, after, arguments)


def _compare_password(desired: Desired, account: Account, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether the password must be set, and add the reason to the diff."""
    other_plugin = account.plugins != (NATIVE,)
    if other_plugin:
        before["login"], after["login"] = " or ".join(account.plugins), NATIVE
    differs = other_plugin or account.password_hash.upper() != desired_password_hash(desired)
    if differs or account.expired:
        before["password"] = f"{SECRET} ({'different' if differs else 'expired'})"
        after["password"] = SECRET
    return differs or account.expired


def _clauses(tls: str | None, after: Mapping[str, Any]) -> str:
    """Return the clauses of the statement for TLS and the lock, with a leading space.

    tls: None to leave the TLS requirement unchanged.
    """
    clauses = "" if tls is None else " REQUIRE SSL" if tls else " REQUIRE NONE"
    return clauses + (" ACCOUNT UNLOCK" if "locked" in after else "")


def _password_arguments(
    desired: Desired, current: Current, existing: Account | None, account: Account, clauses: str
) -> Mapping[str, Any]:
    """Return the arguments of a step that sets the password of an account, and creates it if it does not exist."""
    name, password = (account.user, account.host), desired["password"]
    if not current.server.validates_passwords:
        verb, password_hash = "ALTER" if existing else "CREATE", desired_password_hash(desired)
        return step_arguments(*password_statements.with_hash(verb, name, password_hash, clauses))
    undo: list[Statement] = []
    if existing is None:
        statements, undo = password_statements.create_with_text(name, password, clauses)
    elif existing.plugins == (NATIVE,):
        statements = password_statements.alter_with_text(name, password, clauses)
    else:
        statements, undo = password_statements.convert_with_text(name, password, clauses)
    return {"statements": statements, "undo": undo, "password": password}
