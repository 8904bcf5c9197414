# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a host before anything is changed: names, ports, services, files, and the packages it has."""

from __future__ import annotations

import http.client
import ipaddress
import re
import shlex
import socket
import ssl
from email.utils import parsedate_to_datetime
from typing import Any, Collection, Iterator, Mapping, NamedTuple, Sequence
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import WEB_PAGE
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

PORTS = {"http": 80, "https": 443}
UNKNOWN_NAME = "Is this name in the DNS, or in /etc/hosts on this host?"

# A token that begins in the future, or has ended, is refused; the services of a cloud tolerate about this much.
CLOCK_SECONDS = 120
# File systems that several hosts can have at the same time.
SHARED = (
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "nfs",
    "ocfs2",
    "orangefs",
    "smb",
    "virtiofs",
)
_LISTENS = "0A"  # the state of a socket in /proc/net/tcp

# The second letter of the state is what a package is: `i` for one that is installed.
_DPKG = re.compile(r"^.i (\S+) (\S+)$", re.MULTILINE)
_APT = re.compile(r"^(\S+):\n  Installed: \S+\n  Candidate: (\S+)$", re.MULTILINE)
# What os-release(5) calls the distributions of a family: in ID, or in ID_LIKE of those made from them.
FAMILIES = {"Debian": {"debian", "ubuntu"}, "RedHat": {"rhel", "centos", "fedora"}}


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


def os_release(text: str) -> dict[str, str]:
    """Return what /etc/os-release says, by the names that os-release(5) gives."""
    lines = (line.partition("=") for line in text.splitlines() if line[:1].isalpha())
    return {name.strip(): " ".join(shlex.split(value, comments=True)) for name, _equals, value in lines}


def family(release: Mapping[str, str]) -> str:
    """Return the family of distributions that the host belongs to; empty where it is none of those known here."""
    kin = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    return next((name for name, members in FAMILIES.items() if kin & members), "")


def distribution(release: Mapping[str, str]) -> str:
    """Return the distribution and its version, such as "debian 12"; a rolling one has no version."""
    return f"{release.get('ID', 'linux')} {release.get('VERSION_ID', '')}".strip()


def deb_versions(output: str) -> dict[str, str]:
    """Return the version of each package that `dpkg-query` says is installed."""
    return dict(_DPKG.findall(output))


def apt_candidates(output: str) -> dict[str, str]:
    """Return the version of each package that `apt-cache policy` says would be installed."""
    return {name: candidate for name, candidate in _APT.findall(output) if candidate != "(none)"}


def rpm_versions(output: str) -> dict[str, str]:
    """Return the version of each package that `rpm` or `dnf` has a line for."""
    return dict(re.findall(r"^(\S+) (\S+)$", output, re.MULTILINE))


def own(by_family: Mapping[str, Any] | Sequence[Any], family: str) -> Any:
    """Return what a host's own family of distributions calls something, where the families differ."""
    return by_family.get(family, []) if isinstance(by_family, Mapping) else by_family


def clock_problem(date: str | None, now: float) -> str | None:
    """Say how far the clock of the host is from the one that an HTTP answer was dated by."""
    try:
        apart = now - parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError):
        return None
    if abs(apart) <= CLOCK_SECONDS:
        return None
    return f"the clock of this host is {in_words(abs(apart))} {'ahead of' if apart > 0 else 'behind'} the one there"


def in_words(seconds: float) -> str:
    """Return a span of time in its two largest units."""
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    left, parts = int(seconds), []
    for unit, size in units:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"


class Listener(NamedTuple):
    """A socket that accepts connections."""

    host: str
    port: int
    inode: str


def listeners(table: str) -> Iterator[Listener]:
    """Yield what /proc/net/tcp or tcp6 shows of sockets that listen."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[3] == _LISTENS:
            address, port = fields[1].split(":")
            yield Listener(_address(address), int(port, 16), fields[9])


def _address(hexadecimal: str) -> str:
    """Return an address as people write it; the kernel prints words of 32 bits, each in the order of the processor."""
    words = [bytes.fromhex(hexadecimal[start : start + 8])[::-1] for start in range(0, len(hexadecimal), 8)]
    address = ipaddress.ip_address(b"".join(words))
    return str(getattr(address, "ipv4_mapped", None) or address)


def in_the_way(found: Listener, hosts: Collection[str], port: int) -> bool:
    """Say whether a socket that listens keeps another from listening on the port of these addresses."""
    everywhere = ("0.0.0.0", "::")
    return found.port == port and (
        found.host in everywhere or found.host in hosts or any(host in everywhere for host in hosts)
    )


def unit_of(cgroup: str) -> str | None:
    """Return the service of systemd that /proc/PID/cgroup places a process in."""
    found = re.findall(r"/([^/\n]+)\.service(?=/|$)", cgroup, re.MULTILINE)
    return found[-1].replace("\\x2d", "-") if found else None


class Mount(NamedTuple):
    """Where a file system is mounted, and of what type it is."""

    point: str
    kind: str


def mount_of(path: str, mountinfo: str) -> Mount:
    """Return the mount that a path without links lies in, from /proc/self/mountinfo."""
    mounts = [Mount("/", "")]
    for line in mountinfo.splitlines():
        left, _dash, right = line.partition(" - ")
        mounts.append(Mount(re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), left.split()[4]), right.split()[0]))
    holding = [mount for mount in mounts if f"{path}/".startswith(f"{mount.point.rstrip('/')}/")]
    # The last one of several at the same place lies over the others.
    return max(reversed(holding), key=lambda mount: len(mount.point))


def is_shared(kind: str) -> bool:
    """Say whether a file system of this type can be mounted on several hosts at the same time."""
    return any(kind.startswith((name, f"fuse.{name}")) for name in SHARED)
