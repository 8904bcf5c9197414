"""Deployment plans of hosts that exist only in the tests."""

from __future__ import annotations

from typing import Any

import ansible.template
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.configuration import config_files
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inventory, assumed_facts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.policies import policies
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service_part import service_part
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.converted import converted_inputs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import trust
from tools.tables import RELEASES

SECRETS = {"glance_database_password": "p@ss", "glance_service_password": "pa$$word"}
# All advisories are fixed in this version.
VERSION = "33.0.0"
API_FILE = "/etc/glance/glance-api.conf"


def inputs_of(**variables: Any) -> dict[str, Any]:
    """Return the public variables of a host as the lookup inputs returns them."""
    trusted = trust({**SECRETS, **variables})
    templar = ansible.template.Templar(loader=DataLoader(), variables=trusted)
    return converted_inputs(templar, trusted)


def host_of(
    *,
    distribution: str = "debian 12",
    version: str | None = VERSION,
    is_installed: bool = False,
    facts: dict[str, Any] | None = None,
    inventory: Inventory | None = None,
    **variables: Any,
) -> Host:
    """Return a host; `version` is the version of the package that is installed or offered."""
    gathered = {**assumed_facts(distribution), **(facts or {})}
    package = next(iter(gathered["packages"]))
    versions = {"installed": version if is_installed else None, "candidate": version}
    gathered["packages"] = {**gathered["packages"], package: versions}
    return Host(inputs_of(**variables), inventory or Inventory("c1", ("c1",), "c1"), gathered)


def service_of(release: str | None = None, **options: Any) -> Service:
    return Service(host_of(**options, **({"glance_release": release} if release else {})))


def service_part_of(release: str | None = None, **options: Any) -> dict[str, Any]:
    return service_part(service_of(release, **options))


def render(version: str = VERSION, **variables: Any) -> dict[str, Any]:
    """Return for every release the sections of its configuration files, and its policy rules."""
    return {release: _rendered(service_of(release, version=version, **variables)) for release in RELEASES}


def _rendered(service: Service) -> dict[str, Any]:
    files = config_files(service)
    return {
        "files": files,
        "names": list(files),
        "policy": policies(service, files[API_FILE])["rules"],
        "method": service.inputs["api_install_method"],
    }
