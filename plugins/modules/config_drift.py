#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: config_drift
short_description: Report what a deployment would remove from an Image service
version_added: "0.1.0"
description:
  - Compares the configuration files on a host with the desired ones, and warns about everything that the change would
    remove.
  - Never changes anything.
  - "Warnings report options that were set by hand, accounts with another password, another database, stores that are
    removed or moved, and configuration and policy files in force that this collection does not manage."
  - If a store kind is removed that images need, or a directory of images that was set by hand is replaced, the module
    fails with the number of these images. It reads them from the database with the connection in the current
    configuration.
  - Values of options are never reported.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes.read_only
options:
  files:
    description:
      - The desired content of each file, by path. Each is a dictionary of sections, as in
        O(osops.glance.ini#module:options).
    type: dict
    required: true
  mode:
    description: Whether the deployment replaces the files (V(replace)) or sets options in them (V(merge)).
    type: str
    choices: [replace, merge]
    default: replace
  managed_marker:
    description: A text that marks a file as written by this collection, as in M(osops.glance.ini).
    type: str
    required: true
  package_defaults:
    description: For each path, the files with the options that the package sets, as in M(osops.glance.ini).
    type: dict
    default: {}
  unit_files:
    description: Units and other files that the deployment replaces.
    type: list
    elements: path
    default: []
  policy:
    description: The policy files of the service.
    type: dict
    default: {}
    suboptions:
      path:
        description: The file in the policy directory that this collection manages.
        type: path
      rules:
        description: The desired rules in this file.
        type: dict
        default: {}
      files:
        description: Policy files that the service reads in addition to that directory.
        type: list
        elements: path
        default: []
  host:
    description: The name of the host in messages.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Report what the deployment would remove
  become: true
  osops.glance.config_drift:
    host: "{{ inventory_hostname }}"
    managed_marker: (osops.glance)
    files:
      /etc/glance/glance-api.conf:
        DEFAULT:
          enabled_backends: fs:file
        glance_store:
          default_backend: fs
        fs:
          filesystem_store_datadir: /var/lib/glance/images/
"""

RETURN = r"""
lost:
  description: What the deployment would remove, one sentence each. Each sentence is also a warning.
  type: list
  elements: str
  returned: success
  sample: ["controller: /etc/systemd/system/glance-api.service was not written by this collection and is replaced."]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.config_drift_resource import ConfigDrift
from ansible_collections.osops.glance.plugins.module_utils._host.config_drift_spec import OPTIONS


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), ConfigDrift)


if __name__ == "__main__":
    main()
