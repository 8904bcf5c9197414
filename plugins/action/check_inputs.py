# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible.plugins.action import ActionBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match
from ansible_collections.osops.glance.plugins.plugin_utils.deployment import loadbalancer_checks
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import host_of_task
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.checks import input_problems, input_warnings, report
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import (
    PREFIX,
    argument_specs,
    read_inputs,
    unknown_variables,
)
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.releases import ReleaseRules

# The tags of the playbooks, and those that Ansible defines.
STEPS = ("preflight", "install", "configure", "database", "identity", "schema", "service", "images", "loadbalancer")
TAGS = (*STEPS, "all", "always", "never", "tagged", "untagged")
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
    """Check the variables of a host, before anything is changed on it."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(ARGUMENTS)[1]
        variables = task_vars or {}
        specs = argument_specs()
        unknown_roles = sorted(set(arguments["roles"]) - set(specs))
        if unknown_roles:
            return {**result, "failed": True, "msg": f"This collection has no role {', '.join(unknown_roles)}."}
        warnings: list[str] = []
        problems = group_problems(variables, arguments["groups"])
        if not problems:
            problems, warnings = self._check(variables, specs, arguments)
            selected, skipped = (variables.get(name) or () for name in ("ansible_run_tags", "ansible_skip_tags"))
            warnings += tag_warnings(selected, skipped, self._task.tags)
        if warnings:
            result["warnings"] = warnings
        if problems:
            result.update(failed=True, msg=report(problems, variables.get("inventory_hostname", "this host")))
        return {"changed": False, **result}

    def _check(
        self, task_vars: dict[str, Any], specs: dict[str, Any], arguments: Mapping[str, Any]
    ) -> tuple[list[str], list[str]]:
        """Return the problems and the warnings of the variables of the host."""
        known = {name for options in specs.values() for name in options}
        inputs = read_inputs(self._templar, task_vars, specs)
        values = {name: value.value for name, value in inputs.items() if value.value is not None}
        unknown = unknown_variables(task_vars, known, PREFIX)
        problems = missing_host_problems(values.get("glance_expected_hosts"), task_vars)
        problems += input_problems(
            variables={**values, **dict.fromkeys(unknown)},
            specs=specs,
            roles=arguments["roles"],
            release=arguments["release"],
            servers=arguments["servers"],
            defaults=[name for name, value in inputs.items() if value.is_default],
            rules=ReleaseRules(**{name: arguments[name] for name in ReleaseRules._fields}),
        )
        if not problems:
            problems = [value.problem for value in inputs.values() if value.problem]
        if not problems and loadbalancer_checks.ROLE in arguments["roles"]:
            problems = self._loadbalancer_problems(task_vars)
        return problems, input_warnings(values, release=arguments["release"], version=arguments["version"])

    def _loadbalancer_problems(self, task_vars: dict[str, Any]) -> list[str]:
        """Return the problems of the variables of a load balancer, also with those of the API hosts."""
        try:
            return loadbalancer_checks.loadbalancer_problems(host_of_task(self._templar, task_vars))
        except GlanceError as error:
            return [str(error)]


def tag_warnings(selected: Iterable[str], skipped: Iterable[str], inherited: Iterable[str] = ()) -> list[str]:
    """Return a warning for each tag of the command line that is similar to a tag of the playbooks: it has no effect.

    inherited: the tags of this task, also from playbooks that import it.
    """
    matches = [(option, tag) for option, tags in (("--tags", selected), ("--skip-tags", skipped)) for tag in tags]
    return [
        f"{option} {tag}: no step of this collection has this tag; did you mean {match}?"
        for option, tag in matches
        if tag not in (*TAGS, *inherited)
        for match in [closest_match(tag, TAGS)]
        if match
    ]


def missing_host_problems(expected: Any, task_vars: Mapping[str, Any]) -> list[str]:
    """Return that expected hosts are missing in the inventory of the run."""
    known = task_vars.get("groups", {}).get("all", ())
    missing = [str(host) for host in expected if host not in known] if isinstance(expected, list) else []
    if not missing:
        return []
    return [
        f"glance_expected_hosts: the inventory of this run does not contain {', '.join(missing)}: add the host to it, "
        "correct the list, or set the number of job slices to 1 in AWX"
    ]


def group_problems(task_vars: Mapping[str, Any], required: Iterable[str]) -> list[str]:
    """Return the required groups without a host; without them, no other check is meaningful."""
    groups = task_vars.get("groups", {})
    return [
        f"The inventory has no host in the group {name}: add a host to it" for name in required if not groups.get(name)
    ]
