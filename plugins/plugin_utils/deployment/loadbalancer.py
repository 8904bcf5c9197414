# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the part of the plan for the role glance_loadbalancer.

The configuration of HAProxy is a file of its own, which the unit reads after the file of the operator. It contains no
section `defaults`, which would apply to the files after it, so each section sets all that it needs.
"""

from __future__ import annotations

import hashlib
from typing import Any, Iterator

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.balanced_servers import Server, servers_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.baseline import bracketed
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import install_options
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.virtual_ip import (
    failover_options,
    virtual_address,
)

NAME = "glance"
PROGRAM = "/usr/sbin/haproxy"
OPERATOR_FILE = "/etc/haproxy/haproxy.cfg"
HAPROXY_FILE = "/etc/haproxy/glance.cfg"
DROP_IN = "/etc/systemd/system/haproxy.service.d/glance.conf"
# A socket of this collection: each distribution has another one, and the operator may have none.
SOCKET = "/run/haproxy-glance.sock"
# The files in which an operator can set the variable that the drop-in sets.
ENVIRONMENT_FILES = ("/etc/default/haproxy", "/etc/sysconfig/haproxy", "/etc/systemd/system/haproxy.service.d")
SYSTEM_RESOLVERS = "system"
# Results of a query without an address.
FAILED_RESOLUTIONS, HOLD_DAYS = ("nx", "refused", "timeout", "other"), 10
DNS_PORT = 53
# Seconds: for the headers of a request, for the next request on a connection, and for a free server.
REQUEST_TIMEOUT, KEEP_ALIVE_TIMEOUT, QUEUE_TIMEOUT = 30, 60, 60
# Seconds in addition to those of the health checks, for the start of the checks after a reload.
SETTLE_SECONDS = 10


def loadbalancer_part(host: Host) -> dict[str, Any]:
    """Return the part of the plan for the role glance_loadbalancer."""
    inputs, servers = host.inputs, servers_of(host)
    lines = list(_haproxy_lines(inputs, servers))
    failover = failover_options(host)
    return {
        "install": _installation(host, is_failover=failover["needed"]),
        "files": _referenced_files(inputs),
        "names": _names_to_resolve(inputs, servers),
        "environment_files": ENVIRONMENT_FILES,
        "haproxy": {
            "path": HAPROXY_FILE,
            "drop_in": DROP_IN,
            "lines": lines,
            "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16],
            "validate": _validation(host),
            "config_argument": f"{OPERATOR_FILE} -f {HAPROXY_FILE}",
        },
        "socket": SOCKET,
        "backend": NAME,
        "servers": [server.name for server in servers],
        "timeout": inputs["loadbalancer_check_interval"] * _number_of_checks(inputs) + SETTLE_SECONDS,
        "failover": failover,
    }


def _number_of_checks(inputs: Inputs) -> int:
    return int(inputs["loadbalancer_check_rise"] + inputs["loadbalancer_check_fall"])


def _installation(host: Host, is_failover: bool) -> dict[str, Any]:
    failover = host.platform["failover_packages"] if is_failover else ()
    return install_options(host, [*host.platform["loadbalancer_packages"], *failover])


def _validation(host: Host) -> str:
    """Return the command that checks the new file together with all others that the unit reads."""
    directories = "".join(f" -f {path}" for path in host.platform["haproxy_directories"])
    return f"{PROGRAM} -c -f {OPERATOR_FILE} -f %s{directories}"


def _referenced_files(inputs: Inputs) -> list[dict[str, str]]:
    """Return the files that must exist, each with its variable. A change of one requires a reload."""
    names = ["loadbalancer_certificate", *["loadbalancer_backend_ca_cert"] * inputs["loadbalancer_backend_tls"]]
    return [{"variable": f"glance_{name}", "path": inputs[name]} for name in names if inputs[name]]


def _names_to_resolve(inputs: Inputs, servers: list[Server]) -> list[str]:
    """Return the names that the name servers must have: HAProxy uses neither /etc/hosts nor a search domain."""
    if inputs["loadbalancer_resolvers"] != [SYSTEM_RESOLVERS]:
        return []
    return list(dict.fromkeys(server.address for server in servers if server.is_named))


def _haproxy_lines(inputs: Inputs, servers: list[Server]) -> Iterator[str]:
    resolvers = inputs["loadbalancer_resolvers"] if any(server.is_named for server in servers) else []
    yield from _resolver_lines(resolvers)
    yield from _frontend_lines(inputs)
    yield from _backend_lines(inputs)
    yield f"    default-server {_server_options(inputs, is_resolved=bool(resolvers))}"
    yield from (f"    server {server.name} {server.endpoint} {_options_of(server, inputs)}" for server in servers)


def _resolver_lines(resolvers: list[str]) -> Iterator[str]:
    if not resolvers:
        return
    yield f"resolvers {NAME}"
    for position, address in enumerate(resolvers, 1):
        system = address == SYSTEM_RESOLVERS
        yield "    parse-resolv-conf" if system else f"    nameserver dns{position} {_with_port(address, DNS_PORT)}"
    # A server keeps its last address: without a name server, HAProxy would take out all of them after 30 seconds.
    yield from (f"    hold {status} {HOLD_DAYS}d" for status in FAILED_RESOLUTIONS)
    yield ""


def _with_port(address: str, port: int) -> str:
    """Return an address with a port, which the address may already have."""
    if address.startswith("[") or address.count(":") == 1:
        return address if not address.endswith("]") else f"{address}:{port}"
    return f"{bracketed(address)}:{port}"


def _frontend_lines(inputs: Inputs) -> Iterator[str]:
    certificate = inputs["loadbalancer_certificate"]
    yield f"frontend {NAME}"
    yield f"    bind {_bind(inputs)}"
    yield from ("    mode http", "    log global", "    option httplog")
    # The service logs the address of the client, and builds its links from the scheme that the client used.
    yield "    option forwardfor"
    yield f"    http-request set-header X-Forwarded-Proto {'https' if certificate else 'http'}"
    yield f"    timeout http-request {REQUEST_TIMEOUT}s"
    yield f"    timeout http-keep-alive {KEEP_ALIVE_TIMEOUT}s"
    yield f"    timeout client {inputs['loadbalancer_transfer_timeout']}s"
    yield f"    default_backend {NAME}"
    yield ""


def _bind(inputs: Inputs) -> str:
    host, certificate = inputs["loadbalancer_bind_host"], inputs["loadbalancer_certificate"]
    options = [f"{bracketed(host)}:{inputs['loadbalancer_bind_port']}"]
    if host == virtual_address(inputs):
        # A host without the virtual address at the moment cannot bind to it otherwise.
        options.append("transparent")
    if certificate:
        # Uploads over HTTP/2 are limited by its flow control.
        options.append(f"ssl crt {certificate} ssl-min-ver TLSv1.2 alpn http/1.1")
    return " ".join(options)


def _backend_lines(inputs: Inputs) -> Iterator[str]:
    yield f"backend {NAME}"
    yield from ("    mode http", "    log global", "    balance leastconn")
    yield f"    option httpchk GET {inputs['loadbalancer_check_path']}"
    yield "    http-check expect status 200"
    # A request that could not connect to a server is sent to another one at once.
    yield from ("    option redispatch 1", "    retries 3")
    # So is a GET request without a response, because the service ended. Others are not repeated once they were sent.
    yield from ("    retry-on conn-failure empty-response", "    http-request disable-l7-retry unless METH_GET")
    yield f"    timeout connect {inputs['loadbalancer_connect_timeout']}s"
    yield f"    timeout server {inputs['loadbalancer_transfer_timeout']}s"
    yield f"    timeout queue {QUEUE_TIMEOUT}s"


def _server_options(inputs: Inputs, is_resolved: bool) -> str:
    interval, fall, rise = (inputs[f"loadbalancer_check_{name}"] for name in ("interval", "fall", "rise"))
    # Several servers may have the same address, with different ports.
    resolution = f" resolvers {NAME} resolve-opts allow-dup-ip" if is_resolved else ""
    return f"inter {interval}s fall {fall} rise {rise}{resolution} init-addr last,libc,none"


def _options_of(server: Server, inputs: Inputs) -> str:
    options = ["check", *([f"resolve-prefer ipv{server.ip_version}"] if server.is_named else [])]
    if inputs["loadbalancer_backend_tls"]:
        authority, name = inputs["loadbalancer_backend_ca_cert"], server.certificate_name
        options.append(f"ssl verify required ca-file {authority} verifyhost {name} sni str({name}) check-sni {name}")
    return " ".join(options)
