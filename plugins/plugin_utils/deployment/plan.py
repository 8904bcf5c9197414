# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute the deployment plan of a host: plain data, from which each task reads its options.

The plan holds secrets. It must not become a fact, or an argument of a module as a whole; see overview.py for output.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.database import database_part
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.loadbalancer import loadbalancer_part
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.preflight_part import (
    host_part,
    preflight_part,
    release_part,
    verify_part,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.registration import identity_part, images_part
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service_part import service_part
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import platforms, releases
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import load as load_options

PARTS: Mapping[str, Callable[[Host], dict[str, Any]]] = {
    "preflight": preflight_part,
    "release": release_part,
    "host": host_part,
    "verify": verify_part,
    "database": database_part,
    "identity": identity_part,
    "images": images_part,
    "service": lambda host: service_part(Service(host)),
    "loadbalancer": loadbalancer_part,
}


def plan(host: Host, parts: Iterable[str] = tuple(PARTS)) -> dict[str, Any]:
    """Return parts of the plan by name. Raise GlanceError for an unknown part, or if a required fact is unknown."""
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise GlanceError(f"The plan has no part {', '.join(unknown)}: {', '.join(PARTS)}.")
    return {part: PARTS[part](host) for part in parts}


def load_tables() -> None:
    """Load all tables that the plan uses, so that processes that are forked later need not load them."""
    argument_specs()
    releases()
    platforms()
    load_options()
