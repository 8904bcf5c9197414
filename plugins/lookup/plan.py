# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Compute the deployment plan of a host
description:
  - Returns the packages, files, policies, directories, accounts and checks of a host as plain data. The tasks of the
    roles read their options from it.
  - The plan depends on the public variables, the facts that M(osops.glance.preflight) gathered in this run, and the
    groups of the inventory.
  - Except for O(masked), the plan holds secrets. Do not print it, and do not store it in a fact.
  - Fails if a variable cannot be converted, or if a part needs facts that were not gathered.
options:
  _terms:
    description:
      - The part of the plan.
      - Only V(preflight) and V(verify) need no facts of the host.
    type: list
    elements: str
    choices: [preflight, release, host, verify, database, identity, images, service, loadbalancer]
  masked:
    description:
      - Whether to return an overview of the plan as text in YAML, with all secrets masked.
      - With C(glance_plan_distribution), it is the plan for a new host of that distribution, and no facts are needed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what would be written to the host
  ansible.builtin.debug:
    msg: "{{ lookup('osops.glance.plan', masked=true) }}"
"""

RETURN = r"""
_raw:
  description: One dictionary for each part; with O(masked), one text.
  type: list
  elements: raw
"""

from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, assumed_facts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.overview import overview_text
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import plan
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import host_of_task
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.converted import TaskCache


class LookupModule(LookupBase):  # type: ignore[misc]
    """Compute each part of the plan once for each task of a host."""

    _parts = TaskCache()

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[Any]:
        try:
            if boolean(kwargs.get("masked", False)):
                return [overview_text(self._host(variables, is_overview=True))]
            return [self._part(str(term), variables) for term in terms]
        except GlanceError as error:
            raise AnsibleLookupError(str(error)) from error

    def _part(self, name: str, variables: Any) -> dict[str, Any]:
        parts = self._parts.of_task(variables, dict)
        if name not in parts:
            parts[name] = plan(self._host(variables), [name])[name]
        part: dict[str, Any] = parts[name]
        return part

    def _host(self, variables: Any, is_overview: bool = False) -> Host:
        host = host_of_task(self._templar, variables)
        distribution = host.inputs.get("plan_distribution") if is_overview else None
        return replace(host, gathered=assumed_facts(distribution)) if distribution else host
