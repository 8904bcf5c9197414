# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the hosts of each task of a deployment from the groups of the inventory.

A single host is the first one by name: inventories such as those of AWX have no order of hosts.
"""

from __future__ import annotations

from typing import Callable, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

API, DATABASE, ADMIN = "glance_api", "glance_database", "glance_admin"
LOADBALANCER = "glance_loadbalancer"
# A play without hosts reports nothing. On localhost it reports that the group glance_api is empty.
FALLBACK = "localhost"
# A pattern that matches no host. Without any pattern, Ansible refuses a play.
NO_HOST = "all:!all"

Groups = Mapping[str, Sequence[str]]


def api_hosts(groups: Groups) -> list[str]:
    """Return the hosts that run the service: the group glance_api."""
    return list(groups.get(API) or [])


def first_api_hosts(groups: Groups) -> list[str]:
    """Return the host that migrates the database and starts first."""
    return _first(api_hosts(groups)) or [NO_HOST]


def other_api_hosts(groups: Groups) -> list[str]:
    """Return the other hosts that run the service."""
    return [host for host in api_hosts(groups) if [host] != first_api_hosts(groups)] or [NO_HOST]


def contract_hosts(groups: Groups) -> list[str]:
    """Return the host that completes a migration of the database after all of several hosts run the new release."""
    return first_api_hosts(groups) if len(api_hosts(groups)) > 1 else [NO_HOST]


def database_hosts(groups: Groups) -> list[str]:
    """Return the host that administers the database: of glance_database, or else of glance_api."""
    return _first(groups.get(DATABASE) or api_hosts(groups))


def admin_hosts(groups: Groups) -> list[str]:
    """Return the host that uses glance_cloud and manages the images: of glance_admin, or else of glance_api."""
    return _first(groups.get(ADMIN) or api_hosts(groups) or [FALLBACK])


def all_hosts(groups: Groups) -> list[str]:
    """Return the hosts of a deployment: all hosts of the three groups."""
    members = [*(api_hosts(groups) or [FALLBACK]), *groups.get(DATABASE, ()), *groups.get(ADMIN, ())]
    return list(dict.fromkeys(members))


def loadbalancers(groups: Groups) -> list[str]:
    """Return the hosts that distribute the requests to the API hosts: the group glance_loadbalancer."""
    return list(groups.get(LOADBALANCER) or [])


def loadbalancer_hosts(groups: Groups) -> list[str]:
    """Return the load balancers for a play. Without any, the play has no host."""
    return loadbalancers(groups) or [NO_HOST]


def _first(hosts: Sequence[str]) -> list[str]:
    return sorted(hosts)[:1]


SELECTIONS: Mapping[str, Callable[[Groups], list[str]]] = {
    "all": all_hosts,
    "api": api_hosts,
    "first_api": first_api_hosts,
    "other_api": other_api_hosts,
    "contract": contract_hosts,
    "database": database_hosts,
    "admin": admin_hosts,
    "loadbalancer": loadbalancer_hosts,
}


def select_hosts(selection: str, groups: Groups) -> list[str]:
    """Return the hosts of a selection. Raise GlanceError for an unknown one."""
    if selection not in SELECTIONS:
        raise GlanceError(f"{selection!r} is no selection of hosts: {', '.join(SELECTIONS)}.")
    return SELECTIONS[selection](groups)
