# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Determine the proxy that a process uses because of its environment variables."""

from __future__ import annotations

import shlex
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Iterable, Mapping, NamedTuple
from urllib.parse import urlsplit


class Proxy(NamedTuple):
    """A proxy that an environment variable sets.

    address: host:port, without an account.
    """

    variable: str
    address: str


def proxy_for(url: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that the library `requests` uses for a URL; None if it connects directly."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or _is_exempt(host, _first(environment, "no_proxy")[1]):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        variable, value = _first(environment, name)
        if value:
            return Proxy(variable, _address(value))
    return None


def environment_of(pid: int, assignments: str = "") -> dict[str, str]:
    """Return the environment with which a process was started.

    assignments: the default in shell syntax, for a process that has ended or whose environment is not readable, as in
        some containers.
    """
    with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
        return _assigned(file.read().decode("utf-8", "replace").split("\0"))
    with suppress(ValueError):
        return _assigned(shlex.split(assignments))
    return {}


def _assigned(items: Iterable[str]) -> dict[str, str]:
    return {name: value for name, equals, value in (item.partition("=") for item in items) if equals}


def _first(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """Return a variable and its value; the name in lower case has priority."""
    found = ((each, environment[each]) for each in (name, name.upper()) if environment.get(each))
    return next(found, (name, ""))


def _is_exempt(host: str, exempt: str) -> bool:
    """Return whether a host is in a list of domains, addresses and networks."""
    entries = [entry.strip().lower().lstrip(".") for entry in exempt.split(",") if entry.strip()]
    if "*" in entries or any(host == entry or host.endswith(f".{entry}") for entry in entries):
        return True
    with suppress(ValueError):
        address = ip_address(host)
        return any(address in network for network in map(_network, entries) if network)
    return False


def _network(text: str) -> IPv4Network | IPv6Network | None:
    with suppress(ValueError):
        return ip_network(text, strict=False)
    return None


def _address(proxy: str) -> str:
    parts = urlsplit(proxy if "://" in proxy else f"//{proxy}")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    with suppress(ValueError):
        return f"{host}:{parts.port}" if parts.port else str(host)
    return str(host)
