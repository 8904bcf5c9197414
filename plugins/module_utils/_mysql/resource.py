# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database of a service with its accounts and grants."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.module_utils._mysql.account_warnings import account_warnings
from ansible_collections.osops.glance.plugins.module_utils._mysql.dump import write_dump
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Current, Desired, Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import check_options, database_name
from ansible_collections.osops.glance.plugins.module_utils._mysql.planner import (
    make_plan,
    predicted_state,
    return_values,
)
from ansible_collections.osops.glance.plugins.module_utils._mysql.reader import read_current
from ansible_collections.osops.glance.plugins.module_utils._mysql.server import check_writable, read_server
from ansible_collections.osops.glance.plugins.module_utils._mysql.session import Session


def select_socket(paths: list[str] | None) -> str | None:
    """Return the first socket that exists, or the first path if none does."""
    return next(filter(os.path.exists, paths or []), paths[0] if paths else None)


class DatabaseResource:
    """The database of a service, the accounts of the service and their grants."""

    def __init__(self, module: AnsibleModule) -> None:
        self._desired: Desired = desired_state(module)
        self._current = Current(Server(""))
        self._dump: str | None = None
        self._session = Session(self._desired)

    @classmethod
    def predict(cls, module: AnsibleModule) -> PredictedDatabase:
        return PredictedDatabase(module)

    def plan(self) -> Plan:
        server = read_server(self._session)
        self._current = read_current(self._session, self._desired, server)
        plan = make_plan(self._desired, self._current)
        check_writable(server, plan, self._session.where)
        return plan

    def apply(self, plan: Plan) -> None:
        # A server that stores names in lower case has the database under another name than the option.
        name = database_name(self._current.server, self._desired)
        with reported() as progress:
            if self._desired["dump_directory"] and plan.actions().get(f"database {name}") == "remove":
                with progress.during(f"database {name}", "writing a dump"):
                    self._dump = write_dump({**self._desired, "name": name}, self._session.lock_holders)
            self._session.progress = progress
            for step in plan.steps:
                self._session.apply_step(step)

    def result(self, plan: Plan) -> dict[str, Any]:
        return {
            "actions": plan.actions(),
            "dump": self._dump,
            "warnings": [*account_warnings(self._desired, self._current), *self._session.warnings],
            **return_values(self._desired, self._current),
        }


class PredictedDatabase:
    """The predicted result for a host without PyMySQL, from which the server cannot be reached yet."""

    def __init__(self, module: AnsibleModule) -> None:
        self._desired: Desired = desired_state(module)
        self._current = predicted_state(self._desired)

    def plan(self) -> Plan:
        return make_plan(self._desired, self._current)

    def apply(self, plan: Plan) -> None:
        """Make no change: only check mode predicts."""

    def result(self, plan: Plan) -> dict[str, Any]:
        return {
            "actions": plan.actions(),
            "dump": None,
            "warnings": account_warnings(self._desired, self._current),
            **return_values(self._desired, self._current),
        }


def desired_state(module: AnsibleModule) -> Desired:
    """Return the options of the module; GlanceError if the server cannot accept one of them."""
    desired = {**module.params, "login_unix_socket": select_socket(module.params["login_unix_socket"])}
    check_options(desired)
    return desired
