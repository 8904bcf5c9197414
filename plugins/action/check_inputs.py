# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible.plugins.action import ActionBase

from ansible_collections.osops.glance.plugins.plugin_utils.input_checks import faults, told, warnings
from ansible_collections.osops.glance.plugins.plugin_utils.input_rules import ReleaseRules
from ansible_collections.osops.glance.plugins.plugin_utils.inputs import (
    PREFIX,
    argument_specs,
    read_inputs,
    unknown_variables,
)

ARGUMENTS = {
    "roles": {"type": "list", "elements": "str", "required": True},
    "groups": {"type": "list", "elements": "str", "default": []},
    "release": {"type": "str"},
    "version": {"type": "str", "default": ""},
    "servers": {"type": "list", "elements": "str", "default": []},
    "percent_since": {"type": "str", "default": ""},
    "import_filters": {"type": "dict", "default": {}},
    "import_methods": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Tell all that is wrong with the variables of a host at once, before anything is changed on it."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(ARGUMENTS)[1]
        specs = argument_specs()
        absent = sorted(set(arguments["roles"]) - set(specs))
        if absent:
            return {**result, "failed": True, "msg": f"This collection has no role {', '.join(absent)}."}
        advice: list[str] = []
        found = empty_groups(task_vars or {}, arguments["groups"])
        if not found:
            found, advice = self.judged(task_vars or {}, specs, arguments)
        if advice:
            result["warnings"] = advice
        if found:
            result.update(failed=True, msg=told(found, (task_vars or {}).get("inventory_hostname", "this host")))
        return {"changed": False, **result}

    def judged(
        self, task_vars: dict[str, Any], specs: dict[str, Any], arguments: Mapping[str, Any]
    ) -> tuple[list[str], list[str]]:
        """Return what is wrong, and what had better be changed, a line each."""
        known = {name for options in specs.values() for name in options}
        inputs = read_inputs(self._templar, task_vars, specs)
        values = {name: value.value for name, value in inputs.items() if value.value is not None}
        unknown = unknown_variables(task_vars, known, PREFIX)
        wrong = faults(
            variables={**values, **dict.fromkeys(unknown)},
            specs=specs,
            roles=arguments["roles"],
            release=arguments["release"],
            servers=arguments["servers"],
            ours=[name for name, value in inputs.items() if value.is_default],
            rules=ReleaseRules(**{name: arguments[name] for name in ReleaseRules._fields}),
        )
        if not wrong:
            wrong = [value.fault for value in inputs.values() if value.fault]
        return wrong, warnings(values, release=arguments["release"], version=arguments["version"])


def empty_groups(task_vars: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
    """Return the groups without a host, a line for each; without them the variables say nothing yet."""
    groups = task_vars.get("groups", {})
    return [
        f"The inventory has no host in the group {name}: put one into it" for name in wanted if not groups.get(name)
    ]
