# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.plugin_utils.memcached import parse
from ansible_collections.osops.glance.plugins.plugin_utils.stores import (
    OWNED,
    file_store_directories,
    local_files,
    store_directories,
)

DATABASE = "Is the database running there, and does it listen on more than 127.0.0.1 (bind-address)?"
IDENTITY = "Is the Identity service running there? The guides install it before the Image service."
MEMCACHED = (
    "Is memcached running there, and does it listen on more than 127.0.0.1 (-l)? A name that has only an IPv6 address "
    "is written as inet6:[name]:11211. With an empty list the service runs without memcached."
)
PUBLIC = (
    "Clients on this host, such as the upload of images and verify.yml, cannot use this URL. If they use it, add the "
    "name to the DNS or to /etc/hosts of this host."
)
NAME = "Add it to the DNS or to /etc/hosts of the host, or give another name or an address."
IMAGE = "Put the image there, on the host that uploads it, or give a url instead."
SERVICE_FILE = "Copy the file to the host, and make it readable for the user glance."
PORT = "Stop it, or let the service listen on another port or address."
ROOM = "Make room there, or let glance_api_min_free_gib ask for less."
SHARED = (
    "Mount a file system there that all of them share, choose another type of store, or say `shared: true` in the "
    "store where the directory is the same one on all of them all the same."
)
AUTHTOKEN = "keystone_authtoken"
ADMIN_ENDPOINT = (
    "Icehouse gets its token from version 2.0 of the Identity API on the admin port: use a Keystone up to Pike that "
    "listens there (auth_port in glance_config.keystone_authtoken is another port), or set admin_token and "
    "auth_version: v3.0 in glance_config.keystone_authtoken."
)
# The inputs that concern API hosts only, as they are for other hosts.
NOT_ON_API_HOST: dict[str, Any] = {
    "glance_stores": [],
    "glance_api_state_directory": None,
    "glance_api_bind_port": None,
    "glance_config": {},
}
# Files that glance-manage, run as root, leaves behind. The role sets the owner of the directories.
LOGS = ("/var/log/glance", "/var/log/glance/*.log")
LOCKS = ("/var/lock/glance/*", "/var/lib/glance/lock/*")


def needs(
    inputs: Mapping[str, Any],
    hosts: int = 1,
    is_api_host: bool = True,
    is_admin_host: bool = True,
    authtoken: str | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Return the arguments of the module preflight for what a host needs.

    inputs: the variables as the lookup inputs returns them. hosts: the number of API hosts.
    authtoken: how the release is configured for the Identity service, None where it is not known.
    """
    named = {
        **{f"glance_{name}": value for name, value in inputs.items()},
        **({} if is_api_host else NOT_ON_API_HOST),
        **({} if is_admin_host else {"glance_images": []}),
        **({} if is_api_host or is_admin_host else {"glance_ca_cert": None}),
        **{"hosts": hosts, "is_api_host": is_api_host, "is_admin_host": is_admin_host, "authtoken": authtoken},
    }
    return {
        "reach": list(_reach(named)) if named["is_api_host"] else [],
        "http": list(_identity(named)) if named["is_api_host"] or named["is_admin_host"] else [],
        "resolve": list(_resolve(named)) if named["is_api_host"] or named["is_admin_host"] else [],
        "files": [
            {"variable": f"glance_images[{position}].src", "path": image["src"], "hint": IMAGE}
            for position, image in enumerate(named["glance_images"])
            if image.get("src") and image.get("state") != "absent"
        ]
        + list(_service_files(named)),
        "ports": list(_ports(named)),
        "directories": list(_directories(named)),
        "access": list(_access(named)),
    }


def _reach(named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {
        "variable": "glance_database_host",
        "host": named["glance_database_host"],
        "port": named["glance_database_port"],
        "hint": DATABASE,
    }
    for server in named["glance_memcached_servers"]:
        yield from _memcached(server)


def _resolve(named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the names of the endpoints; the public one may exist for clients outside only."""
    for host, variables in _hosts(named, ("glance_public_url", "glance_internal_url", "glance_admin_url")).items():
        required = variables != ["glance_public_url"]
        yield {
            "variable": ", ".join(variables),
            "host": host,
            "hint": NAME if required else PUBLIC,
            "required": required,
        }


def _access(named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the files that a service which runs, or did run, must be able to use."""
    if not named["is_api_host"]:
        return
    packaged = named["glance_api_install_method"] == "package"
    for path in (*(LOGS if packaged else ()), *LOCKS):
        yield {"path": path}
    reserved = store_directories([], named["glance_api_state_directory"])
    for path in reserved:
        yield {"path": f"{path}/*"}
    for path in store_directories(named["glance_stores"], named["glance_api_state_directory"]):
        if path not in reserved:
            yield {"path": f"{path.rstrip('/')}/*", "write": False, "required": False}


def _ports(named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if named["glance_api_bind_port"]:
        yield {
            "variable": "glance_api_bind_port",
            "host": named["glance_api_bind_host"],
            "port": named["glance_api_bind_port"],
            "hint": PORT,
        }


def _identity(named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the URLs of the Identity service that the service uses.

    Icehouse always sends POST /v2.0/tokens to auth_port for its own token, whatever auth_version is; with admin_token
    it sends no such request (keystoneclient/middleware/auth_token.py 0.11, _request_admin_token).
    """
    yield {"variable": "glance_identity_url", "url": named["glance_identity_url"], "hint": IDENTITY}
    if named["authtoken"] != "auth_host":
        return
    options = {**_admin_endpoint(named["glance_identity_url"]), **(named["glance_config"].get(AUTHTOKEN) or {})}
    version = "v3" if options.get("admin_token") else "v2.0"
    yield {
        "variable": "glance_identity_url",
        "url": f"{_admin_url(options)}/{version}/",
        "status_code": [200],
        "hint": ADMIN_ENDPOINT,
    }


def _admin_endpoint(url: str) -> dict[str, Any]:
    """Return what the role writes to [keystone_authtoken] for a URL of the Identity service."""
    parts = urlsplit(url)
    return {"auth_protocol": parts.scheme, "auth_host": parts.hostname or "", "auth_port": 35357}


def _admin_url(options: Mapping[str, Any]) -> str:
    """Return the URL that the middleware makes of its options."""
    if options.get("identity_uri"):
        return str(options["identity_uri"]).rstrip("/")
    host = f"[{options['auth_host']}]" if ":" in options["auth_host"] else options["auth_host"]
    prefix = str(options.get("auth_admin_prefix") or "").strip("/")
    return f"{options['auth_protocol']}://{host}:{options['auth_port']}/{prefix}".rstrip("/")


def _service_files(named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the files that the service reads."""
    for place in local_files(named["glance_stores"], named["glance_config"]):
        variable = f"glance_stores[{place.position}].options.{place.option}"
        yield {"variable": variable, "path": place.path, "reader": "glance", "hint": SERVICE_FILE}
    if named["glance_ca_cert"]:
        reader = "glance" if named["is_api_host"] else None
        yield {"variable": "glance_ca_cert", "path": named["glance_ca_cert"], "reader": reader, "hint": SERVICE_FILE}


def _directories(named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the directories that the service writes to; what comes in is kept in those of the stores."""
    for place in file_store_directories(named["glance_stores"], named["glance_config"]):
        shared = named["hosts"] > 1 and not named["glance_stores"][place.position].get("shared")
        yield {
            "variable": f"glance_stores[{place.position}].options.{place.option}",
            "path": place.path,
            "free": named["glance_api_min_free_gib"],
            "shared": shared,
            "hint": SHARED if shared else ROOM,
            **OWNED,
        }
    if named["glance_api_state_directory"]:
        for path in store_directories([], named["glance_api_state_directory"], named["glance_config"]):
            yield {"variable": "glance_api_state_directory", "path": path, **OWNED}


def _hosts(named: Mapping[str, Any], variables: tuple[str, ...]) -> dict[str, list[str]]:
    """Return each host that the URLs name, with the variables that name it."""
    hosts: dict[str, list[str]] = {}
    for variable in variables:
        hosts.setdefault(urlsplit(named[variable]).hostname or "", []).append(variable)
    return hosts


def _memcached(server: str) -> Iterator[dict[str, Any]]:
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


class FilterModule:
    """What a host needs for the inputs of this cloud."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"needs": needs}
