# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the current state of a server with the desired one."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._mysql.accounts import account_removal, account_steps
from ansible_collections.osops.glance.plugins.module_utils._mysql.databases import database_removal, database_steps
from ansible_collections.osops.glance.plugins.module_utils._mysql.grants import ALL, grant_steps, parse_privilege
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import (
    DEFAULT_ENCODING,
    Current,
    Desired,
    Server,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import account_hosts


def make_plan(desired: Desired, current: Current) -> Plan:
    """Return the steps from the current state to the desired one."""
    if desired["state"] == "absent":
        return Plan((*account_removal(desired, current), *database_removal(desired, current)))
    return Plan(
        (
            *database_steps(desired, current),
            *account_steps(desired, current),
            *grant_steps(desired, current),
        )
    )


def predicted_state(desired: Desired) -> Current:
    """Return the state of an empty server, for a prediction without access to the server."""
    # The privileges of the server are unknown. The placeholder keeps a complete selection distinct from ALL.
    privileges = {parse_privilege(name) for name in desired["privileges"]} - {ALL}
    return Current(
        Server(""),
        available_privileges=frozenset({*privileges, "OTHERS"}),
        desired_encoding=desired["encoding"] or DEFAULT_ENCODING,
    )


def return_values(desired: Desired, current: Current) -> dict[str, Any]:
    """Return the values that the module returns after the plan was applied."""
    values: dict[str, Any] = {"server": current.server.version}
    if desired["state"] == "present":
        values["accounts"] = [f"{desired['user']}@{host}" for host in account_hosts(desired)]
    return values
