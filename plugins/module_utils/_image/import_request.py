# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that start an import, and the explanation of a refusal by the import filters of the service."""

from __future__ import annotations

import json
from typing import Any, Sequence
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._content.url import redacted_url

DEFAULT_PORTS = (80, 443)  # of import_filtering_opts/allowed_ports


def import_document(
    method: str,
    uri: str | None = None,
    stores: Sequence[str] = (),
    all_stores: bool = False,
    all_stores_must_succeed: bool | None = None,
    region: str | None = None,
    remote_id: str | None = None,
    interface: str | None = None,
) -> dict[str, Any]:
    """Return the document that starts an import; without members for unset arguments, which older services refuse.

    region, remote_id, interface: for glance-download: the region of the other service, the ID of its image, and the
    endpoint.
    """
    arguments = {
        "name": method,
        "uri": uri,
        "glance_region": region,
        "glance_image_id": remote_id,
        "glance_service_interface": interface,
    }
    document: dict[str, Any] = {"method": {name: value for name, value in arguments.items() if value is not None}}
    if all_stores:
        document["all_stores"] = True
    elif stores:
        document["stores"] = [*stores]
    if all_stores_must_succeed is not None:
        document["all_stores_must_succeed"] = all_stores_must_succeed
    return document


def filter_refusal(uri: str) -> str:
    """Return the message for a URL that the import filters refuse; the service does not report which filter.

    The filters allow ports 80 and 443 by default. glance-api reads them from glance-api.conf; it reads
    glance-image-import.conf only under a WSGI server.
    """
    parts = urlsplit(uri)
    allow = {"import_filtering_opts": {"allowed_ports": [*DEFAULT_PORTS, parts.port]}}
    port = f"If the port is the reason, set glance_config: {json.dumps(allow)}. "
    return (
        f"The import filters of the Image service refuse {redacted_url(uri)}. Compare the scheme {parts.scheme}, the "
        f"host {parts.hostname} and the port {parts.port or 'that the scheme implies'} with [import_filtering_opts] of "
        f"glance-api.conf. {port if parts.port and parts.port not in DEFAULT_PORTS else ''}Or set method: upload or "
        "method: glance-direct, which download the content on the host"
    )
