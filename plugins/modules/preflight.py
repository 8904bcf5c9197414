#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: What a host needs is there, before anything is changed
description:
  - Looks from the host at the names, ports, services and files that the variables of the inventory speak of.
  - All checks run at the same time, and all problems are told in one message, each with the variable to blame.
  - Tells which packages are installed, which the host would install, and what distribution it has, as facts.
  - Never changes anything.
extends_documentation_fragment:
  - osops.glance.attributes.read_only
options:
  reach:
    description: What must accept a TCP connection.
    type: list
    elements: dict
    default: []
    suboptions:
      variable:
        description: The variable of the inventory to blame, or several.
        type: str
        required: true
      host:
        description: The name or the address.
        type: str
      port:
        description: The port.
        type: int
      url:
        description: A URL with the host and the port, in place of both.
        type: str
      hint:
        description: The way out, told when the connection fails.
        type: str
      ip_version:
        description: The version of IP that the client uses; any by default.
        type: int
        choices: [4, 6]
      accept_refused:
        description: Whether a refused connection is no problem, because the service may not run yet.
        type: bool
        default: false
      required:
        description: Whether a problem is an error; otherwise it is a warning.
        type: bool
        default: true
  resolve:
    description: Host names that must resolve; no connection is made.
    type: list
    elements: dict
    default: []
    suboptions:
      variable:
        description: The variable of the inventory to blame, or several.
        type: str
        required: true
      host:
        description: The name.
        type: str
        required: true
      hint:
        description: The way out, told when the name does not resolve.
        type: str
      required:
        description: Whether a problem is an error; otherwise it is a warning.
        type: bool
        default: true
  local:
    description: Names that must resolve to addresses of this host only.
    type: list
    elements: dict
    default: []
    suboptions:
      variable:
        description: The variable of the inventory to blame, or several.
        type: str
        required: true
      host:
        description: The name.
        type: str
        required: true
      hint:
        description: What to do if the name belongs to another host.
        type: str
  http:
    description:
      - URLs that must answer with HTTP, with any status below 500 or with one of C(status_code).
      - A date in the answer must be that of the host's own clock, to within two minutes.
      - The certificate of an HTTPS URL is not looked at.
    type: list
    elements: dict
    default: []
    suboptions:
      variable:
        description: The variable of the inventory to blame, or several.
        type: str
        required: true
      url:
        description: The URL.
        type: str
        required: true
      status_code:
        description: The statuses that are accepted. If omitted, each status below 500 is accepted.
        type: list
        elements: int
        default: []
      hint:
        description: The way out, told when there is no such answer.
        type: str
  files:
    description: Files on the host that must be there, be readable, not be empty, and not be a web page.
    type: list
    elements: dict
    default: []
    suboptions:
      variable:
        description: The variable of the inventory to blame, or several.
        type: str
        required: true
      path:
        description: The path.
        type: path
        required: true
      reader:
        description: The user that must be able to read the file; not checked while this user does not exist.
        type: str
      hint:
        description: The way out, told when the file is not good.
        type: str
  ports:
    description:
      - Addresses and ports on which the service will listen.
      - Each must be free, or a program of O(units) must have it.
    type: list
    elements: dict
    default: []
    suboptions:
      variable:
        description: The variable of the inventory to blame, or several.
        type: str
        required: true
      host:
        description: The address, or a name of the host.
        type: str
        required: true
      port:
        description: The port.
        type: int
        required: true
      hint:
        description: The way out, told when another program has the port.
        type: str
  directories:
    description:
      - Directories that the service will write to.
      - They need not be there yet; then the file system in which they would be made is looked at.
      - Each must have a file system that can be written to and has room.
    type: list
    elements: dict
    default: []
    suboptions:
      variable:
        description: The variable of the inventory to blame, or several.
        type: str
        required: true
      path:
        description: The path.
        type: path
        required: true
      free:
        description: How much room there must be, in GiB.
        type: float
        default: 0
      shared:
        description: Whether the file system must be one that several hosts can have at the same time, such as NFS.
        type: bool
        default: false
      owner:
        description: The name of the owner that the directory is to have.
        type: str
      group:
        description: The name of the group that the directory is to have.
        type: str
      mode:
        description: The mode that the directory is to have, in octal digits.
        type: str
      hint:
        description: The way out, told when the directory is not good.
        type: str
  access:
    description:
      - Files that the service finds on the host and must be able to use, according to owner, group and mode.
      - Nothing is checked on a host that does not have the account yet.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: A path, or a pattern as the shell expands it. Paths that do not exist are no problem.
        type: str
        required: true
      user:
        description: The account of the service.
        type: str
        default: glance
      write:
        description: Whether the service writes to the files; otherwise it only reads them.
        type: bool
        default: true
      required:
        description: Whether a problem is an error; otherwise it is a warning.
        type: bool
        default: true
  packages:
    description: Names of packages to tell the versions of; a list, or a dictionary of lists by family of distributions.
    type: raw
    default: []
  available_packages:
    description:
      - Names of packages that must be installed, or offered to the host; as O(packages).
      - C(apt) is asked for what the package lists of the host offer; a host that has none yet is not asked.
      - C(dnf) is asked for what its cache knows and, where that does not know a package, for what the repositories have
        now; then it brings its cache up to date, as it does with any command.
      - A package that is not installed and on hold (C(apt-mark hold)), or excluded (C(excludepkgs), C(versionlock)), is
        reported.
    type: raw
    default: []
  removed:
    description: Names of packages that will be removed, and so must not be on hold; as O(packages).
    type: raw
    default: []
  lock_timeout:
    description:
      - Seconds to wait while another program uses the package manager.
      - Waits only if a package of O(packages), O(available_packages) or O(removed) has to be installed or removed,
        or if the package manager was interrupted.
      - Without a value the module does not wait.
    type: float
  gather:
    description: Whether to return facts.
    type: bool
    default: true
  units:
    description: The units of the service without C(.service), which may have O(ports); as O(packages).
    type: raw
    default: []
  stat_files:
    description: Files to tell whether they are there; a link does not count. As O(packages).
    type: raw
    default: []
  timeout:
    description: Seconds to wait for each connection and each answer.
    type: float
    default: 5
"""

EXAMPLES = r"""
- name: Look before anything is changed
  osops.glance.preflight:
    reach:
      - variable: glance_database_host
        host: "{{ glance_database_host }}"
        port: 3306
        hint: Is MariaDB running there, and does it listen on more than 127.0.0.1 (bind-address)?
    resolve:
      - variable: glance_public_url
        host: "{{ glance_public_url | urlsplit('hostname') }}"
    http:
      - variable: glance_keystone_url
        url: "{{ glance_keystone_url }}"
        hint: Is Keystone running there?
    files:
      - variable: glance_ca_file
        path: /etc/ssl/certs/cloud.pem
    ports:
      - variable: glance_api_bind_port
        host: 0.0.0.0
        port: 9292
    directories:
      - variable: glance_stores
        path: /var/lib/glance/images
        free: 10
    packages: {Debian: [glance-api], RedHat: [openstack-glance]}
    available_packages: {Debian: [glance-api], RedHat: [openstack-glance]}
    units: {Debian: [glance-api], RedHat: [openstack-glance-api]}

- name: Show which Glance this host has or would install
  ansible.builtin.debug:
    var: ansible_facts['osops_glance']['packages']['glance-api']
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to C(ansible_facts).
  returned: success, if O(gather)
  type: dict
  contains:
    osops_glance:
      description: What was found on the host.
      returned: success
      type: dict
      contains:
        packages:
          description:
            - For each package the version that is installed or, where none is, the one that would be; null where there
              is none or it cannot be known without the network.
          returned: success
          type: dict
          sample:
            glance-api:
              installed: null
              candidate: "2:25.1.0-2+deb12u5"
        unchanged_directories:
          description: The directories that are there, with the owner, the group and the mode that they are to have.
          returned: success
          type: list
          elements: str
          sample: [/var/lib/glance/images]
        existing_files:
          description: The files of O(stat_files) that are there.
          returned: success
          type: list
          elements: str
          sample: [/etc/systemd/system/glance-api.service]
        interrupted:
          description:
            - Whether the package manager was ended in the middle of its work, and must be told to finish it.
            - False while another program uses it.
            - Never so with C(rpm), which refuses nothing after that.
          returned: success
          type: bool
        checked_at:
          description: When this was found, in seconds since 1970; a cache of facts may keep it for days.
          returned: success
          type: int
          sample: 1795261215
        family:
          description: The family of distributions, V(Debian) or V(RedHat); empty for any other.
          returned: success
          type: str
          sample: Debian
        distribution:
          description: The distribution and its version, as C(/etc/os-release) says in C(ID) and C(VERSION_ID).
          returned: success
          type: str
          sample: debian 12
"""

import glob
import grp
import http.client
import ipaddress
import os
import pwd
import socket
import ssl
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host import package_lock
from ansible_collections.osops.glance.plugins.module_utils._host.access import access_problem, account_of
from ansible_collections.osops.glance.plugins.module_utils._host.checks import (
    UNKNOWN_NAME,
    Listener,
    Place,
    advised,
    cause,
    clock_problem,
    distribution,
    family,
    file_problem,
    given,
    in_the_way,
    is_shared,
    listeners,
    mount_of,
    os_release,
    own,
    place_of,
    report,
    shown,
    unit_of,
)
from ansible_collections.osops.glance.plugins.module_utils._host.packages import PackageManager

TEXT: dict[str, Any] = {"type": "str"}
NEEDED: dict[str, Any] = {"type": "str", "required": True}
STATUS_CODES: dict[str, Any] = {"type": "list", "elements": "int", "default": []}
REQUIRED: dict[str, Any] = {"type": "bool", "default": True}
REACH: dict[str, Any] = {
    "variable": NEEDED,
    "host": TEXT,
    "port": {"type": "int"},
    "url": TEXT,
    "hint": TEXT,
    "ip_version": {"type": "int", "choices": [4, 6]},
    "accept_refused": {"type": "bool", "default": False},
    "required": REQUIRED,
}
ACCESS: dict[str, Any] = {
    "path": NEEDED,
    "user": {"type": "str", "default": "glance"},
    "write": {"type": "bool", "default": True},
    "required": REQUIRED,
}
DIRECTORY: dict[str, Any] = {
    "variable": NEEDED,
    "path": {"type": "path", "required": True},
    "free": {"type": "float", "default": 0.0},
    "shared": {"type": "bool", "default": False},
    "owner": TEXT,
    "group": TEXT,
    "mode": TEXT,
    "hint": TEXT,
}
OPTIONS: dict[str, Any] = {
    "reach": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": REACH,
        "required_one_of": [("host", "url")],
        "mutually_exclusive": [("host", "url"), ("port", "url")],
        "required_by": {"host": "port"},
    },
    "resolve": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"variable": NEEDED, "host": NEEDED, "hint": TEXT, "required": REQUIRED},
    },
    "local": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"variable": NEEDED, "host": NEEDED, "hint": TEXT},
    },
    "http": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"variable": NEEDED, "url": NEEDED, "status_code": STATUS_CODES, "hint": TEXT},
    },
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"variable": NEEDED, "path": {"type": "path", "required": True}, "reader": TEXT, "hint": TEXT},
    },
    "ports": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"variable": NEEDED, "host": NEEDED, "port": {"type": "int", "required": True}, "hint": TEXT},
    },
    "directories": {"type": "list", "elements": "dict", "default": [], "options": DIRECTORY},
    "access": {"type": "list", "elements": "dict", "default": [], "options": ACCESS},
    "packages": {"type": "raw", "default": []},
    "available_packages": {"type": "raw", "default": []},
    "removed": {"type": "raw", "default": []},
    "lock_timeout": {"type": "float"},
    "gather": {"type": "bool", "default": True},
    "units": {"type": "raw", "default": []},
    "stat_files": {"type": "raw", "default": []},
    "timeout": {"type": "float", "default": 5.0},
}

OS_RELEASE = "/etc/os-release"
APT_LISTS = "/var/lib/apt/lists/*_Packages*"
# Where dpkg notes what it has begun and not finished.
DPKG_UPDATES = "/var/lib/dpkg/updates/*"
GIB = 1024**3
PACKAGE_OPTIONS = ("packages", "available_packages", "removed")
NOT_OFFERED = (
    "The package {} is not installed, and no repository of this host ({}) offers it: add one that does, or refresh the "
    "package lists"
)
EXCLUDED = (
    "The package {0} is not installed, and dnf hides it: see excludepkgs in /etc/dnf/dnf.conf and in "
    "/etc/yum.repos.d, and `dnf versionlock list`; remove {0} there."
)
PATIENCE = 30  # seconds
IP_VERSIONS = {4: socket.AF_INET, 6: socket.AF_INET6}

Answer = Tuple[int, Optional[str]]
Check = Callable[[Mapping[str, Any], float], Optional[str]]


def check_reach(entry: Mapping[str, Any], timeout: float) -> str | None:
    place = place_of(entry)
    try:
        connect(place, entry.get("ip_version"), timeout)
    except socket.gaierror as error:
        if entry.get("ip_version") and resolves(place.host):
            return advised(
                f"{place.host} has no IPv{entry['ip_version']} address, and its client uses no other", entry["hint"]
            )
        return unresolved(place.host, error)
    except OSError as error:
        if entry.get("accept_refused") and isinstance(error, ConnectionRefusedError):
            return None
        of = f" of {shown(entry['url'])}" if entry.get("url") else ""
        return advised(f"cannot connect to {place}{of} ({cause(error, timeout)})", entry["hint"])
    return None


def connect(place: Place, ip_version: int | None, timeout: float) -> None:
    """Open a connection and close it; a client of one version of IP uses the first address of that version."""
    if not ip_version:
        socket.create_connection(place, timeout).close()
        return
    family, kind, _protocol, _name, address = socket.getaddrinfo(
        place.host, place.port, IP_VERSIONS[ip_version], socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind) as connection:
        connection.settimeout(timeout)
        connection.connect(address)


def resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except socket.gaierror:
        return False


def check_resolve(entry: Mapping[str, Any], timeout: float) -> str | None:
    host = given(entry["host"])
    try:
        socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        return unresolved(host, error, entry["hint"])
    return None


def check_local(entry: Mapping[str, Any], timeout: float) -> str | None:
    host = given(entry["host"])
    try:
        addresses = {found[4][0]: found[0] for found in socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)}
    except socket.gaierror as error:
        return unresolved(host, error, entry["hint"])
    foreign = [str(address) for address, kind in addresses.items() if not is_local(str(address), kind)]
    if not foreign:
        return None
    return advised(f"{host} resolves to {', '.join(foreign)}, which is not an address of this host", entry["hint"])


def is_local(address: str, kind: int) -> bool:
    """Return whether this host has an address: only then the kernel sends from it to itself. No packet is sent."""
    if ipaddress.ip_address(address.partition("%")[0]).is_loopback:
        return True
    try:
        with socket.socket(kind, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return bool(probe.getsockname()[0] == address)
    except OSError:  # no route
        return False


def unresolved(host: str, error: Exception, hint: str | None = None) -> str:
    return advised(f"cannot resolve {host} ({cause(error, 0)})", hint or UNKNOWN_NAME)


def check_http(entry: Mapping[str, Any], timeout: float) -> str | None:
    place, url = place_of(entry), shown(entry["url"])
    try:
        status, date = patiently(lambda: http_answer(entry["url"], place, timeout))
    except socket.gaierror as error:
        return unresolved(place.host, error)
    except (OSError, http.client.HTTPException) as error:
        return advised(f"cannot get {url} from {place} ({cause(error, timeout)})", entry["hint"])
    if status >= 500 or (entry["status_code"] and status not in entry["status_code"]):
        return advised(f"{url} answers with {status} {http.client.responses.get(status, '')}".rstrip(), entry["hint"])
    late = clock_problem(date, time.time())
    return advised(f"{late} ({url})", "Set the clocks, best with chrony on each host.") if late else None


def patiently(ask: Callable[[], Answer]) -> Answer:
    """Return what ask() answers; a service that is just being started refuses, is slow or answers 500 for a while."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            answer = ask()
        except socket.timeout:
            continue
        except ConnectionRefusedError:
            time.sleep(1)
            continue
        if answer[0] < 500:
            return answer
        time.sleep(1)
    return ask()


def http_answer(url: str, place: Place, timeout: float) -> Answer:
    """Ask without a proxy, as the services of a cloud speak with each other; return the status and the date."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(place.host, place.port, timeout=timeout)
    if parts.scheme == "https":
        # The question is whether anything answers; whoever logs in there checks the certificate.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(place.host, place.port, timeout=timeout, context=context)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
        response = connection.getresponse()
        return response.status, response.getheader("Date")
    finally:
        connection.close()


def check_file(entry: Mapping[str, Any], timeout: float) -> str | None:
    try:
        with open(entry["path"], "rb") as file:
            problem = file_problem(entry["path"], file.read(4096))
        if not problem and entry["reader"] and not is_readable(entry["path"], entry["reader"]):
            problem = f"the user {entry['reader']} cannot read {entry['path']}"
    except OSError as error:
        problem = f"cannot read {entry['path']} ({cause(error, timeout)})"
    return advised(problem, entry["hint"]) if problem else None


def is_readable(path: str, user: str) -> bool:
    """Return whether a user can read a file; true where this cannot be checked, as for a user that does not exist."""
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        return True
    if os.geteuid() not in (0, account.pw_uid):
        return True
    as_user: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid}
    as_user["extra_groups"] = os.getgrouplist(user, account.pw_gid)
    # The kernel decides, so that ACLs, the directories above, and file systems of other hosts count.
    return subprocess.run(["test", "-r", path], check=False, **(as_user if os.geteuid() == 0 else {})).returncode == 0


def check_directory(entry: Mapping[str, Any], timeout: float) -> str | None:
    path = os.path.realpath(entry["path"])
    while not os.path.exists(path):
        path = os.path.dirname(path)
    if not os.path.isdir(path):
        return advised(f"{path} is not a directory", entry["hint"])
    room, kind = os.statvfs(path), mount_of(path, text("/proc/self/mountinfo")).kind
    free = room.f_bavail * room.f_frsize / GIB
    if room.f_flag & os.ST_RDONLY:
        return advised(f"the file system of {entry['path']} is read-only", entry["hint"])
    if free < entry["free"]:
        return advised(f"{entry['path']} has room for {free:.1f} GiB, not for {entry['free']:g}", entry["hint"])
    if entry["shared"] and not is_shared(kind):
        return advised(
            f"{entry['path']} lies on a file system of this host alone ({kind}), and the service has other hosts",
            entry["hint"],
        )
    return None


def is_settled(entry: Mapping[str, Any]) -> bool:
    """Say whether a directory is there, with the owner, the group and the mode that it is to have."""
    try:
        found = os.stat(entry["path"])
        return (
            stat.S_ISDIR(found.st_mode)
            and pwd.getpwuid(found.st_uid).pw_name == entry["owner"]
            and grp.getgrgid(found.st_gid).gr_name == entry["group"]
            and stat.S_IMODE(found.st_mode) == int(entry["mode"] or "0", 8)
        )
    except (OSError, KeyError):
        return False


def is_file(path: str) -> bool:
    """Say whether a file is there; what masks a unit is a link."""
    return os.path.isfile(path) and not os.path.islink(path)


def check_port(entry: Mapping[str, Any], units: list[str]) -> str | None:
    try:
        hosts = {str(found[4][0]) for found in socket.getaddrinfo(entry["host"], entry["port"])}
    except socket.gaierror as error:
        return unresolved(entry["host"], error)
    tables = [text(f"/proc/net/{name}") for name in ("tcp", "tcp6")]
    for found in (found for table in tables for found in listeners(table)):
        owner = owner_of(found) if in_the_way(found, hosts, entry["port"]) else None
        if owner and unit_of(text(f"/proc/{owner}/cgroup")) not in units:
            name = text(f"/proc/{owner}/comm").strip()
            return advised(f"another program listens on port {entry['port']}: {name} (process {owner})", entry["hint"])
    return None


def owner_of(listener: Listener) -> str | None:
    """Return the number of a process that has the socket; None where that cannot be seen."""
    for link in glob.iglob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{listener.inode}]":
                return link.split("/")[2]
        except OSError:  # it has ended, or closed the file
            continue
    return None


def text(path: str) -> str:
    """Return what a file of the kernel says; nothing where there is none any more."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def check_access(entry: Mapping[str, Any], timeout: float) -> str | None:
    account = account_of(entry["user"])
    return access_problem(entry["path"], account, entry["write"]) if account else None


CHECKS: dict[str, Check] = {
    "reach": check_reach,
    "resolve": check_resolve,
    "local": check_local,
    "http": check_http,
    "files": check_file,
    "directories": check_directory,
    "access": check_access,
}


class Preflight:
    """A look at the host; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.release = os_release(text(OS_RELEASE))
        self.manager = PackageManager(family(self.release), self.run, module.get_bin_path)
        self.warnings: list[str] = []
        self.packages: dict[str, dict[str, str | None]] = {}

    def plan(self) -> Plan:
        entries = list(self.entries())
        with ThreadPoolExecutor(max_workers=len(entries) + 1) as pool:
            package_problems = pool.submit(self.package_problems)
            found = list(zip(entries, pool.map(self.problem, entries)))
            problems = [told for (_check, entry), told in found if told and entry.get("required", True)]
            problems += package_problems.result()
        self.warnings += [told for (_check, entry), told in found if told and not entry.get("required", True)]
        if not problems:
            problems = self.wait_for_lock()
        if problems:
            # Without checks, the play has already begun to change the host.
            checks = entries or self.named("available_packages") or self.named("removed")
            raise GlanceError(report(problems) if checks else "\n".join(problems))
        return Plan()

    def entries(self) -> Iterable[tuple[Check, Mapping[str, Any]]]:
        """Return each check with what it is to check."""
        params, units = self.module.params, self.named("units")
        yield from ((CHECKS[kind], entry) for kind in CHECKS for entry in params[kind])
        yield from ((lambda entry, _timeout: check_port(entry, units), entry) for entry in params["ports"])

    def named(self, option: str) -> list[str]:
        """Return the names that the host's own family of distributions has for something."""
        return list(own(self.module.params[option], family(self.release)))

    def problem(self, one: tuple[Check, Mapping[str, Any]]) -> str | None:
        """Return the variable to blame and what is wrong with it, if anything is."""
        check, entry = one
        try:
            found = check(entry, self.module.params["timeout"])
        except GlanceError as error:
            found = advised(str(error), entry["hint"])
        return (f"{entry['variable']}: {found}" if entry.get("variable") else found) if found else None

    def package_problems(self) -> list[str]:
        """Query the package manager; return what keeps packages from being installed or removed."""
        names = list(dict.fromkeys(name for option in PACKAGE_OPTIONS for name in self.named(option)))
        try:
            self.installed = self.manager.installed(names)
        except GlanceError as error:
            return [str(error)]
        versions = self.installed.versions
        candidates = self.manager.candidates([name for name in names if name not in versions])
        self.packages = {name: {"installed": versions.get(name), "candidate": candidates.get(name)} for name in names}
        return [*self.on_hold(), *self.not_offered()]

    def on_hold(self) -> list[str]:
        """Return a line for each package that apt refuses to install or to remove because it is on hold."""
        versions = self.installed.versions
        refused = {name: "install" for name in self.named("available_packages") if name not in versions}
        refused.update({name: "remove" for name in self.named("removed") if name in versions})
        return [
            f"The package {name} is on hold (apt-mark hold), and apt refuses to {verb} it. "
            f"Run on this host: apt-mark unhold {name}"
            for name, verb in refused.items()
            if name in self.installed.held
        ]

    def not_offered(self) -> list[str]:
        """Return a line for each package that the host has not, and cannot get."""
        if not (glob.glob(APT_LISTS) if self.manager.has("apt-cache") else self.manager.has("dnf")):
            return []
        names = [name for name in self.named("available_packages") if not any(self.packages[name].values())]
        excluded = self.manager.excluded(names)
        return [EXCLUDED.format(name) for name in names if name in excluded] + [
            advised(NOT_OFFERED.format(name, distribution(self.release)), self.manager.complaint)
            for name in names
            if name not in excluded
        ]

    def wait_for_lock(self) -> list[str]:
        """Wait while another program uses the package manager, if this host needs it; then query it again."""
        timeout = self.module.params["lock_timeout"]
        if timeout is None or not (self.needs_manager() or self.unfinished()):
            return []
        waited = package_lock.wait(family(self.release), timeout)
        if not waited:
            return []
        self.warnings.append(f"Waited {waited.seconds} s for {waited.holder}.")
        return self.package_problems()

    def needs_manager(self) -> bool:
        """Return whether a package is to be installed or removed."""
        versions = self.installed.versions
        wanted = [*self.named("packages"), *self.named("available_packages")]
        return any(name not in versions for name in wanted) or any(name in versions for name in self.named("removed"))

    def unfinished(self) -> bool:
        """Return whether dpkg has begun something and not finished it."""
        return self.manager.has("dpkg-query") and bool(glob.glob(DPKG_UPDATES))

    def apply(self, plan: Plan) -> None:
        pass

    def result(self, plan: Plan) -> dict[str, Any]:
        if not self.module.params["gather"]:
            return {"warnings": self.warnings}
        found = {
            "packages": self.packages,
            "unchanged_directories": [
                entry["path"] for entry in self.module.params["directories"] if is_settled(entry)
            ],
            "existing_files": [path for path in self.named("stat_files") if is_file(path)],
            "interrupted": self.unfinished() and not package_lock.holder_of(family(self.release)),
            "checked_at": int(time.time()),
            "family": family(self.release),
            "distribution": distribution(self.release),
        }
        return {"ansible_facts": {"osops_glance": found}, "warnings": self.warnings}

    def run(self, command: Sequence[str]) -> tuple[int, str, str]:
        status, out, err = self.module.run_command(list(command), environ_update={"LC_ALL": "C", "LANGUAGE": "C"})
        return int(status), str(out), str(err)


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    run(module, Preflight)


if __name__ == "__main__":
    main()
