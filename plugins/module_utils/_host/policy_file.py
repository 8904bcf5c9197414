# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the rules in a policy file of oslo.policy."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile
from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step

# The service must be able to read the directory, with any umask. Policies are not secret.
DIRECTORY_MODE = 0o755


class PolicyFile:
    """A policy file with exactly the specified rules; without rules, there is no file."""

    def __init__(self, module: AnsibleModule) -> None:
        self.path: str = module.params["path"]
        self.rules: dict[str, str] = module.params["rules"]
        for name, check in self.rules.items():
            if not isinstance(check, str):
                raise GlanceError(f"`rules`: {name} must be a string such as 'role:admin', not {check!r}")
        file_args = module.load_file_common_arguments(module.params, path=self.path)
        self.file = AtomicFile(module, self.path, file_args, unsafe_writes=module.params["unsafe_writes"])

    def plan(self) -> Plan:
        self.old = read(self.path)
        self.new = (json.dumps(self.rules, indent=4, sort_keys=True) + "\n").encode() if self.rules else None
        current = rules_of(self.old)
        names = sorted({*current, *self.rules})
        steps = [rule_step(name, current.get(name), self.rules.get(name)) for name in names]
        changes = [step for step in steps if step.before != step.after]
        if self.old is not None and self.new is None:
            changes.append(Step("file", "remove", before={"path": self.path}))
        elif self.old != self.new and not changes:
            changes.append(Step("file", "update"))
        elif self.file.drift():
            changes.append(Step("attributes", "update"))
        return Plan(tuple(changes))

    def apply(self, plan: Plan) -> None:
        if self.new is None:
            os.unlink(self.path)
        elif self.new != self.old:
            self.create_directory()
            self.file.write(self.old, self.new)
        else:
            self.file.apply_attributes()

    def create_directory(self) -> None:
        directory = os.path.dirname(self.path)
        if not os.path.isdir(directory):
            os.makedirs(directory)
            os.chmod(directory, DIRECTORY_MODE)

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"rules": plan.actions()}


def rules_of(content: bytes | None) -> dict[str, Any]:
    """Return the rules in the content of a file; none if it is not a JSON object, and so is replaced."""
    try:
        rules = json.loads(content or b"{}")
    except ValueError:
        return {}
    return rules if isinstance(rules, dict) else {}


def rule_step(name: str, before: Any, after: Any) -> Step:
    action = "create" if before is None else "remove" if after is None else "update"
    return Step(name, action, before=_as_mapping(before), after=_as_mapping(after))


def _as_mapping(check: Any) -> dict[str, Any] | None:
    return None if check is None else {"check": check}
