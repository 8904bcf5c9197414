# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe one host of the deployment: its inputs, facts and place in the inventory."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Callable, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.distribution import distribution_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import CONFIG_FILE, POLICY_FILE
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import platform_of

NOT_GATHERED = (
    "The facts of this host were not gathered: --start-at-task skipped the preflight. Run the playbook from its start; "
    "it changes nothing that already matches."
)

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Inventory:
    """The place of a host in the inventory.

    host: the name of the host.
    api_hosts: the hosts of the group glance_api.
    image_host: the host that uses the cloud and manages the images.
    database_host: the host that administers the database.
    worker_urls: returns glance_api_worker_url of each API host; None for a host without it.
    loadbalancers: the hosts of the group glance_loadbalancer.
    variables_of: returns the variables of another host, rendered but not converted.
    """

    host: str
    api_hosts: Sequence[str] = ()
    image_host: str | None = None
    database_host: str | None = None
    worker_urls: Callable[[], Mapping[str, str | None]] = dict
    loadbalancers: Sequence[str] = ()
    variables_of: Callable[[str], Mapping[str, Any]] = lambda host: {}

    @property
    def is_api_host(self) -> bool:
        return self.host in self.api_hosts

    @property
    def is_loadbalancer(self) -> bool:
        return self.host in self.loadbalancers

    @property
    def is_image_host(self) -> bool:
        return self.host == self.image_host

    @property
    def is_database_host(self) -> bool:
        return self.host == self.database_host


@dataclass(frozen=True)
class Host:
    """A host of the deployment.

    inputs: the public variables without the prefix glance_, as the lookup inputs returns them.
    gathered: the facts that the module preflight gathered in this run; None before.
    compared: the result of the module compare in this run.
    """

    inputs: Inputs
    inventory: Inventory
    gathered: Mapping[str, Any] | None = field(default=None)
    compared: Mapping[str, Any] = field(default_factory=dict)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return the facts. Raise GlanceError if they were not gathered in this run."""
        if self.gathered is None:
            raise GlanceError(NOT_GATHERED)
        return self.gathered

    @cached_property
    def platform(self) -> Mapping[str, Any]:
        return platform_of(self.facts["family"], self.facts["distribution"])

    @property
    def installed(self) -> list[str]:
        """Return the names of the queried packages that are installed."""
        return [name for name, found in self.facts["packages"].items() if found["installed"]]

    @property
    def candidates(self) -> list[str]:
        """Return the names of the queried packages that a repository offers."""
        return [name for name, found in self.facts["packages"].items() if found["candidate"]]

    @property
    def package(self) -> Mapping[str, Any]:
        """Return the versions of the package of the service."""
        versions: Mapping[str, Any] = self.facts["packages"][self.platform["package"]]
        return versions

    @property
    def existing_units(self) -> list[str]:
        """Return the paths of the units of this collection that exist on the host."""
        return [path for path in self.facts["existing_files"] if path not in (POLICY_FILE, CONFIG_FILE)]


def assumed_facts(distribution: str) -> dict[str, Any]:
    """Return the facts of a new host of a distribution, such as `debian 12`; GlanceError if it is not supported."""
    of_family = distribution_of({"id": distribution.split(maxsplit=1)[0]}).family
    try:
        platform = platform_of(of_family, distribution)
    except GlanceError as error:
        raise GlanceError(f"glance_plan_distribution: {error} Set it to a name like `debian 12`.") from error
    names = (platform["package"], platform["cloud_library"], platform["mysql_library"])
    return {
        "family": of_family,
        "distribution": distribution,
        "packages": {name: {"installed": None, "candidate": None} for name in names},
        "unchanged_directories": [],
        "existing_files": [],
        "interrupted": False,
    }
