#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ini_info
version_added: "0.2.0"
author:
  - The osops.glance authors (@osops)
short_description: What a configuration file says
description:
  - Reads the options of a file as the program reads them that it is for, and returns all or some of them.
  - Values are returned as they stand in the file, before anything in them is substituted.
  - A file that the program could not read is refused, with the line and the reason.
extends_documentation_fragment:
  - osops.glance.attributes.read_only
  - osops.glance.ini
options:
  options:
    description:
      - "What to return: a dictionary of sections, each with a list of options, or V(null) for all of a section."
      - Left out, all options of all sections are returned.
    type: dict
  reveal:
    description:
      - Whether secrets are returned as well. Put C(no_log) on the task then.
      - Otherwise V(VALUE HIDDEN) stands for them.
    type: bool
    default: false
seealso:
  - module: osops.glance.ini
"""

EXAMPLES = r"""
- name: Ask for two options
  osops.glance.ini_info:
    path: /etc/glance/glance-api.conf
    options:
      DEFAULT: [bind_host, bind_port]
  register: glance

- name: Show one of them
  ansible.builtin.debug:
    var: glance['values']['DEFAULT']['bind_port']

- name: Ask for all of a section, the secrets too
  osops.glance.ini_info:
    path: /etc/glance/glance-api.conf
    reveal: true
    options:
      keystone_authtoken:
  no_log: true
  register: credentials

- name: Read a file of PasteDeploy, with more names that are secret
  osops.glance.ini_info:
    path: /etc/glance/glance-api-paste.ini
    dialect: paste
    redact: ['licen[cs]e']
"""

RETURN = r"""
path:
  description: The file that was read, behind all links.
  type: str
  returned: always
exists:
  description: Whether there is such a file.
  type: bool
  returned: always
sections:
  description: The sections of the file in their order, as they are spelt the first time.
  type: list
  elements: str
  returned: always
values:
  description:
    - The options that are there, by section. One that is given several times is a list, and one without a value is
      null.
    - What was not asked for or is not there is left out.
  type: dict
  returned: always
  sample:
    DEFAULT: {bind_host: 0.0.0.0, bind_port: '9292'}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core import atomic_file
from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._ini import diff
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import document_of
from ansible_collections.osops.glance.plugins.module_utils._ini.request import DOCUMENT_OPTIONS

OPTIONS: dict[str, Any] = {
    **DOCUMENT_OPTIONS,
    "options": {"type": "dict"},
    "reveal": {"type": "bool", "default": False},
}


class IniInfo:
    """What one file of options says."""

    def __init__(self, module: AnsibleModule) -> None:
        self.params: dict[str, Any] = module.params
        self.path = atomic_file.real_path(self.params["path"], follow=True)
        self.content = atomic_file.read(self.path)
        self.document = document_of(self.content or b"", self.path, DIALECTS[self.params["dialect"]])

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        """Do nothing, as the plan says."""

    def result(self, plan: Plan) -> dict[str, Any]:
        mask = None if self.params["reveal"] else diff.Mask().redact(self.params["redact"])
        return {
            "path": self.path,
            "exists": self.content is not None,
            "sections": list({section.key: section.name for section in self.document.sections[1:]}.values()),
            "values": diff.values_of(self.document, self.params["options"], mask),
        }


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    run(module, IniInfo)


if __name__ == "__main__":
    main()
