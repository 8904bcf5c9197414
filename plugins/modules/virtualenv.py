#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: virtualenv
short_description: Manage Python virtual environments of a service
version_added: "0.1.0"
description:
  - Creates a Python virtual environment and installs packages into it, from an index or from a directory of wheels.
  - An environment is never changed. For other packages, another environment is created in a directory of its own, and
    programs of the previous environment continue to run until they are restarted.
  - To roll back, set the old packages again.
  - The environment of an interrupted run is removed and created again.
  - A link next to the environments points to the current one.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes
options:
  path:
    description:
      - The directory of the environment. Each content needs a directory of its own, with a name that depends on the
        content.
      - The role P(osops.glance.glance_api#role) names it after the version and a digest of the content.
    type: path
    required: true
  packages:
    description: The packages to install, as C(pip) takes them, such as C(glance==33.0.0).
    type: list
    elements: str
    required: true
  constraints:
    description:
      - The versions of other packages, as C(pip) takes constraints. An item is one constraint, or the text of a
        constraints file.
      - An item that begins with C(http://), C(https://), C(file://) or C(/) is the location of a constraints file that
        the host downloads or reads.
    type: list
    elements: str
    default: []
  python:
    description:
      - The interpreter of the environment.
      - For an interpreter without the module C(venv), such as C(python2.7), the environment is created with
        C(virtualenv), which is installed for this purpose and removed again.
    type: str
    default: python3
  virtualenv:
    description: The version of C(virtualenv) for an interpreter without C(venv), as C(pip) takes it. The default is the
      last one that supports Python 2.7 and 3.6.
    type: str
    default: virtualenv<20.22
  index_url:
    description: The URL of the package index. The default is the one in the configuration of C(pip) on the host.
    type: str
  find_links:
    description: A directory on the host, or a URL, with packages, such as a wheelhouse.
    type: str
  no_index:
    description: Whether to install packages from O(find_links) only.
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
    description: The name of the link to the current environment, in the same directory.
    type: str
    default: current
  keep:
    description: How many other environments are kept for a rollback. The previous target of the link is always kept.
    type: int
    default: 1
requirements:
  - the Python of O(python) with C(venv) (on Debian the package C(python3-venv)) on the host
seealso:
  - module: ansible.builtin.pip
"""

EXAMPLES = r"""
- name: Create an environment for the Image service
  become: true
  osops.glance.virtualenv:
    path: /opt/glance/33.0.0
    packages: [glance==33.0.0, PyMySQL, python-memcached, pyuwsgi]
    constraints: ["https://releases.openstack.org/constraints/upper/2026.2"]

- name: Create an environment without network access
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
  description:
    - The installed packages, as C(pip freeze) prints them. Empty in check mode if the environment does not exist yet.
  returned: success
  type: list
  elements: str
  sample: [glance==33.0.0, PyMySQL==1.1.2]
environments:
  description: The action for each environment and for the link.
  returned: success
  type: dict
  sample: {"environment /opt/glance/33.0.0": create, "link /opt/glance/current": update}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_resource import Virtualenv
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_spec import OPTIONS


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), Virtualenv)


if __name__ == "__main__":
    main()
