# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the variables of a load balancer against each other, and against those of the API hosts.

A problem is a sentence without full stop that names the variables.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.balanced_servers import (
    Server,
    input_of,
    is_address,
    servers_of,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.loadbalancer import SYSTEM_RESOLVERS
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.virtual_ip import (
    VRRP_ADDRESS,
    virtual_address,
    vrrp_addresses,
)

ROLE = "glance_loadbalancer"
ANY_ADDRESS = ("*", "0.0.0.0", "::")
# Characters with a meaning in the configuration of HAProxy: separators, quotes, escapes, comments and variables.
_PLAIN = re.compile(r"[^\s'\"\\#$]+")
_SERVER_NAME = re.compile(r"[A-Za-z0-9._-]+")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?")
_INTERFACE = re.compile(r"[^\s/\"'#!{}]{1,15}")
_AT_LEAST_ONE = ("check_interval", "check_fall", "check_rise")


def loadbalancer_problems(host: Host) -> list[str]:
    """Return the problems of the variables of a load balancer, each with the variables that cause it."""
    servers = servers_of(host)
    return [
        *_text_problems(host.inputs),
        *_number_problems(host.inputs),
        *_server_problems(servers),
        *_backend_tls_problems(host.inputs),
        *_port_problems(host),
        *_drain_problems(host),
        *_virtual_ip_problems(host),
    ]


def _text_problems(inputs: Inputs) -> Iterator[str]:
    bind_host, path = inputs["loadbalancer_bind_host"], inputs["loadbalancer_check_path"]
    if bind_host != "*" and not is_address(bind_host):
        yield "glance_loadbalancer_bind_host must be an IP address of the load balancer, or * for all of them"
    if not path.startswith("/"):
        yield "glance_loadbalancer_check_path must begin with a slash, such as /healthcheck"
    for name in ("check_path", "certificate", "backend_ca_cert"):
        value = inputs[f"loadbalancer_{name}"]
        if value and not _PLAIN.fullmatch(value):
            yield f"glance_loadbalancer_{name} contains a blank or a character with a meaning for HAProxy: ' \" \\ # $"
    for position, address in enumerate(inputs["loadbalancer_resolvers"]):
        if address != SYSTEM_RESOLVERS and not _is_name_server(address):
            yield (
                f"glance_loadbalancer_resolvers[{position}] must be {SYSTEM_RESOLVERS}, or the IP address of a name "
                "server with or without a port"
            )


def _is_name_server(text: str) -> bool:
    address = re.sub(r"^\[(.*)\](:\d+)?$|^([^:]*):\d+$", r"\1\3", text)
    return is_address(address)


def _number_problems(inputs: Inputs) -> Iterator[str]:
    for name in _AT_LEAST_ONE:
        if inputs[f"loadbalancer_{name}"] < 1:
            yield f"glance_loadbalancer_{name} must be 1 or more"
    if not 1 <= inputs["loadbalancer_virtual_router_id"] <= 255:
        yield "glance_loadbalancer_virtual_router_id must be between 1 and 255"


def _server_problems(servers: list[Server]) -> Iterator[str]:
    if not servers:
        yield "glance_loadbalancer_servers is empty, and the group glance_api has no host: add a host to one of them"
    names = [server.name for server in servers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"glance_loadbalancer_servers has several servers with the name {name}"
    for server in servers:
        yield from _problems_of(server)


def _problems_of(server: Server) -> Iterator[str]:
    label = "glance_loadbalancer_servers"
    if not _SERVER_NAME.fullmatch(server.name):
        yield f"{label}: the name of a server must contain only letters, digits and . _ -, unlike {server.name}"
    elif not is_address(server.address) and not _HOST_NAME.fullmatch(server.address):
        yield f"{label}: the address of {server.name} must be a host name or an IP address, without a port"
    if not 1 <= server.port <= 65535:
        yield f"{label}: the port of {server.name} must be an integer from 1 to 65535"


def _backend_tls_problems(inputs: Inputs) -> Iterator[str]:
    if inputs["loadbalancer_backend_tls"] and not inputs["loadbalancer_backend_ca_cert"]:
        yield (
            "glance_loadbalancer_backend_tls requires glance_loadbalancer_backend_ca_cert, a PEM file with the "
            "certificate authorities of the API hosts"
        )


def _port_problems(host: Host) -> Iterator[str]:
    """Yield that the load balancer and the API of the same host would listen on the same address and port."""
    if not host.inventory.is_api_host:
        return
    inputs = host.inputs
    addresses = (inputs["loadbalancer_bind_host"], inputs["api_bind_host"])
    is_same = addresses[0] == addresses[1] or any(address in ANY_ADDRESS for address in addresses)
    if is_same and inputs["loadbalancer_bind_port"] == inputs["api_bind_port"]:
        yield (
            "glance_loadbalancer_bind_port is also the port of the API on this host: set another port, or set "
            "glance_loadbalancer_bind_host and glance_api_bind_host to different addresses"
        )


def _drain_problems(host: Host) -> Iterator[str]:
    """Yield API hosts that would restart before the load balancer has noticed it. A single host is not drained."""
    inputs, api_hosts = host.inputs, host.inventory.api_hosts
    seconds = inputs["loadbalancer_check_interval"] * inputs["loadbalancer_check_fall"]
    if len(api_hosts) < 2:
        return
    delays = {name: _drain_delay(name, host.inventory.variables_of(name)) for name in sorted(api_hosts)}
    short = [f"{delay} on {name}" for name, delay in delays.items() if delay <= seconds]
    if short:
        yield (
            f"glance_api_drain_delay is {', '.join(short)}, and must exceed the {seconds} seconds after which the load "
            "balancer has noticed that a host restarts (glance_loadbalancer_check_interval, multiplied by "
            "glance_loadbalancer_check_fall)"
        )


def _drain_delay(name: str, variables: Mapping[str, Any]) -> int:
    return int(input_of(name, variables, "glance_api_drain_delay"))


def _virtual_ip_problems(host: Host) -> Iterator[str]:
    inputs = host.inputs
    if not inputs["loadbalancer_virtual_ip"]:
        return
    interface = inputs["loadbalancer_virtual_ip_interface"]
    if not interface or not _INTERFACE.fullmatch(interface):
        yield "glance_loadbalancer_virtual_ip requires glance_loadbalancer_virtual_ip_interface, its interface"
    if not _is_interface_address(inputs["loadbalancer_virtual_ip"]):
        yield "glance_loadbalancer_virtual_ip must be an IP address with or without a prefix length: 10.0.0.20/24"
        return
    addresses = vrrp_addresses(host)
    if len(addresses) > 1:
        yield from _vrrp_problems(addresses, ":" in str(virtual_address(inputs)))


def _is_interface_address(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def _vrrp_problems(addresses: Mapping[str, str], is_version_6: bool) -> Iterator[str]:
    version = 6 if is_version_6 else 4
    wrong = [name for name, address in addresses.items() if not address or (":" in address) != is_version_6]
    if wrong:
        yield (
            f"{VRRP_ADDRESS} must be the IPv{version} address of each load balancer, because "
            f"glance_loadbalancer_virtual_ip is set. Set it, or ansible_host, in host_vars of {', '.join(wrong)}"
        )
    elif len(set(addresses.values())) < len(addresses):
        yield f"{VRRP_ADDRESS} is the same on several load balancers: set it in the host_vars of each of them"
