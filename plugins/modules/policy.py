#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: policy
short_description: Configure API policies
version_added: "0.1.0"
description:
  - Manages a policy file with the rules that differ from those of the package or of the code. Without rules, the file
    is removed.
  - The file is written as JSON, which every release of oslo.policy reads. It is intended for the directory C(policy.d)
    next to the configuration, whose rules override all others. The directory is created if it does not exist.
  - No backup of the file is kept because the service reads every file in that directory.
  - A running service applies new and changed rules by itself, but keeps removed rules until it is restarted.
  - The names of rules are not checked; M(osops.glance.check_inputs) checks them.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - ansible.builtin.files
  - osops.glance.attributes
options:
  path:
    description: The path of the policy file.
    type: path
    required: true
  rules:
    description:
      - The checks by rule, for example V(role:admin). V(!) denies access to all users, and an empty string allows it.
      - Rules in the file that are not listed here are removed.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Allow only administrators to publish images
  become: true
  osops.glance.policy:
    path: /etc/glance/policy.d/local.json
    rules:
      publicize_image: role:admin
    owner: root
    group: glance
    mode: "0640"
"""

RETURN = r"""
rules:
  description: The action for each rule, and for the file.
  type: dict
  returned: success
  sample: {"publicize_image": create}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.policy_file import PolicyFile
from ansible_collections.osops.glance.plugins.module_utils._host.policy_spec import OPTIONS


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, add_file_common_args=True, supports_check_mode=True), PolicyFile)


if __name__ == "__main__":
    main()
