# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the checks of a host before a deployment, each with the variable to correct."""

from __future__ import annotations

from typing import Any, Iterator, Mapping
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inputs, Inventory
from ansible_collections.osops.glance.plugins.plugin_utils.memcached import parse
from ansible_collections.osops.glance.plugins.plugin_utils.stores import (
    OWNED,
    ceph_client,
    file_store_directories,
    local_files,
    store_directories,
)

DATABASE = "Check that the database runs there and listens on more than 127.0.0.1 (bind-address)."
IDENTITY = "Check that the Identity service runs there. Install it before the Image service."
MEMCACHED = (
    "Check that memcached runs there and listens on more than 127.0.0.1 (-l). Write a name with only an IPv6 address "
    "as inet6:[name]:11211. With an empty list the service runs without memcached."
)
PUBLIC = (
    "Clients on this host, such as the upload of images and verify.yml, cannot use this URL. If they use it, add the "
    "name to the DNS or to /etc/hosts of this host."
)
NAME = "Add it to the DNS or to /etc/hosts of the host, or set another name or an address."
IMAGE = "Copy the image to the host that uploads it, or set url instead."
SERVICE_FILE = "Copy the file to the host, and make it readable for the user glance."
CEPH_FILE = (
    "Copy ceph.conf and the keyring of {} to the host, and make both readable for the user glance: "
    "chown root:glance FILE, chmod 0640 FILE."
)
PORT = "Stop it, or set another port or address for the service."
SPACE = "Free some space there, or set a lower glance_api_min_free_gib."
SHARED = (
    "Mount a file system there that all of them share, select another type of store, or set `shared: true` in the "
    "store if the directory is the same on all of them."
)
AUTHTOKEN = "keystone_authtoken"
ADMIN_ENDPOINT = (
    "Icehouse gets its token from version 2.0 of the Identity API on the admin port: use a Keystone up to Pike that "
    "listens there (auth_port in glance_config.keystone_authtoken sets another port), or set admin_token and "
    "auth_version: v3.0 in glance_config.keystone_authtoken."
)
# Files that glance-manage creates if root runs it. The role sets the owner of the directories.
LOGS = ("/var/log/glance", "/var/log/glance/*.log")
LOCKS = ("/var/lock/glance/*", "/var/lib/glance/lock/*")
ENDPOINTS = ("public_url", "internal_url", "admin_url")

Entry = dict[str, Any]


def preflight_checks(inputs: Inputs, inventory: Inventory, authtoken: str | None = None) -> dict[str, list[Entry]]:
    """Return the checks of a host, as the options of the module preflight.

    authtoken: the generation of the options of the Identity service; None or empty if the release is unknown.
    """
    is_api_host, is_client = inventory.is_api_host, inventory.is_api_host or inventory.is_image_host
    return {
        "reach": list(_reach(inputs)) if is_api_host else [],
        "http": list(_identity(inputs, authtoken)) if is_client else [],
        "resolve": list(_resolve(inputs)) if is_client else [],
        "files": list(_files(inputs, inventory)),
        "ports": list(_ports(inputs)) if is_api_host else [],
        "directories": list(_directories(inputs, len(inventory.api_hosts))) if is_api_host else [],
        "access": list(_access(inputs)) if is_api_host else [],
    }


def _reach(inputs: Inputs) -> Iterator[Entry]:
    yield {
        "variable": "glance_database_host",
        "host": inputs["database_host"],
        "port": inputs["database_port"],
        "hint": DATABASE,
    }
    for server in inputs["memcached_servers"] or ():
        yield from _memcached(server)


def _memcached(server: str) -> Iterator[Entry]:
    found = parse(server)
    if not found:  # the path of a socket, for example
        return
    yield {
        "variable": "glance_memcached_servers",
        "host": found.host,
        "port": found.port,
        "ip_version": found.ip_version,
        "hint": MEMCACHED,
    }


def _resolve(inputs: Inputs) -> Iterator[Entry]:
    """Yield the names of the endpoints. The public one may exist for external clients only."""
    hosts: dict[str, list[str]] = {}
    for name in ENDPOINTS:
        hosts.setdefault(urlsplit(inputs[name]).hostname or "", []).append(f"glance_{name}")
    for host, variables in hosts.items():
        required = variables != ["glance_public_url"]
        hint = NAME if required else PUBLIC
        yield {"variable": ", ".join(variables), "host": host, "hint": hint, "required": required}


def _identity(inputs: Inputs, authtoken: str | None) -> Iterator[Entry]:
    """Yield the URLs of the Identity service that the service uses.

    Icehouse sends POST /v2.0/tokens to auth_port for its own token with any auth_version; with admin_token it sends no
    such request (keystoneclient/middleware/auth_token.py 0.11, _request_admin_token).
    """
    yield {"variable": "glance_identity_url", "url": inputs["identity_url"], "hint": IDENTITY}
    if authtoken != "auth_host":
        return
    configured = (inputs["config"] or {}).get(AUTHTOKEN) or {}
    options = {**_admin_endpoint(inputs["identity_url"]), **configured}
    version = "v3" if options.get("admin_token") else "v2.0"
    url = f"{_admin_url(options)}/{version}/"
    yield {"variable": "glance_identity_url", "url": url, "status_code": [200], "hint": ADMIN_ENDPOINT}


def _admin_endpoint(url: str) -> Entry:
    """Return the options of [keystone_authtoken] for a URL of the Identity service."""
    parts = urlsplit(url)
    return {"auth_protocol": parts.scheme, "auth_host": parts.hostname or "", "auth_port": 35357}


def _admin_url(options: Mapping[str, Any]) -> str:
    """Return the URL that the middleware builds from its options."""
    if options.get("identity_uri"):
        return str(options["identity_uri"]).rstrip("/")
    host = f"[{options['auth_host']}]" if ":" in options["auth_host"] else options["auth_host"]
    prefix = str(options.get("auth_admin_prefix") or "").strip("/")
    return f"{options['auth_protocol']}://{host}:{options['auth_port']}/{prefix}".rstrip("/")


def _files(inputs: Inputs, inventory: Inventory) -> Iterator[Entry]:
    if inventory.is_image_host:
        yield from _image_files(inputs)
    if inventory.is_api_host:
        yield from _store_files(inputs)
    if inputs["ca_cert"] and (inventory.is_api_host or inventory.is_image_host):
        reader = "glance" if inventory.is_api_host else None
        yield {"variable": "glance_ca_cert", "path": inputs["ca_cert"], "reader": reader, "hint": SERVICE_FILE}


def _image_files(inputs: Inputs) -> Iterator[Entry]:
    for position, image in enumerate(inputs["images"] or ()):
        if image.get("src") and image.get("state") != "absent":
            yield {"variable": f"glance_images[{position}].src", "path": image["src"], "hint": IMAGE}


def _store_files(inputs: Inputs) -> Iterator[Entry]:
    """Yield the files that the stores read."""
    stores, config = inputs["stores"] or (), inputs["config"]
    for place in local_files(stores, config):
        client = ceph_client(stores[place.position], config)
        yield {
            "variable": f"glance_stores[{place.position}].options.{place.option}",
            "path": place.path,
            "reader": "glance",
            "hint": CEPH_FILE.format(client) if client else SERVICE_FILE,
            **({"ceph_client": client} if client else {}),
        }


def _ports(inputs: Inputs) -> Iterator[Entry]:
    host, port = inputs["api_bind_host"], inputs["api_bind_port"]
    if port:
        yield {"variable": "glance_api_bind_port", "host": host, "port": port, "hint": PORT}


def _directories(inputs: Inputs, api_hosts: int) -> Iterator[Entry]:
    """Yield the directories to which the service writes. Those of the stores need space for the images."""
    stores, config, state = inputs["stores"] or (), inputs["config"], inputs["api_state_directory"]
    for place in file_store_directories(stores, config):
        shared = api_hosts > 1 and not stores[place.position].get("shared")
        yield {
            "variable": f"glance_stores[{place.position}].options.{place.option}",
            "path": place.path,
            "free": inputs["api_min_free_gib"],
            "shared": shared,
            "hint": SHARED if shared else SPACE,
            **OWNED,
        }
    for path in store_directories([], state, config) if state else ():
        yield {"variable": "glance_api_state_directory", "path": path, **OWNED}


def _access(inputs: Inputs) -> Iterator[Entry]:
    """Yield the files that an existing service must be able to use."""
    packaged = inputs["api_install_method"] == "package"
    for path in (*(LOGS if packaged else ()), *LOCKS):
        yield {"path": path}
    reserved = store_directories([], inputs["api_state_directory"])
    for path in reserved:
        yield {"path": f"{path}/*"}
    for path in store_directories(inputs["stores"] or (), inputs["api_state_directory"]):
        if path not in reserved:
            yield {"path": f"{path.rstrip('/')}/*", "write": False, "required": False}
