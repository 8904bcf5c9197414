# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the addresses of memcached servers."""

from __future__ import annotations

import re
from typing import Iterable, NamedTuple

PORT = 11211
# python-memcached splits everything else at the first colon.
_FORMS = (
    re.compile(r"(?:inet6:)?\[(?P<host>[^][]+)\](?::(?P<port>\d+))?"),
    re.compile(r"(?P<host>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)"),
    re.compile(r"(?:inet:)?(?P<host>[^]:[]+)(?::(?P<port>\d+))?"),
)


class Server(NamedTuple):
    """A memcached server. ip_version: the version of IP that python-memcached uses for it."""

    host: str
    port: int
    ip_version: int

    @property
    def option(self) -> str:
        """Return the address in the form of python-memcached, which keystonemiddleware uses in every release."""
        return f"inet6:[{self.host}]:{self.port}" if self.ip_version == 6 else f"{self.host}:{self.port}"


def parse(server: str) -> Server | None:
    """Return the server of an address; None for an unknown form, such as the path of a socket."""
    for version, form in zip((6, 6, 4), _FORMS):
        found = form.fullmatch(server.strip())
        if found:
            port = found.groupdict().get("port")
            return Server(found["host"], int(port or PORT), version)
    return None


def memcached_servers(servers: Iterable[str]) -> str:
    """Return the value of the option `memcached_servers` of keystonemiddleware. An unknown form is not changed."""
    parsed = ((server, parse(server)) for server in servers)
    return ",".join(found.option if found else server for server, found in parsed)
