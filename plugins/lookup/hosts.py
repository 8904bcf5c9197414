# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Select the hosts of a deployment by their task
description:
  - Returns the hosts that perform a task of the deployment, according to the groups of the inventory.
  - The group C(glance_api) contains the hosts that run the Image service. The other groups are optional.
  - A host of the group C(glance_database) administers the database. Without this group, a host of C(glance_api) does.
  - A host of the group C(glance_admin) uses C(glance_cloud), registers the service and manages the images. Without this
    group, a host of C(glance_api) does.
  - The hosts of the group C(glance_loadbalancer) run the load balancer. Without this group, no load balancer is
    managed.
  - Of several hosts, the first one by name is selected, since inventories such as those of AWX have no order of hosts.
  - With O(to_do), hosts that the run leaves out are not returned, see P(osops.glance.left_out#lookup).
options:
  _terms:
    description:
      - The selection of hosts.
      - With V(all), the hosts of C(glance_api), C(glance_database) and C(glance_admin).
      - With V(api), the hosts of C(glance_api); with V(first_api), the first of them by name, which migrates the
        database; with V(other_api), the others. With V(contract), if there are several of them, the first one again,
        which completes the migration after all of them run the new release.
      - With V(database), the host that administers the database.
      - With V(admin), the host that uses C(glance_cloud).
      - With V(loadbalancer), the hosts of C(glance_loadbalancer), or a pattern that matches no host.
      - With V(all) and V(admin), C(localhost) is returned if C(glance_api) is empty, so that a play can report that.
    type: list
    elements: str
    choices: [all, api, first_api, other_api, contract, database, admin, loadbalancer]
    required: true
  to_do:
    description:
      - Parts of the deployment. Hosts that need no task for any of them are not returned.
      - A host needs no task for a part that M(osops.glance.compare) compared in this run and that matches the
        deployment plan, unless another part differs on which it depends. The service, for example, must be verified
        after the password of its account has changed on another host.
      - With V(any), a host is returned if one of its parts differs, or if it was not compared. If the run leaves out
        hosts, all others are returned, so that a play can report that.
      - If no host needs a task, a pattern is returned that matches no host.
    type: list
    elements: str
    choices: [install, configure, database, identity, schema, service, images, any]
    default: []
"""

EXAMPLES = r"""
- name: Show which host administers the database
  ansible.builtin.debug:
    msg: "{{ query('osops.glance.hosts', 'database') }}"

- name: Install the packages
  hosts: "{{ query('osops.glance.hosts', 'api', to_do=['install']) }}"
  tasks:
    - name: Install the packages
      ansible.builtin.import_role:
        name: osops.glance.glance_api
        tasks_from: install
"""

RETURN = r"""
_raw:
  description: The names of the hosts.
  type: list
  elements: str
"""

from typing import Any, Mapping

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import is_in_sync
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import left_out_hosts, without_left_out
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import load_tables
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import Results, results_of
from ansible_collections.osops.glance.plugins.plugin_utils.hosts import NO_HOST, select_hosts


class LookupModule(LookupBase):  # type: ignore[misc]
    """Select hosts from the groups of the inventory."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        # Plays call this lookup in the main process. The worker processes of their tasks then share the tables.
        load_tables()
        groups, parts = (variables or {}).get("groups", {}), kwargs.get("to_do")
        results = results_of(variables) if parts else {}
        try:
            # A play that reports what the run did includes the hosts that it left out.
            available = without_left_out(groups, results) if parts and "any" not in parts else groups
            hosts = [str(host) for term in terms for host in select_hosts(str(term), available)]
        except GlanceError as error:
            raise AnsibleLookupError(f"osops.glance.hosts: {error}") from error
        return with_tasks(hosts, parts, results) if parts else hosts


def with_tasks(hosts: list[str], parts: list[str], results: Results) -> list[str]:
    """Return the hosts that need a task for one of the parts, or a pattern that matches no host.

    results: of the module compare, by host.
    """
    if "any" in parts and left_out_hosts(results):
        return hosts
    compared = {host: result["parts"] for host, result in results.items() if "parts" in result}
    needed = [
        host
        for host in hosts
        if not all(is_in_sync(name, host, compared) for part in parts for name in _names(str(part), compared.get(host)))
    ]
    return needed if needed or not hosts else [NO_HOST]


def _names(part: str, states: Mapping[str, str] | None) -> list[str]:
    """Return the parts of a host with these states that a value of to_do selects."""
    return [part] if part != "any" or states is None else list(states)
