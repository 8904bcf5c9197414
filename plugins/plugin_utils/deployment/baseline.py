# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The security settings of glance-api.conf, and the settings of features.

Settings that protect the service are written even if they are the default: a default changes with a release, and the
options of another file of the service have a lower precedence. Not included, since the service's own default is right:
show_image_direct_url and show_multiple_locations (false), the quotas, the switches of secure RBAC, and version 1 of the
API, which the guides of its releases use. public_endpoint is not set either: it would send every client to the public
URL, including those that used the internal one; the headers of the proxy contain the requested URL.
"""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service

Sections = dict[str, dict[str, Any]]

# [import_filtering_opts]. The server does not read glance-image-import.conf. If hosts were allowed, all others would be
# refused.
IMPORT_FILTERS: Mapping[str, Sequence[Any]] = {
    "allowed_schemes": ["http", "https"],
    "allowed_ports": [80, 443],
    "disallowed_hosts": ["169.254.169.254", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"],
}
DISK_FORMATS = ["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"]


def import_methods(release_facts: Mapping[str, Any]) -> list[str]:
    """Return the import methods that a release enables by default (glance/common/config.py)."""
    return ["glance-direct", "web-download", *(["copy-image"] if release_facts["copy_image"] else [])]


def feature_sections(service: Service) -> list[Sections]:
    """Return the settings of the features that the release has."""
    inputs = service.inputs
    api = {"bind_host": inputs["api_bind_host"], "bind_port": inputs["api_bind_port"]}
    registry = {
        "registry_host": inputs["api_registry_bind_host"],
        "registry_port": inputs["api_registry_bind_port"],
    }
    features: Mapping[str, Sections] = {
        "standalone": {"DEFAULT": api},
        "registry": {"DEFAULT": registry},
        "service_tokens": {"keystone_authtoken": {"service_token_roles_required": True}},
        "proxy_headers": {"oslo_middleware": {"enable_proxy_headers_parsing": True}},
    }
    return [sections for feature, sections in features.items() if feature in service.features]


def baseline_sections(service: Service) -> list[Sections]:
    """Return the security settings of the features that the release has."""
    state = service.inputs["api_state_directory"]
    baseline: Mapping[str, Sections] = {
        # The list in Ubuntu's packages up to 2024.1 contains a dot instead of a comma, and so two unusable formats.
        "disk_formats": {"image_format": {"disk_formats": DISK_FORMATS}},
        # Without reserved stores the service works in /tmp, to which every account of the host can write.
        "work_directory": {"task": {"work_dir": f"{state}/tasks"}},
        "staging_directory": {"DEFAULT": {"node_staging_uri": f"file://{state}/staging"}},
        "import_filters": {"import_filtering_opts": dict(IMPORT_FILTERS)},
        "hashing": {"DEFAULT": {"hashing_algorithm": "sha512"}},
        # The URL at which the other hosts fetch the images staged on this one; a load balancer would select any host.
        "worker_url": {"DEFAULT": {"worker_self_reference_url": worker_url(service)}},
        "vmdk_types": {"image_format": {"vmdk_allowed_types": ["streamOptimized", "monolithicSparse"]}},
        "location_hash": {"DEFAULT": {"do_secure_hash": True}},
        # Up to 2026.1 the default accepts a partition table that contradicts the boot sector.
        "format_match": {"image_format": {"require_image_format_match": True, "gpt_safety_checks_nonfatal": []}},
    }
    return [sections for feature, sections in baseline.items() if feature in service.features]


def worker_url(service: Service) -> str:
    """Return the URL at which the other API hosts reach the API of this host."""
    url = service.inputs["api_worker_url"]
    return str(url or f"http://{bracketed(service.host.inventory.host)}:{service.inputs['api_bind_port']}")


def bracketed(host: str) -> str:
    """Return a host as written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
