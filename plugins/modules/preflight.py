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
  - Tells which packages are installed, and which the host would install, as facts.
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
  http:
    description:
      - URLs that must answer with HTTP, with any status below 500.
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
      hint:
        description: The way out, told when the file is not good.
        type: str
  packages:
    description: Names of packages to tell the versions of.
    type: list
    elements: str
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
    packages: [glance-api]

- name: Show which Glance this host has or would install
  ansible.builtin.debug:
    var: ansible_facts['osops_glance']['packages']['glance-api']
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to C(ansible_facts).
  returned: success
  type: dict
  contains:
    osops_glance:
      description: What was found on the host.
      returned: success
      type: dict
      contains:
        packages:
          description:
            - For each package the version that is installed, and the one that would be, null where there is none or it
              cannot be known without the network.
          returned: success
          type: dict
          sample:
            glance-api:
              installed: null
              candidate: "2:25.1.0-2+deb12u5"
"""

import http.client
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Mapping, Optional
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._host import (
    UNKNOWN_NAME,
    Place,
    advised,
    apt_versions,
    cause,
    file_problem,
    given,
    place_of,
    report,
    rpm_versions,
    shown,
)
from ansible_collections.osops.glance.plugins.module_utils._module import run
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Plan

TEXT: dict[str, Any] = {"type": "str"}
NEEDED: dict[str, Any] = {"type": "str", "required": True}
REACH: dict[str, Any] = {"variable": NEEDED, "host": TEXT, "port": {"type": "int"}, "url": TEXT, "hint": TEXT}
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
        "options": {"variable": NEEDED, "host": NEEDED, "hint": TEXT},
    },
    "http": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"variable": NEEDED, "url": NEEDED, "hint": TEXT},
    },
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"variable": NEEDED, "path": {"type": "path", "required": True}, "hint": TEXT},
    },
    "packages": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "float", "default": 5.0},
}

# Without its cache files apt-cache is slower, but does not write them either.
APT = ["apt-cache", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=", "policy"]
RPM = ["rpm", "--query", "--queryformat", "%{NAME} %{EVR}\\n"]
DNF = ["dnf", "--cacheonly", "--quiet", "repoquery", "--latest-limit=1", "--queryformat", "%{name} %{evr}\\n"]

Check = Callable[[Mapping[str, Any], float], Optional[str]]


def check_reach(entry: Mapping[str, Any], timeout: float) -> str | None:
    place = place_of(entry)
    try:
        socket.create_connection(place, timeout).close()
    except socket.gaierror as error:
        return unresolved(place.host, error)
    except OSError as error:
        of = f" of {shown(entry['url'])}" if entry.get("url") else ""
        return advised(f"cannot connect to {place}{of} ({cause(error, timeout)})", entry["hint"])
    return None


def check_resolve(entry: Mapping[str, Any], timeout: float) -> str | None:
    host = given(entry["host"])
    try:
        socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        return unresolved(host, error, entry["hint"])
    return None


def unresolved(host: str, error: Exception, hint: str | None = None) -> str:
    return advised(f"cannot resolve {host} ({cause(error, 0)})", hint or UNKNOWN_NAME)


def check_http(entry: Mapping[str, Any], timeout: float) -> str | None:
    place, url = place_of(entry), shown(entry["url"])
    try:
        status = http_status(entry["url"], place, timeout)
    except socket.gaierror as error:
        return unresolved(place.host, error)
    except (OSError, http.client.HTTPException) as error:
        return advised(f"cannot get {url} from {place} ({cause(error, timeout)})", entry["hint"])
    if status >= 500:
        return advised(f"{url} answers with {status} {http.client.responses.get(status, '')}".rstrip(), entry["hint"])
    return None


def http_status(url: str, place: Place, timeout: float) -> int:
    """Ask without a proxy: the services of a cloud speak with each other directly."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(place.host, place.port, timeout=timeout)
    if parts.scheme == "https":
        # The question is whether anything answers; whoever logs in there checks the certificate.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(place.host, place.port, timeout=timeout, context=context)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


def check_file(entry: Mapping[str, Any], timeout: float) -> str | None:
    try:
        with open(entry["path"], "rb") as file:
            problem = file_problem(entry["path"], file.read(4096))
    except OSError as error:
        problem = f"cannot read {entry['path']} ({cause(error, timeout)})"
    return advised(problem, entry["hint"]) if problem else None


CHECKS: dict[str, Check] = {"reach": check_reach, "resolve": check_resolve, "http": check_http, "files": check_file}


class Preflight:
    """A look at the host; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module

    def plan(self) -> Plan:
        entries = [(CHECKS[kind], entry) for kind in CHECKS for entry in self.module.params[kind]]
        with ThreadPoolExecutor(max_workers=max(1, len(entries))) as pool:
            problems = [found for found in pool.map(self.problem, entries) if found]
        if problems:
            raise GlanceError(report(problems))
        return Plan()

    def problem(self, one: tuple[Check, Mapping[str, Any]]) -> str | None:
        """Return the variable to blame and what is wrong with it, if anything is."""
        check, entry = one
        try:
            found = check(entry, self.module.params["timeout"])
        except GlanceError as error:
            found = advised(str(error), entry["hint"])
        return f"{entry['variable']}: {found}" if found else None

    def apply(self, plan: Plan) -> None:
        pass

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"ansible_facts": {"osops_glance": {"packages": self.packages(self.module.params["packages"])}}}

    def packages(self, names: list[str]) -> dict[str, dict[str, str | None]]:
        """Return the versions of the packages, from what the package manager has on the host."""
        found: dict[str, dict[str, str | None]] = {}
        if names and self.module.get_bin_path("apt-cache"):
            found = apt_versions(self.printed([*APT, *names]))
        elif names and self.module.get_bin_path("rpm"):
            available = self.printed([*DNF, *names]) if self.module.get_bin_path("dnf") else ""
            found = rpm_versions(names, self.printed([*RPM, *names]), available)
        return {name: found.get(name, {"installed": None, "candidate": None}) for name in names}

    def printed(self, command: list[str]) -> str:
        """Return what the command prints; a package that it does not know is no failure here."""
        _status, out, _err = self.module.run_command(command, environ_update={"LC_ALL": "C", "LANGUAGE": "C"})
        return str(out)


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    run(module, Preflight)


if __name__ == "__main__":
    main()
