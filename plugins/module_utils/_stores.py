# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stores of the Image service, as each release wants to be told of them."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

# The two stores that every service with `enabled_backends` has beside its own: where an upload waits for its import,
# and where tasks work. Without them the service uses /tmp/staging (Glance administration guide, "Multi Store Support").
RESERVED = {"os_glance_staging_store": "staging", "os_glance_tasks_store": "tasks"}
DIRECTORY = "filesystem_store_datadir"
# The guides: `chown -hR glance:glance /var/lib/glance`.
OWNED = {"owner": "glance", "group": "glance", "mode": "0750"}


def store_sections(stores: Iterable[Mapping[str, Any]], syntax: str, state_directory: str) -> dict[str, dict[str, Any]]:
    """Return the sections of glance-api.conf that describe the stores; the first store is the default one.

    syntax: `enabled_backends` (Train and later), `glance_store` (Juno to Stein) or `DEFAULT` (Icehouse).
    state_directory: where the reserved stores have their directories.
    """
    listed = list(stores)
    if syntax == "enabled_backends":
        return _backends(listed, state_directory)
    options = {name: value for store in listed for name, value in (store.get("options") or {}).items()}
    default = listed[0]["type"] if listed else None
    if syntax == "DEFAULT":
        return {"DEFAULT": {"default_store": default, **options}}
    types = ",".join(dict.fromkeys(store["type"] for store in listed))
    return {"glance_store": {"stores": types or None, "default_store": default, **options}}


def _backends(stores: list[Mapping[str, Any]], state_directory: str) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {
        "DEFAULT": {"enabled_backends": ",".join(f"{store['name']}:{store['type']}" for store in stores)},
        "glance_store": {"default_backend": stores[0]["name"] if stores else None},
    }
    sections.update({store["name"]: dict(store.get("options") or {}) for store in stores})
    sections.update({name: {DIRECTORY: f"{state_directory}/{leaf}"} for name, leaf in RESERVED.items()})
    return sections


def store_directories(stores: Iterable[Mapping[str, Any]], state_directory: str) -> list[str]:
    """Return the directories that the service writes to: those of its file stores and of the reserved stores."""
    own = [(store.get("options") or {}).get(DIRECTORY) for store in stores if store["type"] == "file"]
    return [path for path in own if path] + [f"{state_directory}/{leaf}" for leaf in RESERVED.values()]
