# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the current state of a server, as far as the options require it."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._mysql.accounts import accounts_query, parse_account
from ansible_collections.osops.glance.plugins.module_utils._mysql.grants import (
    grants_queries,
    parse_grants,
    parse_privileges,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import (
    DEFAULT_ENCODING,
    Current,
    Desired,
    Server,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import database_name
from ansible_collections.osops.glance.plugins.module_utils._mysql.server import read_encoding
from ansible_collections.osops.glance.plugins.module_utils._mysql.session import Session

DATABASE_QUERY = (
    "SELECT SCHEMA_NAME AS name, DEFAULT_CHARACTER_SET_NAME AS encoding, DEFAULT_COLLATION_NAME AS collation "
    "FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s"
)


def read_current(session: Session, desired: Desired, server: Server) -> Current:
    """Return the current state of the server."""
    encoding = read_encoding(session, desired["encoding"] or DEFAULT_ENCODING)
    return Current(
        server,
        desired_encoding=encoding,
        **_read_database(session, database_name(server, desired)),
        **(_read_accounts(session, desired, server) if desired["user"] is not None else {}),
    )


def _read_database(session: Session, name: str) -> dict[str, Any]:
    # The comparison ignores case, and a server may have several databases whose names differ in case only.
    rows = session.rows(DATABASE_QUERY, (name,), subject=f"the database {name}")
    matches = [row for row in rows if row["name"] == name]
    return {key: matches[0][key] for key in ("encoding", "collation")} if matches else {}


def _read_accounts(session: Session, desired: Desired, server: Server) -> dict[str, Any]:
    user = desired["user"]
    accounts = map(parse_account, session.rows(*accounts_query(server, user), subject="the accounts"))
    columns = session.rows("SHOW COLUMNS FROM mysql.db", subject="the privileges")
    queries = grants_queries(user, database_name(server, desired))
    return {
        "accounts": [account for account in accounts if account],
        "grants": parse_grants(*(session.rows(*query, subject="the grants") for query in queries)),
        "available_privileges": parse_privileges(row["Field"] for row in columns),
    }
