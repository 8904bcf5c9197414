# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the command that validates a configuration file before it is written."""

from __future__ import annotations

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.configuration import stores_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service

# Sections whose options are defined: those of the service, and of the libraries that it loads. A namespace that a
# release does not have is no error.
NAMESPACES = (
    *("castellan.config", "glance", "glance.api", "glance.multi_store", "glance.registry", "glance.store"),
    *("keystonemiddleware.auth_token", "os_brick", "oslo.cache", "oslo.concurrency", "oslo.db", "oslo.db.concurrency"),
    *("oslo.limit", "oslo.log", "oslo.messaging", "oslo.middleware", "oslo.policy", "oslo.privsep", "oslo.reports"),
    *("oslo.service.service", "osprofiler"),
)


def validator(service: Service) -> str | None:
    """Return the command with %s for the file; None if the release has no validator."""
    if "validator" not in service.features:
        return None
    words = [f"{service.bin_directory}/oslo-config-validator --input-file %s"]
    words += [f"--namespace={name}" for name in NAMESPACES]
    words += [f"--exclude-group={name}" for name in undefined_sections(service)]
    return " ".join(words)


def undefined_sections(service: Service) -> list[str]:
    """Return the sections without definitions: those named after stores, and those with the options of a plugin."""
    return [*(name for name in stores_of(service) if name not in ("DEFAULT", "glance_store")), "oslo_limit"]
