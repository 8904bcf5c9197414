# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the unit files of systemd and the options of uWSGI.

The collection writes the units if no package contains them, or if the unit of the package runs another server. Units
that it has written stay managed by it.
"""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.baseline import bracketed
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import (
    CONFIG_FILE,
    REGISTRY_CONFIG_FILE,
    UWSGI_FILE,
    unit_path,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from ansible_collections.osops.glance.plugins.plugin_utils.merge import merge

Sections = dict[str, dict[str, Any]]

# The settings in which the units of the distributions agree.
COMMON_UNIT: Mapping[str, Mapping[str, Any]] = {
    "Unit": {"After": "network-online.target", "Wants": "network-online.target"},
    "Service": {
        "User": "glance",
        "Group": "glance",
        # The second directory contains lock_path
        "RuntimeDirectory": "glance lock/glance",
        "PrivateTmp": True,
        "LimitNOFILE": 65535,
        "Restart": "on-failure",
    },
    "Install": {"WantedBy": "multi-user.target"},
}

# Source: httpd/glance-api-uwsgi.ini of Glance. Sizes are in bytes.
UWSGI_SETTINGS: Mapping[str, Any] = {
    "master": True,
    "enable-threads": True,
    "lazy-apps": True,
    "thunder-lock": True,
    "die-on-term": True,
    "exit-on-reload": True,
    # Without it uWSGI keeps running if it cannot load the service, and responds to every request with 500.
    "need-app": True,
    # The default of 1 MiB breaks uploads with larger chunks, such as snapshots of servers.
    "chunked-input-limit": 1073741824,
    "http-chunked-input": True,
    "http-auto-chunked": True,
    "http-raw-body": True,
    "buffer-size": 65535,
    "add-header": "Connection: close",
}


def unit_files(service: Service) -> dict[str, Sections]:
    """Return the sections of the unit files and of the options of uWSGI, by path."""
    if not _is_managed(service):
        return {}
    files = {unit_path(service.platform["api_unit"]): _api_unit(service)}
    if "registry" in service.features:
        files[unit_path(service.platform["registry_unit"])] = _registry_unit(service)
    if service.server == "uwsgi":
        files[UWSGI_FILE] = {"uwsgi": uwsgi_options(service)}
    return files


def _is_managed(service: Service) -> bool:
    is_packaged_unit = service.is_packaged and service.server == service.packaged_server != "uwsgi"
    return not is_packaged_unit or bool(service.host.existing_units)


def _api_unit(service: Service) -> Sections:
    return merge(COMMON_UNIT, _uwsgi_unit(service) if service.server == "uwsgi" else _eventlet_unit(service))


def _eventlet_unit(service: Service) -> Sections:
    # A unit of a package logs to its file, which the package rotates; in a virtual environment, to the journal.
    log = f" --log-file={service.platform['api_log']}" if service.is_packaged else ""
    command = f"{service.bin_directory}/glance-api --config-file={CONFIG_FILE}{log}"
    return _unit("OpenStack Image service API", {"Type": "simple", "ExecStart": command})


def _uwsgi_unit(service: Service) -> Sections:
    program = service.platform["uwsgi"] if service.is_packaged else f"{service.bin_directory}/uwsgi"
    options = {"Type": "notify", "NotifyAccess": "all", "ExecStart": f"{program} --ini {UWSGI_FILE}"}
    return _unit("OpenStack Image service API (uWSGI)", options)


def _registry_unit(service: Service) -> Sections:
    command = f"{service.bin_directory}/glance-registry --config-file={REGISTRY_CONFIG_FILE}"
    return merge(COMMON_UNIT, _unit("OpenStack Image service registry", {"Type": "simple", "ExecStart": command}))


def _unit(description: str, service: Mapping[str, Any]) -> Sections:
    return {"Unit": {"Description": description}, "Service": dict(service)}


def uwsgi_options(service: Service) -> dict[str, Any]:
    """Return the options of uWSGI. Values of glance_api_uwsgi replace all others."""
    inputs = service.inputs
    applications: Mapping[str, Mapping[str, str]] = {
        "script": {"wsgi-file": f"{service.bin_directory}/glance-wsgi-api"},
        "module": {"module": "glance.wsgi.api:application"},
    }
    packaged = {"plugins": "python3", "logto": service.platform["api_log"]} if service.is_packaged else {}
    return {
        "http-socket": f"{bracketed(inputs['api_bind_host'])}:{inputs['api_bind_port']}",
        "processes": inputs["api_workers"] or "%k",
        **UWSGI_SETTINGS,
        **packaged,
        **applications[service.release_facts["wsgi"]],
        **(inputs["api_uwsgi"] or {}),
    }
