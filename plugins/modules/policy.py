#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: policy
short_description: The policies of a service are these, over those of its package
version_added: "0.2.0"
description:
  - Owns a file of policies, which holds the rules that differ from those of the package or of the code. Without rules,
    the file is removed.
  - It is written as JSON, which every release of oslo.policy reads, and is meant for the directory C(policy.d) beside
    the configuration, of which the rules lie over all others. The directory is made where it is not there.
  - No copy is kept of the file, for the service reads whatever lies in that directory.
  - A service that runs takes a rule over by itself that is new or changed, but keeps one that is gone until it is
    restarted.
  - Names of rules are not judged; M(osops.glance.check_inputs) does that.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - ansible.builtin.files
  - osops.glance.attributes
options:
  path:
    description: The file.
    type: path
    required: true
  rules:
    description:
      - Who may do what, such as V(role:admin); V(!) is nobody, and an empty string everybody.
      - Rules that are in the file and not here go.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Let only administrators publish images
  become: true
  osops.glance.policy:
    path: /etc/glance/policy.d/local.json
    rules:
      publicize_image: role:admin
    owner: root
    group: glance
    mode: "0640"
"""

RETURN = r"""
rules:
  description: What was done with each rule, and with the file.
  type: dict
  returned: success
  sample: {"publicize_image": create}
"""

import json
import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core import atomic_file
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run

OPTIONS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "rules": {"type": "dict", "default": {}},
}


class Policies:
    """A file of policies."""

    def __init__(self, module: AnsibleModule) -> None:
        self.path: str = module.params["path"]
        self.rules: dict[str, str] = module.params["rules"]
        for name, check in self.rules.items():
            if not isinstance(check, str):
                raise GlanceError(f"`rules`: {name} must be a string such as 'role:admin', not {check!r}")
        self.module = module
        file_args = module.load_file_common_arguments(module.params, path=self.path)
        self.target = atomic_file.Target(module, self.path, file_args, unsafe_writes=module.params["unsafe_writes"])

    def plan(self) -> Plan:
        self.old = atomic_file.read(self.path)
        self.new = (json.dumps(self.rules, indent=4, sort_keys=True) + "\n").encode() if self.rules else None
        there = rules_in(self.old)
        steps = [rule_step(name, there.get(name), self.rules.get(name)) for name in sorted({*there, *self.rules})]
        changes = [step for step in steps if step.before != step.after]
        if self.old is not None and self.new is None:
            changes.append(Step("file", "remove", before={"path": self.path}))
        elif self.old != self.new and not changes:
            changes.append(Step("file", "update"))
        elif self.target.drift():
            changes.append(Step("attributes", "update"))
        return Plan(tuple(changes))

    def apply(self, plan: Plan) -> None:
        if self.new is None:
            os.unlink(self.path)
        elif self.new != self.old:
            self.make_directory()
            self.target.write(self.old, self.new)
        else:
            self.target.settle()

    def make_directory(self) -> None:
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            os.makedirs(folder)
            # The service has to look into it, whatever the umask is; there is nothing secret in it.
            os.chmod(folder, 0o755)

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"rules": plan.actions()}


def rules_in(content: bytes | None) -> dict[str, Any]:
    """Return the rules in a file; none where it holds something else, which is replaced."""
    try:
        rules = json.loads(content or b"{}")
    except ValueError:
        return {}
    return rules if isinstance(rules, dict) else {}


def rule_step(name: str, before: Any, after: Any) -> Step:
    action = "create" if before is None else "remove" if after is None else "update"
    return Step(name, action, before=_shown(before), after=_shown(after))


def _shown(check: Any) -> dict[str, Any] | None:
    return None if check is None else {"check": check}


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, add_file_common_args=True, supports_check_mode=True)
    run(module, Policies)


if __name__ == "__main__":
    main()
