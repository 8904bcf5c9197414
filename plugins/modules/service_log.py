#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_log
short_description: Retrieve the log entries about a failure of a service
version_added: "0.1.0"
description:
  - Returns the relevant lines of a service's logs, and the likely cause of a failure.
  - Of tracebacks, only the last lines are returned. The secrets in the configuration files are masked.
  - Never changes anything.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes.read_only
options:
  units:
    description: The systemd units whose journal is read.
    type: list
    elements: str
    required: true
  logs:
    description: Patterns of the files that the service logs to, in the format of oslo.log.
    type: list
    elements: str
    default: []
  files:
    description: The configuration files of the service, whose secrets are masked.
    type: list
    elements: path
    default: []
  failure:
    description:
      - The error message of a client. If it contains a request ID (C(req-...)), only the lines of this request are
        returned.
    type: str
    default: ""
  seconds:
    description: The age of the oldest entries to return, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Retrieve the log entries about a failed upload
  become: true
  osops.glance.service_log:
    units: [glance-api]
    logs: [/var/log/glance/*.log]
    files: [/etc/glance/glance-api.conf]
    failure: "{{ upload['msg'] }}"
  register: log

- name: Show the likely cause
  ansible.builtin.debug:
    var: log['summary']
"""

RETURN = r"""
lines:
  description: The relevant lines, the oldest first.
  type: list
  elements: str
  returned: success
  sample: ["OSError: [Errno 28] No space left on device"]
cause:
  description: The likely cause; null if no line indicates one.
  type: str
  returned: success
  sample: the disk is full
stopped:
  description: The units on the host that do not run or are in a restart loop, with their states.
  type: dict
  returned: success
  sample: {glance-api: failed}
summary:
  description: The stopped units, the likely cause and the lines, in sentences.
  type: str
  returned: success
  sample: "Likely cause: the disk is full. Log (journalctl -u glance-api): OSError: [Errno 28] No space left"
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import LOG_OPTIONS
from ansible_collections.osops.glance.plugins.module_utils._host.service_log_resource import LogReport

OPTIONS: dict[str, Any] = {
    **LOG_OPTIONS,
    "failure": {"type": "str", "default": ""},
    "seconds": {"type": "int", "default": 300},
}


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), LogReport)


if __name__ == "__main__":
    main()
