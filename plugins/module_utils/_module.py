# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way from a plan to its execution, and the only place that knows of check mode."""

from __future__ import annotations

from typing import Any, Callable, Protocol

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Plan


class Resource(Protocol):
    """What a module manages.

    plan() reads what is and compares it with what is wanted; it never writes.
    apply() carries the plan out. Where it had to make another plan to do so, it returns that.
    result() returns the module's own return values, after the plan was carried out or, in check mode, as predicted;
    a list under "warnings" becomes warnings of the task, and a "diff" takes the place of the plan's own.
    All three raise GlanceError.
    """

    def plan(self) -> Plan: ...

    def apply(self, plan: Plan) -> Plan | None: ...

    def result(self, plan: Plan) -> dict[str, Any]: ...


def run(module: AnsibleModule, make: Callable[[AnsibleModule], Resource]) -> None:
    """Bring the resource that make() returns to what was asked for, and exit."""
    try:
        resource = make(module)
        plan = resource.plan()
        if plan.steps and not module.check_mode:
            plan = resource.apply(plan) or plan
        result = resource.result(plan)
    except GlanceError as error:
        module.fail_json(msg=str(error))
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    module.exit_json(**{"changed": plan.changed, "diff": plan.diff(), **result})
