# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Sequence

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import (
    Part,
    part_states,
    parts_of,
    preflight_resource,
    resources_of,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.expected_facts import (
    expected_facts,
    facts_command,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import LEFT_OUT
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import plan
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.summary import facts_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import host_of_task
from ansible_collections.osops.glance.plugins.plugin_utils.first_module import FirstModule

Facts = Mapping[str, Any]


class ActionModule(FirstModule, ActionBase):  # type: ignore[misc]
    """Check the host and compare it with its deployment plan, which exists only during the task: it holds secrets."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            host = host_of_task(self._templar, variables)
            checks = plan(host, ["preflight"])["preflight"]
        except GlanceError as error:
            raise AnsibleActionFail(str(error)) from error
        try:
            facts = expected_facts(self._output_of(facts_command(checks)), checks)
        except AnsibleConnectionFailure as error:
            if not can_be_left_out(host):
                raise
            return {**result, LEFT_OUT: str(error)}
        parts = parts_with(host, facts) if facts else []
        compared = self._compare([preflight_resource(checks), *resources_of(parts)], variables)
        if not compared.get("failed") and facts_in(compared) != facts:
            parts = parts_with(host, facts_in(compared))
            compared = combined(compared, self._compare(resources_of(parts), variables) if parts else {})
        result.update(finished(compared, parts))
        if parts and not result.get("failed"):
            result["tags"] = sorted({*self._task.tags} - {"always", "preflight"})
            result.update(facts_of(replace(host, gathered=facts_in(result))))
        return result

    def _compare(self, resources: Sequence[Mapping[str, Any]], variables: dict[str, Any]) -> dict[str, Any]:
        """Return the result of the module, without its options, which hold the plan with its secrets."""
        arguments = {"resources": list(resources)}
        result = dict(self._execute_module("osops.glance.compare", module_args=arguments, task_vars=variables))
        result.pop("invocation", None)
        return result

    def _output_of(self, command: str) -> str:
        return str(self._low_level_execute_command(command, sudoable=True).get("stdout", ""))


def can_be_left_out(host: Host) -> bool:
    """Return whether the run may continue without a host: no other host can do what the deployment needs only once."""
    place = host.inventory
    return bool(host.inputs["skip_unreachable"]) and not (place.is_database_host or place.is_image_host)


def facts_in(compared: Mapping[str, Any]) -> Facts:
    facts: Facts = compared["ansible_facts"]["osops_glance"]
    return facts


def parts_with(host: Host, facts: Facts) -> list[Part]:
    """Return the parts of the deployment on a host with these facts; none if its variables do not suit the release.

    The next task checks the variables and reports what is wrong with them.
    """
    try:
        return parts_of(replace(host, gathered=facts))
    except GlanceError:
        return []


def combined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts and the warnings of the first run, with the comparison of the second."""
    warnings = [*first.get("warnings", ()), *second.get("warnings", ())]
    comparison = {"differences": {}, "errors": [], **second}
    return {**first, **comparison, "ansible_facts": first["ansible_facts"], "warnings": warnings}


def finished(compared: dict[str, Any], parts: Sequence[Part]) -> dict[str, Any]:
    """Return the result of the task for the result of the module."""
    differences, errors = compared.pop("differences", {}), compared.pop("errors", [])
    if not compared.get("failed"):
        compared["parts"] = part_states(parts, differences)
    if errors:
        compared.update(failed=True, msg="\n".join(errors))
    return compared
