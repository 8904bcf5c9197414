# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the grants of a user, and plan the grants on the database and its tables."""

from __future__ import annotations

import re
from typing import Iterable, Iterator

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._mysql.accounts import find_account
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Account, Current, Desired, Grant, Row
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import account_hosts, database_name
from ansible_collections.osops.glance.plugins.module_utils._mysql.statements import (
    Statement,
    quote_identifier,
    step_arguments,
)

ALL = "ALL"
GRANT_OPTION = "GRANT OPTION"
# Columns and members of the grant tables whose name differs from that of the privilege in GRANT.
_PRIVILEGES = {
    "CREATE TMP TABLE": "CREATE TEMPORARY TABLES",
    "DELETE VERSIONING ROWS": "DELETE HISTORY",
    "GRANT": GRANT_OPTION,
}


# Reading


def grants_queries(user: str, database: str) -> list[Statement]:
    """Return the query for the grants of a user on all databases, and the one for the tables of this database."""
    return [
        ("SELECT * FROM mysql.db WHERE User = %s", (user,)),
        ("SELECT * FROM mysql.tables_priv WHERE User = %s AND Db = %s", (user, database)),
    ]


def parse_grants(database_rows: Iterable[Row], table_rows: Iterable[Row]) -> list[Grant]:
    """Return the grants in rows of mysql.db and mysql.tables_priv."""
    on_databases = [Grant(row["Host"], row["Db"], None, _enabled_privileges(row)) for row in database_rows]
    on_tables = [
        Grant(
            row["Host"], row["Db"], row["Table_name"], _listed_privileges(f"{row['Table_priv']},{row['Column_priv']}")
        )
        for row in table_rows
    ]
    return on_databases + on_tables


def parse_privileges(columns: Iterable[str]) -> frozenset[str]:
    """Return the privileges for which mysql.db has columns."""
    names = (column[: -len("_priv")] for column in columns if column.endswith("_priv"))
    return frozenset(parse_privilege(name) for name in names)


def _enabled_privileges(row: Row) -> frozenset[str]:
    return parse_privileges(column for column, value in row.items() if value == "Y")


def _listed_privileges(names: str) -> frozenset[str]:
    return frozenset(parse_privilege(name) for name in names.split(",") if name)


def parse_privilege(name: str) -> str:
    """Return the name of a privilege as GRANT accepts it."""
    normalized = " ".join(name.replace("_", " ").upper().split())
    return _PRIVILEGES.get(normalized, normalized)


# Planning


def grant_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the steps that grant the desired privileges on the database and revoke all others."""
    for host in account_hosts(desired):
        account = find_account(desired, current, host) or Account(desired["user"], host)
        yield from _database_grants(desired, current, account)
        yield from _table_grants(desired, current, account)


def _desired_privileges(desired: Desired, current: Current) -> frozenset[str]:
    """Return the desired privileges by the server's names."""
    grantable = current.available_privileges - {GRANT_OPTION}
    privileges = {parse_privilege(name) for name in desired["privileges"]}
    if privileges & {ALL, "ALL PRIVILEGES"}:
        return grantable
    unknown = sorted(privileges - grantable)
    if unknown:
        raise GlanceError(
            f"`privileges` contains {', '.join(unknown)}, which MariaDB {current.server.version} does not grant on a "
            f"database. Use ALL, or a selection of {', '.join(sorted(grantable))}."
        )
    return frozenset(privileges)


def _database_grants(desired: Desired, current: Current, account: Account) -> Iterator[Step]:
    name = database_name(current.server, desired)
    held = {
        grant.database: grant.privileges
        for grant in current.grants
        if grant.table is None and grant.host.lower() == account.host.lower()
    }
    pattern = _escape_wildcards(name)
    before = held.get(pattern, frozenset())
    after = _desired_privileges(desired, current)
    # A grant on a name with an unescaped _ or % applies to other databases too.
    unescaped = held.get(name, frozenset()) if pattern != name else frozenset()
    statements = [*_grant(after, before, pattern, account, current)]
    statements += [*_revoke(before - after, pattern, account)]
    statements += [*_revoke(unescaped, name, account)]
    if statements:
        diff = {pattern: _summary(before, current), **({name: _summary(unescaped, current)} if unescaped else {})}
        has_grants = bool(before or unescaped)
        yield Step(
            f"grants of {account} on {name}",
            "update" if has_grants else "create",
            diff if has_grants else None,
            {pattern: _summary(after, current)},
            step_arguments(*statements),
        )


def _table_grants(desired: Desired, current: Current, account: Account) -> Iterator[Step]:
    privileges = _desired_privileges(desired, current)
    for grant in current.grants:
        extra = grant.privileges - privileges
        if grant.table is not None and grant.host.lower() == account.host.lower() and extra:
            table = f"{quote_identifier(grant.database)}.{quote_identifier(grant.table)}"
            statement = (f"REVOKE {', '.join(sorted(extra))} ON {table} FROM %s@%s", (account.user, account.host))
            kept = sorted(grant.privileges - extra)
            yield Step(
                f"grants of {account} on {grant.database}.{grant.table}",
                "update" if kept else "remove",
                {"privileges": sorted(grant.privileges)},
                {"privileges": kept} if kept else None,
                step_arguments(statement),
            )


def _grant(
    after: frozenset[str], before: frozenset[str], pattern: str, account: Account, current: Current
) -> Iterator[Statement]:
    if after - before:
        everything = current.available_privileges - {GRANT_OPTION}
        privileges = "ALL PRIVILEGES" if after == everything else ", ".join(sorted(after))
        yield f"GRANT {privileges} ON {quote_identifier(pattern)}.* TO %s@%s", (account.user, account.host)


def _revoke(extra: frozenset[str], pattern: str, account: Account) -> Iterator[Statement]:
    if extra:
        privileges = ", ".join(sorted(extra))
        yield f"REVOKE {privileges} ON {quote_identifier(pattern)}.* FROM %s@%s", (account.user, account.host)


def _escape_wildcards(name: str) -> str:
    """Return the name of a database as GRANT requires it: unescaped, _ and % are wildcards."""
    return re.sub(r"([\\_%])", r"\\\1", name)


def _summary(privileges: frozenset[str], current: Current) -> list[str]:
    """Return the privileges for the diff: ALL if no privilege except GRANT OPTION is missing."""
    everything = current.available_privileges - {GRANT_OPTION}
    return [ALL, *sorted(privileges - everything)] if everything <= privileges else sorted(privileges)
