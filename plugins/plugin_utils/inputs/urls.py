# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check URLs in input variables, and the parts of the database URL.

A problem never contains the value, except for the corrected URL, which has no credentials.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ansible_collections.osops.glance.plugins.module_utils._mysql.url import URL_PARTS
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.text import CONTROL_CHARACTER

_ENDPOINTS = ("glance_public_url", "glance_internal_url", "glance_admin_url")
_IDENTITY = "glance_identity_url"
# The URLs to which the service, its clients or this collection append a path with the version of the API.
_ROOTS = (*_ENDPOINTS, _IDENTITY, "glance_api_healthcheck_url", "glance_api_worker_url")
# A version in front of another path, as gateways use it, is part of the root.
_RESOURCES = "images|tasks|schemas|metadefs|info|cache|auth"
_VERSION = re.compile(rf"/v\d+(\.\d+)?(/({_RESOURCES})(/.*)?)?/?$", re.IGNORECASE)


def url_problems(label: str, value: Any) -> Iterator[str]:
    """Yield why a value is not a URL; for the root URL of an API, also what must not be part of it."""
    parts = split_url(value)
    if parts is None:
        yield f"{label} must be an http or https URL with a host and without blanks, such as http://controller:9292"
    elif label in _ROOTS:
        reasons = list(_root_problems(label, parts))
        if reasons:
            yield f"{label} {' and '.join(reasons)}: write {_root(parts)}"


def split_url(value: Any) -> SplitResult | None:
    """Return the parts of an HTTP URL; None for any other value."""
    try:
        parts = urlsplit(str(value))
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_http and not re.search(r"\s", str(value)) else None


def _root_problems(label: str, parts: SplitResult) -> Iterator[str]:
    """Yield why a URL is not the root URL of an API."""
    if "@" in parts.netloc:
        yield "contains credentials, which every reader of the catalog or of a log can see"
    if parts.query or parts.fragment:
        yield "has a query or a fragment, to which no path can be appended"
    if _VERSION.search(parts.path):
        yield "contains the version of the API, which is appended again"
    elif parts.path.endswith("/") and label != _IDENTITY:
        yield "ends with a slash"


def _root(parts: SplitResult) -> str:
    """Return the root URL of the API that a URL belongs to, without credentials."""
    address = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{address}{_VERSION.sub('', parts.path).rstrip('/')}"


def database_url_problems(variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the database and of its host that cannot be part of a URL."""
    name, host = (str(variables.get(f"glance_database_{part}") or "") for part in ("name", "host"))
    if name and not CONTROL_CHARACTER.search(name) and not URL_PARTS["name"].fullmatch(name):
        yield "glance_database_name cannot be part of a URL: use only letters, digits and . _ ~ -"
    if host and not CONTROL_CHARACTER.search(host) and not _is_host(host):
        yield "glance_database_host must be a host name or an address; set the port in glance_database_port"


def _is_host(host: str) -> bool:
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        IPv6Address(bare)
    except ValueError:
        return URL_PARTS["host"].fullmatch(host) is not None
    return True
