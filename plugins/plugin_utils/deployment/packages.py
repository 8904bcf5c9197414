# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the packages of a host and the options of its package manager."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._host.packages import is_upgradable
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import CONFIG_FILE, POLICY_FILE, unit_path
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.release import release_of_version
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import by_platform, platforms

# Seconds after which apt updates its package lists.
MAX_AGE = 86400


def gather_options(host: Host) -> dict[str, Any]:
    """Return the options with which the module preflight gathers facts, by family: the host's own is unknown yet."""
    return {
        "packages": _packages_to_query(host),
        "stat_files": managed_paths(),
        "lock_timeout": host.inputs["package_lock_timeout"],
        "upgrades": host.inputs["api_upgrade"],
    }


def required_packages(host: Host) -> dict[str, list[str]]:
    """Return the packages that a host needs in any case, by family of distributions."""
    place, facts = host.inventory, ["cloud_library"] * host.inventory.is_image_host
    if place.is_api_host:
        packaged = host.inputs["api_install_method"] == "package"
        facts = ["package" if packaged else "venv_packages", "cloud_library", "mysql_library"]
    return by_platform(*facts, *["mysql_library"] * place.is_database_host)


def _packages_to_query(host: Host) -> dict[str, list[str]]:
    """Return all packages that a run may install: a package that is not queried counts as missing in every run."""
    names = ("package", "cloud_library", "mysql_library")
    optional = ("api_packages", "registry_packages", "uwsgi_packages", "venv_packages")
    balancer = ("loadbalancer_packages", "failover_packages") if host.inventory.is_loadbalancer else ()
    system, stores = host.inputs["api_system_packages"] or [], host.inputs["stores"] or []
    return {
        family: list(dict.fromkeys([*packages, *_store_packages(platforms()[family], stores), *system]))
        for family, packages in by_platform(*names, *optional, *balancer).items()
    }


def managed_paths() -> dict[str, list[str]]:
    """Return the files of this collection that may exist on a host.

    The units remain after they were written; the policies are removed if there are none. Every release since Kilo reads
    them in addition to those of the package, whose rules they replace.
    """
    return {family: [unit_path(facts["api_unit"]), POLICY_FILE, CONFIG_FILE] for family, facts in platforms().items()}


def install_options(host: Host, names: Sequence[str]) -> dict[str, Any]:
    """Return the packages to install and the options of the package manager."""
    timeout = host.inputs["package_lock_timeout"]
    return {
        "names": list(names),
        "needed": not set(names) <= set(host.installed),
        "package_manager": host.platform["package_manager"],
        # apt needs package lists that are recent enough; other package managers update them on their own.
        "apt": {
            "install_recommends": False,
            "lock_timeout": timeout,
            "update_cache": True,
            "cache_valid_time": MAX_AGE if host.candidates else 0,
        },
        "dnf": {"lock_timeout": timeout},
        "interrupted": host.facts["interrupted"],
    }


def service_packages(service: Service) -> list[str]:
    """Return the packages that the modules of this collection and the service need on an API host."""
    platform = service.platform
    libraries = [platform["cloud_library"], platform["mysql_library"]]
    if not service.is_packaged:
        return [*libraries, *platform["venv_packages"], *service.inputs["api_system_packages"]]
    registry = platform["registry_packages"] if "registry" in service.features else []
    uwsgi = platform["uwsgi_packages"] if service.server == "uwsgi" else []
    return [
        *libraries,
        *platform["api_packages"],
        *registry,
        *uwsgi,
        *_store_packages(platform, service.inputs["stores"]),
    ]


class Upgrade(NamedTuple):
    """The upgrade of a package from one version to another."""

    name: str
    installed: str
    candidate: str


def upgrades(service: Service) -> list[Upgrade]:
    """Return the installed packages for which a repository offers another version."""
    if not service.is_packaged:
        return []
    packages = service.host.facts["packages"]
    versions = {name: packages[name] for name in service_packages(service) if name in packages}
    return [
        Upgrade(name, found["installed"], found["candidate"])
        for name, found in versions.items()
        if is_upgradable(found)
    ]


def previous_release(service: Service) -> str | None:
    """Return the installed release if the run upgrades the packages of the service to another one."""
    versions = service.host.package
    if not upgrades(service) or not versions["candidate"]:
        return None
    installed, candidate = (release_of_version(versions[name]) for name in ("installed", "candidate"))
    return installed if installed != candidate else None


def upgrade_options(service: Service) -> dict[str, Any]:
    """Return the packages with their new versions, as the package manager accepts them, and what they replace."""
    separator = "=" if service.host.facts["family"] == "Debian" else "-"
    found = upgrades(service)
    return {
        "names": [f"{one.name}{separator}{one.candidate}" for one in found],
        "changes": [f"upgrade {one.name} {one.installed} → {one.candidate}" for one in found],
        # The maintainer scripts of Debian would start the service with the previous configuration.
        "apt": {"policy_rc_d": 101},
    }


def _store_packages(platform: Mapping[str, Any], stores: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the packages with the libraries of the drivers, which the service imports when it sets up the stores."""
    types = dict.fromkeys(store["type"] for store in stores)
    return [package for kind in types for package in platform["store_packages"].get(kind, ())]


def removed_packages() -> dict[str, list[str]]:
    """Return the packages that remove.yml removes, by family of distributions."""
    return by_platform("api_packages", "registry_packages", "other_packages")


def units_to_mask(service: Service) -> list[str]:
    """Return the units that the packages would start before they are configured."""
    starts = service.is_packaged and service.platform["starts_units"] and not service.is_installed
    return service.units if starts else []
