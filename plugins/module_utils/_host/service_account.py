# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the account of a service that was installed without a package, and the directory of its configuration.

The modules ansible.builtin.group, user and file change them.
"""

from __future__ import annotations

import grp
import pwd
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._host.directory_check import directory_matches

OPTIONS: dict[str, Any] = {
    # Without a home, a package created the account, and it stays unchanged.
    "user": {"type": "dict", "options": {name: {"type": "str"} for name in ("name", "group", "home", "shell")}},
    "directory": {"type": "dict", "options": {name: {"type": "str"} for name in ("path", "owner", "group", "mode")}},
}


class ServiceAccount:
    """The account of a service, and the directory of its configuration; they are only compared."""

    def __init__(self, module: AnsibleModule) -> None:
        self._user: dict[str, str] | None = module.params["user"]
        self._directory: dict[str, str] = module.params["directory"]

    def plan(self) -> Plan:
        steps = []
        if self._user and not account_matches(self._user):
            steps.append(Step(f"user {self._user['name']}", "update"))
        if not directory_matches(self._directory):
            steps.append(Step(f"directory {self._directory['path']}", "update"))
        return Plan(tuple(steps))

    def apply(self, plan: Plan) -> None:
        raise NotImplementedError("the account is only compared")

    def result(self, plan: Plan) -> dict[str, Any]:
        return {}


def account_matches(user: dict[str, str]) -> bool:
    """Return whether an account exists with the desired group, home directory and shell."""
    try:
        account, group = pwd.getpwnam(user["name"]), grp.getgrnam(user["group"])
    except KeyError:
        return False
    current = (account.pw_gid, account.pw_dir, account.pw_shell)
    return current == (group.gr_gid, user["home"], user["shell"])
