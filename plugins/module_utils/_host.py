# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a host before anything is changed: names, ports, services, files, and the packages it has."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from typing import Any, Mapping, NamedTuple, Sequence
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._content import WEB_PAGE
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError

PORTS = {"http": 80, "https": 443}
UNKNOWN_NAME = "Is this name in the DNS, or in /etc/hosts on this host?"

_UPSTREAM = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*)")
_APT = re.compile(r"^(\S+):\n  Installed: (\S+)\n  Candidate: (\S+)$", re.MULTILINE)


class Place(NamedTuple):
    """Where to connect to."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def place_of(entry: Mapping[str, Any]) -> Place:
    """Return the host and the port that an entry gives, by themselves or in a URL."""
    if not entry.get("url"):
        return Place(given(entry.get("host")), int(entry["port"]))
    url = given(entry["url"])
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError as error:
        raise GlanceError(f"{shown(url)} is no URL ({error})") from error
    if not parts.hostname or not parts.scheme:
        raise GlanceError(f"{shown(url)} is no URL: there is no host in it")
    if not port:
        raise GlanceError(f"{shown(url)} has no port")
    return Place(parts.hostname, port)


def given(value: str | None) -> str:
    """Return the value of a variable that must have one."""
    if not value:
        raise GlanceError("no value is given")
    if re.search(r"\s", value):
        raise GlanceError(f"{shown(value)!r} has a space in it")
    return value


def shown(url: str) -> str:
    """Return the URL without a password that may be in it."""
    return re.sub(r"//[^/]*@", "//", url)


def cause(error: Exception, timeout: float) -> str:
    """Return why a connection failed, in the words of the system."""
    if isinstance(error, socket.timeout):
        return f"no answer within {timeout:g} s"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection: {getattr(error, 'reason', None) or error}"
    if isinstance(error, http.client.HTTPException):
        return "it does not answer with HTTP"
    return getattr(error, "strerror", None) or str(error)


def advised(problem: str, hint: str | None) -> str:
    return f"{problem}. {hint}" if hint else f"{problem}."


def file_problem(path: str, head: bytes) -> str | None:
    """Say what is wrong with a file that begins like this."""
    if not head:
        return f"{path} is empty"
    if WEB_PAGE.match(head):
        return f"{path} is a web page: probably a server answered its download with a message"
    return None


def report(problems: Sequence[str]) -> str:
    """Return all that was found, one line for each."""
    count = "1 problem was" if len(problems) == 1 else f"{len(problems)} problems were"
    return "\n".join([f"{count} found before anything was changed:", *(f"- {problem}" for problem in problems)])


def upstream_version(package_version: str) -> str:
    """Return the version of the software in the version of its package."""
    found = _UPSTREAM.match(package_version)
    if not found:
        raise GlanceError(f"{package_version!r} is no version of a package")
    return found.group(1)


def apt_versions(output: str) -> dict[str, dict[str, str | None]]:
    """Return what `apt-cache policy` says of each package."""
    found = {
        name: {"installed": installed, "candidate": candidate} for name, installed, candidate in _APT.findall(output)
    }
    return {name: {key: _known(value) for key, value in versions.items()} for name, versions in found.items()}


def _known(version: str) -> str | None:
    return None if version == "(none)" else version


def rpm_versions(names: Sequence[str], installed: str, available: str) -> dict[str, dict[str, str | None]]:
    """Return what `rpm` and `dnf` print of each package: lines of its name and its version."""
    versions = [dict(re.findall(r"^(\S+) (\S+)$", output, re.MULTILINE)) for output in (installed, available)]
    return {name: {"installed": versions[0].get(name), "candidate": versions[1].get(name)} for name in names}
