# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the ports of the service are free, or are used by the service itself."""

from __future__ import annotations

import glob
import ipaddress
import os
import re
import socket
from typing import Any, Collection, Iterator, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._host.network_checks import unresolved
from ansible_collections.osops.glance.plugins.module_utils._host.problem import with_hint
from ansible_collections.osops.glance.plugins.module_utils._host.procfs import read_proc

WILDCARD_ADDRESSES = ("0.0.0.0", "::")
_LISTEN = "0A"  # the state of a listening socket in /proc/net/tcp


class Listener(NamedTuple):
    """A socket that accepts connections.

    inode: the number by which /proc/PID/fd refers to the socket.
    """

    host: str
    port: int
    inode: str


def check_port(entry: Mapping[str, Any], _timeout: float, units: Collection[str]) -> str | None:
    """Return which other program listens on a port, or None if none does.

    units: the systemd units that may use the port, without `.service`.
    """
    try:
        hosts = {str(found[4][0]) for found in socket.getaddrinfo(entry["host"], entry["port"])}
    except socket.gaierror as error:
        return unresolved(entry["host"], error)
    for listener in (one for name in ("tcp", "tcp6") for one in listeners(read_proc(f"/proc/net/{name}"))):
        pid = process_of(listener) if conflicts(listener, hosts, entry["port"]) else None
        if pid and unit_of(read_proc(f"/proc/{pid}/cgroup")) not in units:
            program = read_proc(f"/proc/{pid}/comm").strip()
            problem = f"another program listens on port {entry['port']}: {program} (process {pid})"
            return with_hint(problem, entry["hint"])
    return None


def listeners(table: str) -> Iterator[Listener]:
    """Yield the listening sockets in the text of /proc/net/tcp or /proc/net/tcp6."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[3] == _LISTEN:
            address, port = fields[1].split(":")
            yield Listener(_decode_address(address), int(port, 16), fields[9])


def _decode_address(hexadecimal: str) -> str:
    """Return an address in its usual notation; the kernel prints 32-bit words in the byte order of the processor."""
    words = [bytes.fromhex(hexadecimal[start : start + 8])[::-1] for start in range(0, len(hexadecimal), 8)]
    address = ipaddress.ip_address(b"".join(words))
    return str(getattr(address, "ipv4_mapped", None) or address)


def conflicts(listener: Listener, hosts: Collection[str], port: int) -> bool:
    """Return whether a listening socket prevents another from listening on a port of these addresses."""
    return listener.port == port and (
        listener.host in WILDCARD_ADDRESSES
        or listener.host in hosts
        or any(host in WILDCARD_ADDRESSES for host in hosts)
    )


def process_of(listener: Listener) -> str | None:
    """Return the ID of a process that has a socket open; None if the process is not visible."""
    for link in glob.iglob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{listener.inode}]":
                return link.split("/")[2]
        except OSError:  # the process has ended, or has closed the file
            continue
    return None


def unit_of(cgroup: str) -> str | None:
    """Return the systemd service of a process, without `.service`; None if it belongs to none.

    cgroup: the text of /proc/PID/cgroup.
    """
    found = re.findall(r"/([^/\n]+)\.service(?=/|$)", cgroup, re.MULTILINE)
    return found[-1].replace("\\x2d", "-") if found else None
