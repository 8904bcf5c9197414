#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: virtualenv
short_description: A virtual environment of Python holds these packages, beside the one before it
version_added: "0.2.0"
description:
  - Makes a virtual environment of Python and installs packages into it, from an index or from a directory of wheels.
  - An environment is never changed. Other packages make another environment, in a directory of its own, and what runs
    from the one before goes on until it is restarted. To go back is to ask for the old packages again.
  - What an interrupted run has left is removed, and made anew.
  - A link beside the environments leads to the one that was asked for last.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes
options:
  path:
    description:
      - The directory of the environment. It is named after its content, so each content has one of its own.
      - See the filter P(osops.glance.environment_name#filter).
    type: path
    required: true
  packages:
    description: What is installed, as C(pip) takes it, such as C(glance==33.0.0).
    type: list
    elements: str
    required: true
  constraints:
    description:
      - The versions of everything else, as C(pip) takes constraints, one by one or as the text of a file.
      - An item that begins with C(http://), C(https://), C(file://) or C(/) is a whole file of them, which the host
        fetches or has.
    type: list
    elements: str
    default: []
  python:
    description:
      - The interpreter that the environment is made of.
      - One that cannot make environments itself, such as C(python2.7), gets them from C(virtualenv), which is
        installed for that and removed again.
    type: str
    default: python3
  virtualenv:
    description: The C(virtualenv) for an interpreter that needs it, as C(pip) takes it. The default is the last that
      knows Python 2.7 and 3.6.
    type: str
    default: virtualenv<20.22
  index_url:
    description: The index that packages come from; left out, what C(pip) on the host is configured for.
    type: str
  find_links:
    description: A directory on the host, or a URL, with packages, such as a wheelhouse.
    type: str
  no_index:
    description: Whether packages come from O(find_links) alone.
    type: bool
    default: false
  source_files:
    description:
      - Files of a package that its wheel does not contain, such as configuration files. They are copied from its source
        distribution, which C(pip) downloads from the same place as the packages.
      - With O(no_index=true), O(find_links) must contain the source distribution in addition to the wheels.
    type: dict
    suboptions:
      package:
        description: The package and its version, such as C(glance==15.0.2).
        type: str
        required: true
      directory:
        description: The directory in the source distribution. It is copied with its subdirectories.
        type: str
        required: true
      dest:
        description: The directory to copy to, relative to O(path).
        type: str
        required: true
  link:
    description: The name of the link beside the environment.
    type: str
    default: current
  keep:
    description: How many other environments stay, to go back to. The one that the link led to is always one of them.
    type: int
    default: 1
requirements:
  - the Python of O(python) with C(venv) (on Debian the package C(python3-venv)) on the host
seealso:
  - module: ansible.builtin.pip
"""

EXAMPLES = r"""
- name: Make an environment for the Image service
  become: true
  osops.glance.virtualenv:
    path: /opt/glance/33.0.0
    packages: [glance==33.0.0, PyMySQL, python-memcached, pyuwsgi]
    constraints: ["https://releases.openstack.org/constraints/upper/2026.2"]

- name: Make one without any network
  become: true
  osops.glance.virtualenv:
    path: /opt/glance/19.0.4
    python: python2.7
    packages: [glance==19.0.4, PyMySQL, python-memcached]
    constraints: "{{ lookup('ansible.builtin.file', 'train.txt') | split('\n') }}"
    find_links: /srv/wheels
    no_index: true

- name: Create an environment with configuration files that the wheel of the release does not contain
  become: true
  osops.glance.virtualenv:
    path: /opt/glance/15.0.2
    python: python2.7
    packages: [glance==15.0.2, PyMySQL, python-memcached]
    constraints: "{{ lookup('ansible.builtin.file', 'pike.txt') | split('\n') }}"
    source_files:
      package: glance==15.0.2
      directory: etc
      dest: etc/glance
"""

RETURN = r"""
path:
  description: The directory of the environment.
  returned: success
  type: str
  sample: /opt/glance/33.0.0
packages:
  description: Everything that is in it, as C(pip freeze) prints it; empty where it is not made yet, in check mode.
  returned: success
  type: list
  elements: str
  sample: [glance==33.0.0, PyMySQL==1.1.2]
environments:
  description: What was done with each environment and with the link.
  returned: success
  type: dict
  sample: {"environment /opt/glance/33.0.0": create, "link /opt/glance/current": update}
"""

import json
import os
import shutil
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import (
    Content,
    Current,
    SourceFiles,
    complaint,
    extract,
    plan,
)

OPTIONS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "packages": {"type": "list", "elements": "str", "required": True},
    "constraints": {"type": "list", "elements": "str", "default": []},
    "python": {"type": "str", "default": "python3"},
    "virtualenv": {"type": "str", "default": "virtualenv<20.22"},
    "index_url": {"type": "str", "no_log": True},
    "find_links": {"type": "str"},
    "no_index": {"type": "bool", "default": False},
    "source_files": {
        "type": "dict",
        "options": {name: {"type": "str", "required": True} for name in SourceFiles._fields},
    },
    "link": {"type": "str", "default": "current"},
    "keep": {"type": "int", "default": 1},
}

# In each environment, written last: what it was made of. One that has only the other was interrupted.
WHOLE = "osops-glance.json"
BEGUN = "osops-glance.begun"
# The authorities that the host trusts: of Debian, of the RedHat family.
AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
CAN_MAKE = "import venv, ensurepip"


class Environment:
    """The environment, and those beside it."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        given = module.params
        self.path: str = os.path.normpath(given["path"])
        self.parent = os.path.dirname(self.path)
        self.link = os.path.join(self.parent, given["link"])
        self.content = Content.read(given)
        if not self.content.packages:
            raise GlanceError("`packages` names nothing to install.")

    def plan(self) -> Plan:
        built = self.is_built()
        current = os.path.realpath(self.link) if os.path.islink(self.link) else None
        return plan(
            self.path, self.link, self.content, self.module.params["keep"], Current(built, current, self.others())
        )

    def apply(self, plan: Plan) -> None:
        # Whoever runs from the environment must be able to read it.
        os.umask(0o022)
        for step in plan.steps:
            call = step.arguments or {}
            if call["verb"] == "build":
                self.build()
            elif call["verb"] == "switch":
                self.switch()
            else:
                shutil.rmtree(call["path"])

    def result(self, plan: Plan) -> dict[str, Any]:
        record = record_of(self.path)
        return {"path": self.path, "packages": record["installed"] if record else [], "environments": plan.actions()}

    def is_built(self) -> bool:
        """Say whether the environment is there; GlanceError where something else is in its place."""
        record = record_of(self.path)
        if record and Content.read(record) != self.content:
            raise GlanceError(
                f"{self.path} was made of other packages, constraints or another Python than these, and an environment "
                "is never changed: give each content a directory of its own."
            )
        if not record and is_foreign(self.path):
            raise GlanceError(f"{self.path} is there, and was not made by this module: give another `path`.")
        if os.path.lexists(self.link) and not os.path.islink(self.link):
            raise GlanceError(f"{self.link} is no link: give another name in `link`.")
        return bool(record)

    def others(self) -> list[str]:
        """Return the other whole environments beside this one, the youngest first."""
        names = sorted(os.listdir(self.parent)) if os.path.isdir(self.parent) else []
        records = {os.path.join(self.parent, name): os.path.join(self.parent, name, WHOLE) for name in names}
        made = {
            path: os.path.getmtime(record)
            for path, record in records.items()
            if path not in (self.path, self.link) and os.path.exists(record)
        }
        return sorted(made, key=lambda path: made[path], reverse=True)

    def switch(self) -> None:
        """Let the link lead to the environment, in one step."""
        temporary = f"{self.link}.new"
        if os.path.lexists(temporary):
            os.unlink(temporary)
        os.symlink(os.path.basename(self.path), temporary)
        os.replace(temporary, self.link)

    def build(self) -> None:
        """Make the environment; what tells that it is whole is written last."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.path)
        write(os.path.join(self.path, BEGUN), "")
        python = self.make()
        requirements, pins = (os.path.join(self.path, name) for name in ("requirements.txt", "constraints.txt"))
        write(requirements, self.content.requirements())
        write(pins, self.content.pins())
        self.install(python, "--requirement", requirements, "--constraint", pins)
        if self.content.source_files:
            self.copy_source_files(python, self.content.source_files)
        installed = self.call([python, "-m", "pip", "freeze"], "list what was installed")
        record = {**self.content.record(), "installed": installed.split("\n")}
        write(os.path.join(self.path, f"{WHOLE}.new"), json.dumps(record, indent=2) + "\n")
        os.replace(os.path.join(self.path, f"{WHOLE}.new"), os.path.join(self.path, WHOLE))

    def make(self) -> str:
        """Make an empty environment, and return its interpreter."""
        interpreter = self.found(self.content.python)
        if self.module.run_command([interpreter, "-c", CAN_MAKE])[0] == 0:
            self.call([interpreter, "-m", "venv", self.path], f"make an environment of {interpreter}")
        else:
            self.make_by_virtualenv(interpreter)
        return os.path.join(self.path, "bin", "python")

    def make_by_virtualenv(self, interpreter: str) -> None:
        own = os.path.join(self.path, ".virtualenv")
        python3 = self.found("python3")
        if self.module.run_command([python3, "-c", CAN_MAKE])[0]:
            raise GlanceError(f"{python3} on this host cannot make environments: install python3-venv.")
        self.call([python3, "-m", "venv", own], f"make an environment of {python3}")
        self.install(os.path.join(own, "bin", "python"), self.module.params["virtualenv"])
        virtualenv = [os.path.join(own, "bin", "virtualenv"), "--quiet", "--python", interpreter, self.path]
        self.call(virtualenv, f"make an environment of {interpreter}")
        shutil.rmtree(own)

    def found(self, program: str) -> str:
        path = self.module.get_bin_path(program)
        if not path:
            raise GlanceError(f"There is no {program} on this host: install it, or name another one in `python`.")
        return str(path)

    def install(self, python: str, *what: str) -> None:
        self.pip([python, "-m", "pip", "install", *what], f"install {' '.join(self.content.packages)}")

    def copy_source_files(self, python: str, files: SourceFiles) -> None:
        """Download the source distribution with the given files, and copy them into the environment."""
        folder = os.path.join(self.path, ".sources")
        download = ["download", "--no-deps", "--no-binary=:all:", f"--dest={folder}", files.package]
        try:
            # pip 20.3, the last for Python 2.7, fails on a download if the configuration of pip names constraints.
            self.pip(
                [python, "-m", "pip", *download], f"download the source of {files.package}", PIP_CONSTRAINT=os.devnull
            )
        except GlanceError as error:
            raise GlanceError(
                f"{error} The wheel of {files.package} does not contain the files that the service needs. Provide its "
                "source distribution (.tar.gz) in `find_links` or in the index."
            ) from error
        (archive,) = os.listdir(folder)
        extract(os.path.join(folder, archive), files.directory, os.path.join(self.path, files.dest))
        shutil.rmtree(folder)

    def pip(self, command: list[str], what: str, **settings: str) -> None:
        # In the environment of the process, not among its arguments: a URL may hold a password.
        given = self.module.params
        names = {"PIP_INDEX_URL": given["index_url"], "PIP_FIND_LINKS": given["find_links"], **trusted(), **settings}
        environment = {name: value for name, value in names.items() if value}
        if given["no_index"]:
            environment["PIP_NO_INDEX"] = "1"
        quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar=off"]
        self.call([*command, *quiet], what, environment)

    def call(self, command: list[str], what: str, environment: dict[str, str] | None = None) -> str:
        """Run a command and return what it printed; GlanceError with its complaint when it fails."""
        status, out, err = self.module.run_command(command, environ_update=environment or {}, cwd=self.path)
        if status:
            raise GlanceError(f"Could not {what} in {self.path}: {complaint(f'{out}{chr(10)}{err}')}")
        return str(out).strip()


def record_of(path: str) -> dict[str, Any] | None:
    """Return what an environment was made of; None where it is not there or not whole."""
    try:
        with open(os.path.join(path, WHOLE), encoding="utf-8") as file:
            return dict(json.load(file))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise GlanceError(f"Cannot read {os.path.join(path, WHOLE)}: {error}") from error


def trusted() -> dict[str, str]:
    """Return what lets pip trust whom the host trusts: until 24.2 it knows its own authorities only."""
    found = next((path for path in AUTHORITIES if os.path.exists(path)), None)
    return {"REQUESTS_CA_BUNDLE": found} if found and "REQUESTS_CA_BUNDLE" not in os.environ else {}


def is_foreign(path: str) -> bool:
    """Say whether there is something that this module did not begin."""
    if not os.path.lexists(path) or os.path.exists(os.path.join(path, BEGUN)):
        return False
    return not os.path.isdir(path) or bool(os.listdir(path))


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), Environment)


if __name__ == "__main__":
    main()
