# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the part of the plan for the role glance_api."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._openstack.domain import domain_options
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.baseline import bracketed
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.configuration import (
    config_files,
    written_sections,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import (
    gather_options,
    install_options,
    service_packages,
    units_to_mask,
    upgrade_options,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import (
    ACCOUNT,
    CONFIG_DIRECTORY_OPTIONS,
    CONFIG_FILE,
    DISABLE_FILE,
    DRAIN_MARKER,
    PACKAGE_DEFAULTS,
    UNIT_DIRECTORY,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.policies import policies
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.removal import removal
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.units import unit_files
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.validation import validator
from ansible_collections.osops.glance.plugins.plugin_utils.stores import OWNED, store_directories

# The first line of the files that the collection replaces as a whole.
NOTICE = (
    "# Written by Ansible (osops.glance). What is changed here by hand is lost; glance_config and "
    "glance_registry_config are not."
)
# The part of it that identifies a file as written by this collection, in every version.
MARKER = "(osops.glance)"
# The addresses that mean all addresses of a host, and the address to which a client on the host connects instead.
WILDCARD_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def service_part(service: Service) -> dict[str, Any]:
    """Return the part of the plan for the role glance_api."""
    files, units = config_files(service), unit_files(service)
    policy = policies(service, files[CONFIG_FILE])
    directories = store_directories(
        service.inputs["stores"], service.inputs["api_state_directory"], service.inputs["config"]
    )
    return {
        "release": service.release,
        "version": service.version,
        "features": sorted(service.features),
        "install": {**install_options(service.host, service_packages(service)), **_installation(service)},
        "gather": gather_options(service.host),
        "virtualenv": virtualenv(service),
        "files": {path: _config_file(service, path, sections) for path, sections in files.items()},
        "unit_files": {path: _unit_file(service, path, sections) for path, sections in units.items()},
        "policies": policy,
        "directories": [{"path": path, **OWNED} for path in directories],
        "directories_to_create": _missing(service, directories),
        "schema": schema(service),
        "service": {**service_options(service), "files": [*files, *units, *policy["written_files"]]},
        "load_balancer": load_balancer(service.inputs),
        "drift": _drift(service, files),
        "restore": _restore(service.inputs),
        "removal": removal(service, directories),
    }


def _installation(service: Service) -> dict[str, Any]:
    is_installed = service.host.package["installed"] is not None
    return {
        "upgrade": upgrade_options(service),
        "units_to_mask": units_to_mask(service),
        "account": None if is_installed else ACCOUNT,
        "config_directory": CONFIG_DIRECTORY_OPTIONS,
        # The release is known for certain only after the package was installed.
        "gather_again": service.is_packaged and not is_installed,
    }


def virtualenv(service: Service) -> dict[str, Any] | None:
    """Return the options of the module virtualenv; None if the programs come from packages."""
    if service.is_packaged:
        return None
    names = ("index_url", "find_links", "no_index")
    options = {name: service.inputs[f"api_{name}"] for name in names}
    return {"path": service.virtualenv_path, **service.virtualenv_content, **options}


def _backup(service: Service) -> bool:
    """Return whether to copy a file before it is replaced: on an installed service always, for the rollback."""
    return True if service.is_installed else bool(service.inputs["api_backup"])


def _config_file(service: Service, path: str, sections: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "options": written_sections(sections),
        "base": NOTICE if service.inputs["api_config_mode"] == "replace" else None,
        "managed_marker": MARKER,
        "package_defaults": PACKAGE_DEFAULTS[path],
        "validate": validator(service),
        "backup": _backup(service),
        "owner": "root",
        "group": "glance",
        "mode": "0640",
    }


def _unit_file(service: Service, path: str, sections: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "options": sections,
        "dialect": "systemd" if path.startswith(f"{UNIT_DIRECTORY}/") else "generic",
        "base": NOTICE,
        "managed_marker": MARKER,
        "backup": _backup(service),
        "owner": "root",
        "group": "root",
        "mode": "0644",
    }


def _missing(service: Service, directories: list[str]) -> list[dict[str, Any]]:
    """Return the directories that do not exist with the desired attributes, according to the preflight."""
    unchanged = service.host.facts["unchanged_directories"]
    return [{"path": path, **OWNED} for path in directories if path not in unchanged]


def schema(service: Service) -> dict[str, Any]:
    """Return the options of the module db_sync. Other controllers still run the previous release during a migration."""
    inputs = service.inputs
    migration = "rolling" if len(service.host.inventory.api_hosts) > 1 else "all"
    return {
        "phase": migration if inputs["api_migrate"] else "none",
        "check": service.release_facts["schema_check"],
        "glance_manage": f"{service.bin_directory}/glance-manage",
        "metadefs": f"{service.etc_directory}/metadefs" if "metadefs" in service.features else None,
        "metadefs_merge": inputs["api_merge_metadefs"],
        "timeout": inputs["api_schema_timeout"],
        "lock_timeout": inputs["api_schema_lock_timeout"],
    }


def account(inputs: Inputs) -> dict[str, Any]:
    """Return the service's own account, as an entry of clouds.yaml."""
    credentials = {
        "auth_url": inputs["identity_url"],
        "username": inputs["service_user"],
        "password": inputs["service_password"],
        "project_name": inputs["service_project"],
    }
    return {
        "auth": {**credentials, **domain_options(str(inputs["service_domain"]))},
        "region_name": inputs["region"],
        "cacert": inputs["ca_cert"],
    }


def healthcheck_url(inputs: Inputs) -> str:
    """Return the URL of this host's own API: behind a load balancer another host may respond."""
    host = inputs["api_bind_host"]
    address = WILDCARD_ADDRESSES.get(host, bracketed(host))
    return str(inputs["api_healthcheck_url"] or f"http://{address}:{inputs['api_bind_port']}")


def service_options(service: Service) -> dict[str, Any]:
    """Return the options of the module service."""
    inputs = service.inputs
    return {
        "units": service.units,
        "keep_copies": inputs["api_backup"],
        "logs": service.platform["logs"],
        "cloud": account(inputs),
        "endpoint": healthcheck_url(inputs),
        "drain": drain(service),
        "drain_marker": load_balancer(inputs)["marker"],
        "check_stores": inputs["api_check_stores"],
        "stores": [store["name"] for store in inputs["stores"]],
        "timeout": inputs["api_timeout"],
    }


def load_balancer(inputs: Inputs) -> dict[str, Any]:
    """Return the files with the operator's tasks for a load balancer, and the marker between the two.

    Without tasks that return the host there is no marker, since nothing would remove it.
    """
    enable = inputs["api_enable_tasks"]
    return {"drain": inputs["api_drain_tasks"], "enable": enable, "marker": DRAIN_MARKER if enable else None}


def drain(service: Service) -> dict[str, Any] | None:
    """Return how the module service takes the host out of its load balancer; None for a single host, which has none."""
    inputs = service.inputs
    if (
        len(service.host.inventory.api_hosts) < 2
        or "healthcheck" not in service.features
        or not inputs["api_bind_port"]
    ):
        return None
    return {
        "file": DISABLE_FILE,
        "port": inputs["api_bind_port"],
        "delay": inputs["api_drain_delay"],
        "timeout": inputs["api_drain_timeout"],
    }


def _drift(service: Service, files: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the module config_drift. Without a configuration on the host, nothing can be lost."""
    return {
        "files": {path: written_sections(sections) for path, sections in files.items()},
        "needed": CONFIG_FILE in service.host.facts["existing_files"],
        "mode": service.inputs["api_config_mode"],
        "managed_marker": MARKER,
        "package_defaults": PACKAGE_DEFAULTS,
    }


def _restore(inputs: Inputs) -> dict[str, Any]:
    """Return whether to restore the previous configuration, and why: the first account that could not be changed."""
    failures = inputs["api_account_failures"] or []
    return {"needed": bool(failures), **(failures[0] if failures else {"current_accounts": [], "msg": ""})}
