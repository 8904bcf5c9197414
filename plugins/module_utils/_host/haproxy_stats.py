# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the state of the servers of a backend from the statistics socket of HAProxy.

The format is that of the commands `show stat` and `show env` (HAProxy Management Guide, sections 9.1 and 9.3).
"""

from __future__ import annotations

import csv
import socket
from typing import Any, Dict, Iterable, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# The environment variable of HAProxy with the identifier of its configuration.
CONFIGURATION = "GLANCE_LOADBALANCER"
SECONDS = 10
_SERVER_TYPE = "2"
_BUFFER = 65536

Row = Dict[str, str]


class NoResponse(GlanceError):
    """HAProxy does not respond on its socket."""


class ServerState(NamedTuple):
    """The state of a server as HAProxy reports it.

    status: such as UP, DOWN, MAINT, DRAIN, or `UP 1/2` during a change.
    seconds: the time since the last change of the state; None if HAProxy does not report it.
    check: the result of the last health check, in words.
    """

    name: str
    address: str
    status: str
    seconds: int | None
    check: str

    @property
    def is_up(self) -> bool:
        return self.status == "no check" or self.status.split()[:1] == ["UP"]

    def summary(self) -> str:
        """Return the name, the address and the state in one line."""
        since = "" if self.seconds is None else f" for {self.seconds} s"
        check = f": {self.check}" if self.check else ""
        return f"{self.name} ({self.address or 'no address'}) is {self.status}{since}{check}"


def request(path: str, command: str) -> str:
    """Return the response of HAProxy to a command. Raise NoResponse if it cannot be read."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(SECONDS)
            connection.connect(path)
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(_BUFFER), b"")).decode("utf-8", "replace")
    except OSError as error:
        reason = error.strerror or str(error)
        raise NoResponse(f"HAProxy does not respond on its socket {path}: {reason}.") from error


def configuration_of(response: str) -> str | None:
    """Return the identifier of the configuration in the response to `show env`; None if HAProxy has none."""
    for line in response.splitlines():
        name, separator, value = line.partition("=")
        if separator and name == CONFIGURATION:
            return value
    return None


def rows_of(response: str) -> list[Row]:
    """Return the rows in the response to `show stat`, by the names in its first line."""
    lines = response.lstrip("# \n").splitlines()
    return [dict(row) for row in csv.DictReader(line for line in lines if line.strip())]


def has_backend(rows: Iterable[Row], backend: str) -> bool:
    """Return whether HAProxy has a backend."""
    return any(row["pxname"] == backend and row["svname"] == "BACKEND" for row in rows)


def servers_of(rows: Iterable[Row], backend: str) -> list[ServerState]:
    """Return the servers of a backend, in the order of its configuration."""
    return [_server(row) for row in rows if row["pxname"] == backend and row.get("type") == _SERVER_TYPE]


def _server(row: Row) -> ServerState:
    seconds = row.get("lastchg") or ""
    return ServerState(
        name=row["svname"],
        address=row.get("addr") or "",
        status=row.get("status") or "",
        seconds=int(seconds) if seconds.isdigit() else None,
        check=_check(row),
    )


def _check(row: Row) -> str:
    """Return the result of the last health check, such as `Layer7 wrong status (L7STS/503), Service Unavailable`."""
    # An asterisk marks a check in progress.
    status = (row.get("check_status") or "").lstrip("* ")
    if not status:
        return ""
    code = row.get("check_code")
    code = f"{status}/{code}" if code and code != "0" else status
    text = f"{row.get('check_desc') or 'health check'} ({code})"
    return f"{text}, {row['last_chk']}" if row.get("last_chk") else text


def problems_of(servers: Iterable[ServerState], expected: Iterable[str], backend: str) -> list[str]:
    """Return why the load balancer does not use exactly the expected servers, a sentence for each of them."""
    by_name: dict[str, Any] = {server.name: server for server in servers}
    names = list(expected)
    missing = [f"The backend {backend} does not contain {name}." for name in names if name not in by_name]
    others = [
        f"The backend {backend} contains {name}, which is not one of the expected servers."
        for name in by_name
        if name not in names
    ]
    down = [f"{by_name[name].summary()}." for name in names if name in by_name and not by_name[name].is_up]
    return missing + others + down
