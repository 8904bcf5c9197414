# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the checks of the other API hosts, from which this host fetches staged images."""

from __future__ import annotations

from typing import Any, Mapping
from urllib.parse import urlsplit

WORKER = (
    "This host fetches images that were staged on {0} from there. Set glance_api_worker_url of {0} to a URL at which "
    "the other API hosts reach it, or add the name to the DNS or to /etc/hosts of this host."
)
SCHEME_PORTS = {"http": 80, "https": 443}


def worker_checks(urls: Mapping[str, str | None], host: str, port: int) -> dict[str, list[dict[str, Any]]]:
    """Return the checks of the other API hosts, as the options of the module preflight.

    urls: glance_api_worker_url by API host; empty if it is not set.
    host: the name of this host.
    port: the port on which the API listens.
    """
    others = {name: _worker(name, url, port) for name, url in urls.items() if name != host}
    return {
        # The name of a host that this run cannot change may not exist while that host is gone.
        "resolve": [
            {**{key: entry[key] for key in ("variable", "host", "hint")}, "concerns": name}
            for name, entry in others.items()
        ],
        # A host that is not deployed yet refuses the connection.
        "reach": [{**entry, "required": False, "accept_refused": True} for entry in others.values()],
    }


def _worker(host: str, url: str | None, port: int) -> dict[str, Any]:
    parts = urlsplit(url or f"//{f'[{host}]' if ':' in host else host}:{port}")
    return {
        "variable": f"glance_api_worker_url of {host}",
        "host": parts.hostname or "",
        "port": parts.port or SCHEME_PORTS.get(parts.scheme, port),
        "hint": WORKER.format(host),
    }
