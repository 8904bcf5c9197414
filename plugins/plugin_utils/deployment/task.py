# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe the host of a task from the variables of the task."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from ansible_collections.osops.glance.plugins.module_utils._host.packages import is_upgradable
from ansible_collections.osops.glance.plugins.plugin_utils import hosts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import IN_SYNC
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inventory
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import LOST, STARTED
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import platforms
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.converted import converted_inputs

# The results of the tasks that gathered facts and compared the host. In contrast to a fact, a registered result is
# never cached between runs.
GATHERED = "__glance_gathered"
COMPARED = "__glance_compared"
# The results of the tasks that a host of the API must complete.
STARTED_SERVICE = "__glance_api_started"
WRITTEN = ("__glance_api_written", "__glance_api_units_written")
COMPLETED = (
    "__glance_api_directories",
    "__glance_api_stopped",
    "__glance_api_upgraded",
    *WRITTEN,
    "__glance_api_policy_written",
    "__glance_api_migrated",
    STARTED_SERVICE,
)
Results = Dict[str, Mapping[str, Any]]
WORKER_URL = "glance_api_worker_url"


def host_of_task(templar: Any, variables: Mapping[str, Any]) -> Host:
    """Return the host of a task. Raise GlanceError for a variable that cannot be converted."""
    inputs = converted_inputs(templar, variables)
    return Host(inputs, inventory_of(variables), gathered_facts(variables), variables.get(COMPARED) or {})


def gathered_facts(variables: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the facts of the host that were gathered in this run; None if there are none."""
    facts = variables.get("ansible_facts") or {}
    return facts.get("osops_glance") if GATHERED in variables or COMPARED in variables else None


def inventory_of(variables: Mapping[str, Any]) -> Inventory:
    """Return the place of the host in the inventory."""
    groups, hostvars = variables.get("groups", {}), variables.get("hostvars", {})
    api_hosts = hosts.api_hosts(groups)
    return Inventory(
        host=str(variables.get("inventory_hostname", "")),
        api_hosts=api_hosts,
        database_host=next(iter(hosts.database_hosts(groups)), None),
        image_host=hosts.admin_hosts(groups)[0],
        worker_urls=lambda: {host: hostvars[host].get(WORKER_URL) for host in api_hosts},
        loadbalancers=hosts.loadbalancers(groups),
        variables_of=lambda host: hostvars.get(host, {}),
    )


def compared_results(variables: Mapping[str, Any]) -> Results:
    """Return the results of the hosts that were compared in this run."""
    return {host: result for host, result in results_of(variables).items() if "parts" in result}


def results_of(variables: Mapping[str, Any]) -> Results:
    """Return the results of the module compare in this run, by host; empty for a host on which it did not run.

    A host that was lost during the run has only the key `lost`; one whose service was started has the key `started`.
    Ansible computes all variables of each host for this: call it once.
    """
    hostvars = variables.get("hostvars", {})
    declared = [host for host in hosts.all_hosts(variables.get("groups", {})) if host in hostvars]
    return {host: _result_of(hostvars[host]) for host in declared}


def _result_of(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    completed = {name: variables[name] for name in COMPLETED if variables.get(name)}
    if any(_is_unreachable(result) for result in completed.values()):
        return {LOST: True}
    compared = variables.get(COMPARED) or {}
    return {**compared, **({STARTED: True} if _is_deployed(variables, compared, completed) else {})}


def _is_unreachable(result: Mapping[str, Any]) -> bool:
    """Return whether a task did not reach the host; of a loop, ansible-core 2.16 reports only the item."""
    return any(one.get("unreachable") for one in [result, *result.get("results", ())])


def _is_deployed(
    variables: Mapping[str, Any], compared: Mapping[str, Any], completed: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Return whether this run started the service with its release and configuration."""
    succeeded = {name for name, result in completed.items() if not result.get("failed")}
    is_configured = compared.get("parts", {}).get("configure") == IN_SYNC or succeeded.issuperset(WRITTEN)
    return STARTED_SERVICE in succeeded and is_configured and not _is_upgrade_pending(variables)


def _is_upgrade_pending(variables: Mapping[str, Any]) -> bool:
    """Return whether the package of the service was to be upgraded, and its previous version is installed."""
    facts = (variables.get("ansible_facts") or {}).get("osops_glance") or {}
    package = platforms().get(str(facts.get("family")), {}).get("package")
    return is_upgradable(facts.get("packages", {}).get(package) or {})
