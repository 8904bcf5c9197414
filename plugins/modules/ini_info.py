#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ini_info
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Retrieve options of configuration files
description:
  - Parses a configuration file by the rules of the program that reads it, and returns all or some of its options.
  - Values are returned as they are written in the file, without substitutions.
  - The module fails if the program could not read the file, and reports the line and the reason.
extends_documentation_fragment:
  - osops.glance.attributes.read_only
  - osops.glance.ini
options:
  options:
    description:
      - The options to return, as a dictionary of sections. Each section is a list of options, or V(null) for all.
      - If it is omitted, all options of all sections are returned.
    type: dict
  reveal:
    description:
      - Whether secrets are returned in clear text. Set C(no_log) on the task in this case.
      - By default, they are replaced with V(VALUE HIDDEN).
    type: bool
    default: false
seealso:
  - module: osops.glance.ini
"""

EXAMPLES = r"""
- name: Retrieve two options
  osops.glance.ini_info:
    path: /etc/glance/glance-api.conf
    options:
      DEFAULT: [bind_host, bind_port]
  register: glance

- name: Print one of them
  ansible.builtin.debug:
    var: glance['options']['DEFAULT']['bind_port']

- name: Retrieve all options of a section with their secrets
  osops.glance.ini_info:
    path: /etc/glance/glance-api.conf
    reveal: true
    options:
      keystone_authtoken:
  no_log: true
  register: credentials

- name: Retrieve the options of a PasteDeploy file, with an additional pattern for secrets
  osops.glance.ini_info:
    path: /etc/glance/glance-api-paste.ini
    dialect: paste
    redact: ['licen[cs]e']
"""

RETURN = r"""
path:
  description: The path of the file, with all links resolved.
  type: str
  returned: always
exists:
  description: Whether the file exists.
  type: bool
  returned: always
sections:
  description: The sections of the file in their order, as they are spelled the first time.
  type: list
  elements: str
  returned: always
options:
  description:
    - The options by section. An option that is set several times is a list, and one without a value is null.
    - Options that were not requested or do not exist are omitted.
  type: dict
  returned: always
  sample:
    DEFAULT: {bind_host: 0.0.0.0, bind_port: '9292'}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._ini.info import IniInfo
from ansible_collections.osops.glance.plugins.module_utils._ini.request import DOCUMENT_OPTIONS

OPTIONS: dict[str, Any] = {
    **DOCUMENT_OPTIONS,
    "options": {"type": "dict"},
    "reveal": {"type": "bool", "default": False},
}


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), IniInfo)


if __name__ == "__main__":
    main()
