# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the parts of a deployment with the current state, with the same code that changes them."""

from __future__ import annotations

import copy
from typing import Any, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._comparison.resources import RESOURCES
from ansible_collections.osops.glance.plugins.module_utils._core.interpreter import respawn_with
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement


class Comparison:
    """The difference between resources and the current state; the plan is always empty.

    A resource whose plan has a step differs, also if the step only verifies something. An error of a required resource
    is an error of the comparison. Any other resource that cannot be compared counts as different, so that its own task
    reports the error.
    """

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._original = copy.copy(module)
        self._entries: list[Mapping[str, Any]] = module.params["resources"]
        # The options of resources include short values, such as `true`, which must not be masked in the result.
        module.no_log_values = set(module.params["secrets"])
        module.params = {}
        self._differences: dict[str, list[str]] = {}
        self._results: dict[str, Any] = {}
        self._warnings: list[str] = []
        self._errors: list[str] = []

    def plan(self) -> Plan:
        for entry in self._entries:
            differences = self._differences.setdefault(entry["part"], [])
            try:
                self._compare(entry, differences)
            except MissingRequirement as missing:
                if missing.library:
                    respawn_with(self._original, missing.library)
                differences.append(f"not compared: {missing}")
            except GlanceError as error:
                if entry["required"]:
                    self._errors.append(str(error))
                differences.append(f"not compared: {error}")
        if self._errors:
            for warning in self._warnings:
                self._module.warn(warning)
            raise GlanceError("\n".join(self._errors))
        return Plan()

    def _compare(self, entry: Mapping[str, Any], differences: list[str]) -> None:
        """Add the differences of a resource, or its warnings: the task of a part that matches does not run."""
        warnings: list[str] = []
        module = module_for(self._module, entry["options"], warnings)
        try:
            resource = RESOURCES[entry["module"]](module)
            plan = resource.plan()
            result = resource.result(plan)
        finally:
            self._module.no_log_values |= module.no_log_values
        self._results.update({name: result[name] for name in entry["results"]})
        differences += [f"{step.action} {step.resource}" for step in plan.steps]
        if not plan.steps:
            self._warnings += [*warnings, *result.get("warnings", ())]

    def apply(self, plan: Plan) -> None:
        """Make no change: a comparison only reads."""

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"differences": self._differences, "warnings": self._warnings, **self._results}


def module_for(module: AnsibleModule, options: Mapping[str, Any], warnings: list[str]) -> AnsibleModule:
    """Return the module with other options, in check mode.

    warnings: receives the warnings instead of the result of the module.
    """
    other = copy.copy(module)
    other.params = dict(options)
    other.check_mode = True
    other.no_log_values = set()
    other.warn = warnings.append
    return other
