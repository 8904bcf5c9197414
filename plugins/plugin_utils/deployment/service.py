# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe the Image service on one host: release, version, server and location of its programs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import Content
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.release import (
    features_of,
    release_facts,
    release_of_distribution,
    release_of_version,
    servers_of,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import packaged_servers

# The extras of glance_store with the libraries of its drivers (setup.cfg of glance_store).
STORE_EXTRAS = ("cinder", "s3", "swift", "vmware")


def virtualenv_name(content: Mapping[str, Any], version: str) -> str:
    """Return the name of the directory of a virtual environment: different contents have different names."""
    return f"{version}-{Content.read(content).digest()}"


@dataclass(frozen=True)
class Service:
    """The Image service on one host. Every property is computed once."""

    host: Host

    @property
    def inputs(self) -> Inputs:
        return self.host.inputs

    @property
    def platform(self) -> Mapping[str, Any]:
        return self.host.platform

    @property
    def is_packaged(self) -> bool:
        """Return whether the programs come from the packages of the distribution."""
        return bool(self.inputs["api_install_method"] == "package")

    @cached_property
    def version(self) -> str:
        """Return the version of the package, installed or to install, or of the virtual environment; may be empty."""
        if not self.is_packaged:
            return str(self.inputs["api_version"] or "")
        versions = self.host.package["candidate"], self.host.package["installed"]
        return next(filter(None, versions if self.inputs["api_upgrade"] else reversed(versions)), "")

    @cached_property
    def release(self) -> str:
        """Return glance_release, or the release of the version, or that of the distribution."""
        if self.inputs["release"]:
            return str(self.inputs["release"])
        if self.version:
            return release_of_version(self.version)
        return release_of_distribution(self.host.facts["distribution"])

    @cached_property
    def release_facts(self) -> Mapping[str, Any]:
        return release_facts(self.release)

    @cached_property
    def features(self) -> frozenset[str]:
        return features_of(self.release_facts)

    @property
    def servers(self) -> Sequence[str]:
        return servers_of(self.release_facts)

    @property
    def server(self) -> str:
        """Return the server that runs the API; `auto` selects the preferred one of the release."""
        selected = str(self.inputs["api_server"])
        return self.servers[0] if selected == "auto" else selected

    @property
    def packaged_server(self) -> str:
        """Return the server that the unit of the package runs."""
        return packaged_servers().get(self.host.facts["distribution"], self.servers[0])

    @property
    def is_installed(self) -> bool:
        return self.host.package["installed"] is not None or bool(self.host.existing_units)

    @property
    def units(self) -> list[str]:
        registry = [self.platform["registry_unit"]] if "registry" in self.features else []
        return [self.platform["api_unit"], *registry]

    @cached_property
    def virtualenv_content(self) -> dict[str, Any]:
        """Return the content of the virtual environment, as the module virtualenv accepts it."""
        requirement = f"glance=={self.version}"
        uwsgi = ["pyuwsgi"] if self.server == "uwsgi" else []
        source = {"package": requirement, "directory": "etc", "dest": "etc/glance"}
        return {
            "python": self.inputs["api_python"],
            "packages": [requirement, *self._store_requirement, *self.inputs["api_python_packages"], *uwsgi],
            "constraints": self.inputs["api_constraints"],
            "source_files": {} if "data_files" in self.features else source,
        }

    @property
    def _store_requirement(self) -> list[str]:
        """Return the requirement of the libraries for the stores. In Icehouse, the drivers belong to Glance itself."""
        types = {store["type"] for store in self.inputs["stores"]}
        extras = ",".join(extra for extra in STORE_EXTRAS if extra in types)
        return [f"glance_store[{extras}]"] if extras and self.release_facts["stores"] != "DEFAULT" else []

    @cached_property
    def virtualenv_path(self) -> str:
        """Return the directory of the virtual environment. Its name contains a digest of the content."""
        return f"{self.inputs['api_venv_root']}/{virtualenv_name(self.virtualenv_content, self.version)}"

    @property
    def bin_directory(self) -> str:
        return "/usr/bin" if self.is_packaged else f"{self.virtualenv_path}/bin"

    @property
    def etc_directory(self) -> str:
        return "/etc/glance" if self.is_packaged else f"{self.virtualenv_path}/etc/glance"
