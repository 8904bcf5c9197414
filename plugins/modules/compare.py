#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: compare
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Check a host and compare it with its deployment plan
description:
  - Carries out the checks of M(osops.glance.preflight), and gathers its facts.
  - Then compares each part of the deployment plan of the host with its current state, with the code of the modules that
    change these parts.
  - The parts are C(install), C(configure), C(schema) and C(service) on a host of the API, C(database) on the host that
    administers the database, and C(identity) and C(images) on the host that uses the cloud.
  - Fails if the database or the Identity service cannot be compared, and if the deployment would make images
    unreadable.
  - Any other part that cannot be compared counts as different, so that the task for that part reports the error.
  - A deployment plan depends on facts. The action plugin expects those of a deployed host from the output of one shell
    command. If the facts that the module gathers are different, it runs the module once more.
  - Never changes anything.
  - The lookup P(osops.glance.hosts#lookup) reads the result from the registered variable C(__glance_compared).
extends_documentation_fragment:
  - osops.glance.attributes.read_only
attributes:
  action:
    description: Is an action plugin; it computes the options from the deployment plan.
    support: full
options:
  resources:
    description: The resources to compare. The action plugin sets this option from the deployment plan.
    type: list
    elements: dict
    default: []
    suboptions:
      part:
        description: The part of the deployment to which the resource belongs.
        type: str
        required: true
      module:
        description: The name of the module that manages the resource, without its collection.
        type: str
        required: true
      options:
        description: The options of that module; null for an option that is not set.
        type: dict
        required: true
      required:
        description: Whether an error is an error of the comparison.
        type: bool
        default: false
      precondition:
        description: Whether an error ends the comparison immediately.
        type: bool
        default: false
      process:
        description:
          - The name of the process in which to compare the resource, after the earlier resources with this name. The
            processes run at the same time; that of the module has no name.
          - The resource must not depend on those of other processes, and not be a O(resources[].precondition).
        type: str
        default: ""
      results:
        description: The names of return values of that module to return for the part.
        type: list
        elements: str
        default: []
"""

EXAMPLES = r"""
- name: Check the host and compare it with the deployment plan
  osops.glance.compare:
  register: __glance_compared

- name: Show the parts that differ
  ansible.builtin.debug:
    msg: "{{ __glance_compared['parts'] | dict2items | rejectattr('value', 'eq', 'in sync') | map(attribute='key') }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts of M(osops.glance.preflight).
  returned: success
  type: dict
parts:
  description:
    - For each part of the deployment on the host, C(in sync), or what differs.
    - Empty if the variables are not valid for the release of the host.
  returned: success
  type: dict
  sample:
    database: in sync
    configure: updated DEFAULT/workers
service:
  description:
    - The C(release) and the C(version) of the service, and the IDs of the C(advisories) that affect it.
  returned: success, on a host of the API, if the variables are valid for the release of the host
  type: dict
  sample: {release: zed, version: 2:25.1.0-2+deb12u6, advisories: []}
problems_of_hosts:
  description:
    - Problems with other API hosts, by their names in the inventory. They matter if the run changes these hosts too,
      see P(osops.glance.refusals#lookup).
  returned: success, on a host of the API, if there are any
  type: dict
  sample: {}
tags:
  description: The tags that another playbook adds when it imports this one. Each of them selects all parts.
  returned: success, if the variables are valid for the release of the host
  type: list
  elements: str
registration:
  description: The region, and the URLs of the service by interface.
  returned: success, on the host that uses the cloud
  type: dict
  sample: {region: RegionOne, endpoints: {public: "http://controller:9292"}}
images:
  description: The images, as M(osops.glance.image) returns them.
  returned: success, on the host that uses the cloud
  type: list
  elements: dict
password_works:
  description: Whether Keystone accepts the password of the service's account.
  returned: success, on the host that uses the cloud, if the account exists
  type: bool
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._comparison.comparison import Comparison
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run

OPTIONS: dict[str, Any] = {
    "resources": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "no_log": True,
        "options": {
            "part": {"type": "str", "required": True},
            "module": {"type": "str", "required": True},
            "options": {"type": "dict", "required": True},
            "required": {"type": "bool", "default": False},
            "precondition": {"type": "bool", "default": False},
            "process": {"type": "str", "default": ""},
            "results": {"type": "list", "elements": "str", "default": []},
        },
    },
}


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), Comparison)


if __name__ == "__main__":
    main()
