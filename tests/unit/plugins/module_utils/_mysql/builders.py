# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server in the desired state, for the tests of the planner."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Account, Current, Grant, Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash
from ansible_collections.osops.glance.plugins.module_utils._mysql.planner import make_plan

SERVER = Server("10.11.6-MariaDB-0+deb12u1")
AVAILABLE = frozenset({"SELECT", "INSERT", "CREATE TEMPORARY TABLES", "DROP", "GRANT OPTION"})
ALL = AVAILABLE - {"GRANT OPTION"}
HERE, ANYWHERE = "localhost", "%"

DESIRED: dict[str, Any] = {
    "state": "present",
    "name": "glance",
    "encoding": None,
    "collation": None,
    "user": "glance",
    "password": "Sesame",
    "hosts": [HERE],
    "privileges": ["ALL"],
    "tls": None,
    "remove_data": False,
}
ACCOUNT = Account("glance", HERE, password_hash=native_password_hash("Sesame"))
GRANT = Grant(HERE, "glance", None, ALL)


def current(**changes: Any) -> Current:
    """Return a server in the desired state, except for the changes."""
    desired = {
        "server": SERVER,
        "encoding": "utf8mb3",
        "collation": "utf8mb3_general_ci",
        "accounts": [ACCOUNT],
        "grants": [GRANT],
        "available_privileges": AVAILABLE,
        "desired_encoding": "utf8mb3",
    }
    return Current(**{**desired, **changes})


def with_account(**changes: Any) -> Current:
    return current(accounts=[ACCOUNT._replace(**changes)])


def with_grants(*grants: Grant) -> Current:
    return current(grants=grants)


def statements(desired: dict[str, Any], state: Current) -> list[str]:
    """Return the SQL of the plan with its arguments."""
    steps = make_plan(desired, state).steps
    calls = [call for step in steps for call in (step.arguments or {})["statements"]]
    return [sql % tuple(repr(argument) for argument in arguments) for sql, arguments in calls]


NO_DATABASE = {"encoding": None, "collation": None}

# Statements of the tests.
HASH = native_password_hash("Sesame")
NEW_USER = f"CREATE USER 'glance'@'localhost' IDENTIFIED VIA mysql_native_password USING '{HASH}'"
SET_PASSWORD = f"ALTER USER 'glance'@'localhost' IDENTIFIED VIA mysql_native_password USING '{HASH}'"
GRANT_ALL = "GRANT ALL PRIVILEGES ON `glance`.* TO 'glance'@'localhost'"
