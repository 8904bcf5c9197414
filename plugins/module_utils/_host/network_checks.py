# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that names resolve and that addresses accept TCP connections."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._host.address import (
    Address,
    address_of,
    required_value,
    without_credentials,
)
from ansible_collections.osops.glance.plugins.module_utils._host.problem import error_reason, with_hint

UNKNOWN_NAME_HINT = "Add the name to the DNS, or to /etc/hosts on this host."
IP_VERSIONS = {4: socket.AF_INET, 6: socket.AF_INET6}


def check_reach(entry: Mapping[str, Any], timeout: float) -> str | None:
    """Return why an address does not accept a TCP connection, or None if it does."""
    address, ip_version = address_of(entry), entry.get("ip_version")
    try:
        _connect(address, ip_version, timeout)
    except socket.gaierror as error:
        if ip_version and _resolves(address.host):
            problem = f"{address.host} has no IPv{ip_version} address, and its client uses IPv{ip_version} only"
            return with_hint(problem, entry["hint"])
        return unresolved(address.host, error)
    except OSError as error:
        if entry.get("accept_refused") and isinstance(error, ConnectionRefusedError):
            return None
        of_url = f" of {without_credentials(entry['url'])}" if entry.get("url") else ""
        return with_hint(f"cannot connect to {address}{of_url} ({error_reason(error, timeout)})", entry["hint"])
    return None


def check_resolve(entry: Mapping[str, Any], _timeout: float) -> str | None:
    """Return why a name does not resolve, or None if it does."""
    host = required_value(entry["host"])
    try:
        socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        return unresolved(host, error, entry["hint"])
    return None


def check_local(entry: Mapping[str, Any], _timeout: float) -> str | None:
    """Return which addresses of a name do not belong to this host, or None if all do."""
    host = required_value(entry["host"])
    try:
        addresses = {str(found[4][0]): found[0] for found in socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)}
    except socket.gaierror as error:
        return unresolved(host, error, entry["hint"])
    foreign = [address for address, family in addresses.items() if not _belongs_to_this_host(address, family)]
    if not foreign:
        return None
    return with_hint(f"{host} resolves to {', '.join(foreign)}, which is not an address of this host", entry["hint"])


def unresolved(host: str, error: Exception, hint: str | None = None) -> str:
    """Return the message about a name that does not resolve."""
    return with_hint(f"cannot resolve {host} ({error_reason(error, 0)})", hint or UNKNOWN_NAME_HINT)


def _connect(address: Address, ip_version: int | None, timeout: float) -> None:
    """Open a connection and close it; a client of one version of IP uses the first address of that version."""
    if not ip_version:
        socket.create_connection(address, timeout).close()
        return
    family, kind, _protocol, _name, sockaddr = socket.getaddrinfo(
        address.host, address.port, IP_VERSIONS[ip_version], socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind) as connection:
        connection.settimeout(timeout)
        connection.connect(sockaddr)


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except socket.gaierror:
        return False


def _belongs_to_this_host(address: str, family: int) -> bool:
    """Return whether an address belongs to this host; no packet is sent.

    The kernel uses an address as the source of packets to itself only if it belongs to the host.
    """
    if ipaddress.ip_address(address.partition("%")[0]).is_loopback:
        return True
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return bool(probe.getsockname()[0] == address)
    except OSError:  # no route
        return False
