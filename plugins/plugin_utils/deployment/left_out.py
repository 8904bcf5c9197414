# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that a run does not complete.

A run leaves hosts out that cannot be reached (glance_skip_unreachable), loses hosts that cannot be reached any more,
and contains only some of the hosts with --limit.
"""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import is_in_sync
from ansible_collections.osops.glance.plugins.plugin_utils.hosts import API, Groups, api_hosts

# In the result of a host: it could not be reached, it cannot be reached any more, its service was started.
LEFT_OUT, LOST, STARTED = "left_out", "lost", "started"
# The parts that show which release and configuration the service of a host runs with.
DEPLOYED = ("install", "configure", "service")

# The results of the module compare, by host.
Results = Mapping[str, Mapping[str, Any]]


def left_out_hosts(results: Results) -> list[str]:
    """Return the hosts that this run leaves out or has lost."""
    return [host for host, result in results.items() if LEFT_OUT in result or LOST in result]


def lost_hosts(results: Results) -> list[str]:
    """Return the hosts that cannot be reached any more."""
    return [host for host, result in results.items() if LOST in result]


def incomplete_hosts(groups: Groups, results: Results) -> list[str]:
    """Return the API hosts of the inventory on which the service may run with another release or configuration.

    Another release is one that the first of these hosts by name does not have.
    """
    hosts = sorted(api_hosts(groups))
    releases = {host: results.get(host, {}).get("service", {}).get("release") for host in hosts}
    return [host for host in hosts if not _is_complete(host, results) or releases[host] != releases[hosts[0]]]


def _is_complete(host: str, results: Results) -> bool:
    """Return whether the service of a host was started in this run, or matches the deployment plan."""
    compared = {name: result["parts"] for name, result in results.items() if "parts" in result}
    return STARTED in results.get(host, {}) or all(is_in_sync(part, host, compared) for part in DEPLOYED)


def absent_hosts(groups: Groups, results: Results) -> list[str]:
    """Return the API hosts of the inventory that this run cannot change: not in it, or not reached."""
    return [host for host in sorted(api_hosts(groups)) if "parts" not in results.get(host, {})]


def without_left_out(groups: Groups, results: Results) -> dict[str, list[str]]:
    """Return the groups of the inventory; glance_api without the hosts that this run leaves out or has lost."""
    absent = set(left_out_hosts(results))
    return {
        group: [host for host in members if host not in absent or group != API] for group, members in groups.items()
    }
