# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way from a plan to its execution, and the only place that knows of check mode."""

from __future__ import annotations

from typing import Any, Callable, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.osops.glance.plugins.module_utils._core.interpreter import respawn_with
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, PartialFailure, Plan


class MissingRequirement(GlanceError):
    """Something without which the module cannot read the current state, and that an earlier task provides.

    thing: what it is; a Python library if there is no message.
    library: the name under which a Python library is imported; another interpreter of the host may have it.
    warning: what the prediction assumes; by default, that nothing exists.
    blind: returns the resource that predicts, in place of the method of that name.
    """

    def __init__(
        self,
        resource: str,
        message: str | None = None,
        library: str | None = None,
        warning: str | None = None,
        blind: Callable[[AnsibleModule], Resource] | None = None,
    ) -> None:
        super().__init__(message or missing_required_lib(resource))
        self.resource = resource
        self.library = library
        self.warning = warning or f"{resource} is not installed yet; the prediction assumes that nothing exists."
        self.blind = blind


class Resource(Protocol):
    """What a module manages.

    plan() reads what is and compares it with what is wanted; it never writes.
    apply() carries the plan out. Where it had to make another plan to do so, it returns that.
    result() returns the module's own return values, after the plan was carried out or, in check mode, as predicted;
    a list under "warnings" becomes warnings of the task, and a "diff" takes the place of the plan's own.
    All three raise GlanceError.

    A resource whose making or plan() raises Missing may also have a class method blind(module). In check mode this
    returns in its place the resource as it is where nothing is there yet, which plans without looking.
    """

    def plan(self) -> Plan: ...

    def apply(self, plan: Plan) -> Plan | None: ...

    def result(self, plan: Plan) -> dict[str, Any]: ...


def run(module: AnsibleModule, make: Callable[[AnsibleModule], Resource]) -> None:
    """Bring the resource that make() returns to what was asked for, and exit."""
    try:
        resource, plan = _planned(module, make)
        if plan.steps and not module.check_mode:
            plan = resource.apply(plan) or plan
        result = resource.result(plan)
    except PartialFailure as error:
        module.fail_json(msg=str(error), **error.result)
    except GlanceError as error:
        module.fail_json(msg=str(error))
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    module.exit_json(**{"changed": plan.changed, "diff": plan.diff(), **result})


def _planned(module: AnsibleModule, make: Callable[[AnsibleModule], Resource]) -> tuple[Resource, Plan]:
    try:
        resource = make(module)
        return resource, resource.plan()
    except MissingRequirement as missing:
        if missing.library:
            respawn_with(module, missing.library)
        blind = missing.blind or getattr(make, "blind", None)
        if blind is None or not module.check_mode:
            raise
        resource = blind(module)
        module.warn(missing.warning)
        return resource, resource.plan()
