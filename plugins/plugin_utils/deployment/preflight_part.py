# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the parts of the plan for the role glance."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.baseline import IMPORT_FILTERS, import_methods
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import (
    gather_options,
    removed_packages,
    required_packages,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import CONFIG_FILE, REGISTRY_CONFIG_FILE
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.preflight_checks import preflight_checks
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.registration import cloud_environment
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.release import release_facts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service_part import healthcheck_url
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import by_platform, platforms
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.worker_checks import worker_checks
from ansible_collections.osops.glance.plugins.plugin_utils.stores import store_directories

# The search for files that the service cannot read: one file is enough for a failure.
FIND_TESTS = ("-maxdepth", "1", "-type", "f", "!", "-readable", "-printf", "%p (owner %u, mode %m)", "-quit")


def preflight_part(host: Host) -> dict[str, Any]:
    """Return the checks before a deployment. They need no facts."""
    gather = gather_options(host)
    return {
        **preflight_checks(host.inputs, host.inventory, _known_authtoken(host)),
        **gather,
        "environment": cloud_environment(host.inputs),
        "available_packages": required_packages(host),
        "removed_packages": removed_packages() if host.inventory.is_api_host else [],
        "units": by_platform("api_unit", "registry_unit"),
    }


def _known_authtoken(host: Host) -> str:
    """Return the generation of [keystone_authtoken] if it is known without facts; otherwise an empty string.

    The packages of all distributions with Python 3.9 belong to releases for which it makes no difference.
    """
    service = Service(host)
    if not host.inventory.is_api_host or not (host.inputs["release"] or not service.is_packaged):
        return ""
    return str(release_facts(service.release)["authtoken"])


def release_part(host: Host) -> dict[str, Any]:
    """Return the checks that depend on the release of the host."""
    service, is_api_host = Service(host), host.inventory.is_api_host
    if not (is_api_host or host.inputs["config"] or host.inputs["registry_config"]):
        return {"needed": False, "workers": {"needed": False}}
    facts = service.release_facts
    return {
        "needed": True,
        "release": service.release,
        "version": service.version if is_api_host else "",
        "servers": service.servers,
        "percent_since": facts["percent_since"],
        "import_filters": dict(IMPORT_FILTERS) if facts["import_filters"] else {},
        "import_methods": import_methods(facts),
        "workers": _workers(service),
    }


def _workers(service: Service) -> dict[str, Any]:
    """Return the checks of the other API hosts, on releases with worker_self_reference_url."""
    inventory = service.host.inventory
    if not inventory.is_api_host or "worker_url" not in service.features:
        return {"needed": False}
    port = service.inputs["api_bind_port"]
    checks = worker_checks(inventory.worker_urls(), inventory.host, port)
    return {"needed": bool(checks["resolve"]), **checks}


def host_part(host: Host) -> dict[str, Any]:
    """Return the state of the package manager of the host, and the command that completes an interrupted run."""
    return {
        "interrupted": host.facts["interrupted"],
        "finish": host.platform["finish"],
        "gather": gather_options(host),
    }


def verify_part(host: Host) -> dict[str, Any]:
    """Return the options of verify.yml. They need no facts."""
    inputs = host.inputs
    directories = _file_store_directories(host)
    return {
        "cloud": inputs["cloud"],
        "environment": cloud_environment(inputs),
        "region": inputs["region"],
        "healthcheck_url": f"{healthcheck_url(inputs)}/healthcheck",
        "ca_cert": inputs["ca_cert"],
        "stores": [store["name"] for store in inputs["stores"]],
        "api_hosts": list(host.inventory.api_hosts),
        "find": ["runuser", "-u", "glance", "--", "find", *directories, *FIND_TESTS] if directories else None,
        "units": [unit for units in by_platform("api_unit", "registry_unit").values() for unit in units],
        "logs": list(dict.fromkeys(path for facts in platforms().values() for path in facts["logs"])),
        "files": [CONFIG_FILE, REGISTRY_CONFIG_FILE],
    }


def _file_store_directories(host: Host) -> list[str]:
    state, config = host.inputs["api_state_directory"], host.inputs["config"]
    reserved = store_directories([], state, config)
    return [path for path in store_directories(host.inputs["stores"], state, config) if path not in reserved]
