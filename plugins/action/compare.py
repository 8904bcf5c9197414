# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import (
    part_states,
    parts_of,
    resources_of,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import host_of_task
from ansible_collections.osops.glance.plugins.plugin_utils.worker import without_garbage_collection


class ActionModule(ActionBase):  # type: ignore[misc]
    """Compare the host with its deployment plan, which holds secrets and so exists only during the task."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            parts = parts_of(host_of_task(self._templar, variables))
        except GlanceError as error:
            raise AnsibleActionFail(str(error)) from error
        arguments = {"resources": resources_of(parts)}
        with without_garbage_collection():
            compared = self._execute_module("osops.glance.compare", module_args=arguments, task_vars=variables)
        # The options hold the plan, with its secrets.
        compared.pop("invocation", None)
        result.update(compared)
        if not result.get("failed"):
            result["parts"] = part_states(parts, result.pop("differences"))
            # Displays the result as ansible.builtin.debug does.
            result["_ansible_verbose_always"] = True
        return result
