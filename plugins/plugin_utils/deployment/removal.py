# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select what remove.yml removes from an API host."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._ini.kept_options import DIRECTORY as KEPT_OPTIONS
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import removed_packages
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import CONFIG_FILE, DRAIN_MARKER
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service


def removal(service: Service, directories: list[str]) -> dict[str, Any]:
    """Return the units, packages, files and directories to remove.

    directories: those of the file stores and of the staging area.
    """
    inputs, facts = service.inputs, service.host.facts
    remove_data = bool(inputs["remove_data"])
    return {
        "units": service.units if service.is_installed else [],
        "packages": removed_packages()[facts["family"]],
        "apt": {"lock_timeout": inputs["package_lock_timeout"], "purge": remove_data},
        "remove_data": remove_data,
        "paths": managed_files(service),
        "reload": bool(service.host.existing_units),
        "directories": [*directories, "/var/lib/glance"] if remove_data else [],
        "kept_directories": directories,
    }


def managed_files(service: Service) -> list[str]:
    """Return the files and directories of this collection on the host, except the configuration and its copies."""
    existing = [path for path in service.host.facts["existing_files"] if path != CONFIG_FILE]
    registry = [path.replace("glance-api", "glance-registry") for path in service.host.existing_units]
    return [service.inputs["api_venv_root"], KEPT_OPTIONS, DRAIN_MARKER, *existing, *registry]
