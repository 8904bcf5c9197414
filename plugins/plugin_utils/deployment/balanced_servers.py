# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers among which a load balancer distributes the requests: by default, the hosts of the group glance_api."""

from __future__ import annotations

import ipaddress
from typing import Any, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.baseline import bracketed
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.types import convert, is_blank


class Server(NamedTuple):
    """A server of the load balancer.

    address: a host name or an IP address. ip_version: the version of IP to use if a name has addresses of both.
    """

    name: str
    address: str
    port: int
    ip_version: int = 4

    @property
    def is_named(self) -> bool:
        return not is_address(self.address)

    @property
    def endpoint(self) -> str:
        return f"{bracketed(self.address)}:{self.port}"

    @property
    def certificate_name(self) -> str:
        """Return the name that the certificate of the server must contain: HAProxy compares no IP addresses."""
        return self.address if self.is_named else self.name


def is_address(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def servers_of(host: Host) -> list[Server]:
    """Return the servers, sorted by name: inventories such as those of AWX have no order of hosts."""
    given = host.inputs["loadbalancer_servers"]
    servers = [_given_server(entry, host) for entry in given] if given else _api_servers(host)
    return sorted(servers)


def _given_server(entry: Mapping[str, Any], host: Host) -> Server:
    name, inputs = str(entry["name"]), host.inputs
    address, port = entry.get("address"), entry.get("port") or inputs["api_bind_port"]
    return Server(name, name if is_blank(address) else str(address), port, _ip_version(inputs["api_bind_host"]))


def _api_servers(host: Host) -> list[Server]:
    return [_api_server(name, host.inventory.variables_of(name)) for name in dict.fromkeys(host.inventory.api_hosts)]


def _api_server(name: str, variables: Mapping[str, Any]) -> Server:
    bind_host, port = (input_of(name, variables, f"glance_api_bind_{part}") for part in ("host", "port"))
    return Server(name, connection_address(name, variables), port, _ip_version(bind_host))


def _ip_version(bind_host: str) -> int:
    return 6 if ":" in bind_host else 4


def connection_address(name: str, variables: Mapping[str, Any]) -> str:
    """Return the address at which Ansible reaches a host."""
    address = variables.get("ansible_host")
    return name if is_blank(address) else str(address)


def input_of(host: str, variables: Mapping[str, Any], name: str) -> Any:
    """Return a public variable of another host, or its default. Raise GlanceError if it cannot be converted."""
    option = next(options[name] for options in argument_specs().values() if name in options)
    value = convert(f"{name} of {host}", variables.get(name), option)
    return option.get("default") if value is None else value
