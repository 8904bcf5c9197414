# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that are the same on every host."""

from __future__ import annotations

CONFIG_DIRECTORY = "/etc/glance"
CONFIG_FILE = "/etc/glance/glance-api.conf"
REGISTRY_CONFIG_FILE = "/etc/glance/glance-registry.conf"
UWSGI_FILE = "/etc/glance/glance-api-uwsgi.ini"
# The service responds to /healthcheck with 503 as long as it exists (glance-api-paste.ini).
DISABLE_FILE = "/etc/glance/healthcheck_disable"
# It exists while glance_api_drain_tasks keep the host out of a load balancer.
DRAIN_MARKER = "/etc/glance/drained_by_tasks"
POLICY_FILE = "/etc/glance/policy.d/osops-glance.json"
UNIT_DIRECTORY = "/etc/systemd/system"

# The files in which the packages of Debian keep the initial content of each configuration file.
PACKAGE_DEFAULTS = {
    CONFIG_FILE: ["/usr/share/glance-common/glance-api.conf"],
    REGISTRY_CONFIG_FILE: ["/usr/share/glance-common/glance-registry.conf"],
}

# The account of the service without a package, which cannot log in, and the directory of its configuration.
ACCOUNT = {"name": "glance", "group": "glance", "home": "/var/lib/glance", "shell": "/usr/sbin/nologin"}
CONFIG_DIRECTORY_OPTIONS = {"path": CONFIG_DIRECTORY, "owner": "root", "group": "glance", "mode": "0750"}


def unit_path(unit: str) -> str:
    """Return the path of a unit file that replaces the one of a package."""
    return f"{UNIT_DIRECTORY}/{unit}.service"
