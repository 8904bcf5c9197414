#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_log
short_description: What the log of a service says of a failure
version_added: "0.2.0"
description:
  - Returns the lines of a service's logs that matter, and the likely cause of a failure.
  - Of tracebacks only their ends are told, and the secrets of the configuration files are masked.
  - Never changes anything.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes.read_only
options:
  units:
    description: The units of systemd whose journal is looked at.
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
    description: What a client was told. Where it names a request (C(req-...)), the lines of that request are returned.
    type: str
    default: ""
  seconds:
    description: How far to look back.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Look why the upload failed
  become: true
  osops.glance.service_log:
    units: [glance-api]
    logs: [/var/log/glance/*.log]
    files: [/etc/glance/glance-api.conf]
    failure: "{{ upload['msg'] }}"
  register: log

- name: Tell it
  ansible.builtin.debug:
    var: log['told']
"""

RETURN = r"""
lines:
  description: The lines that matter, the oldest first.
  type: list
  elements: str
  returned: success
  sample: ["OSError: [Errno 28] No space left on device"]
cause:
  description: The likely cause; null where no line is understood.
  type: str
  returned: success
  sample: the disk is full
stopped:
  description: The units on the host that do not run or are in a restart loop, with their states.
  type: dict
  returned: success
  sample: {glance-api: failed}
told:
  description: All of it in a few sentences.
  type: str
  returned: success
  sample: "Likely cause: the disk is full. The log (journalctl -u glance-api) says: OSError: [Errno 28] No space left"
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._core.process import with_timeout
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.log_analysis import likely
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import (
    COMMAND_SECONDS,
    LOG_OPTIONS,
    ServiceLog,
)
from ansible_collections.osops.glance.plugins.module_utils._host.units import PROPERTIES, units_of

OPTIONS: dict[str, Any] = {
    **LOG_OPTIONS,
    "failure": {"type": "str", "default": ""},
    "seconds": {"type": "int", "default": 300},
}


class Reading:
    """A look at the units and into their log; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._failure: str = module.params["failure"]
        self._journal = ServiceLog(module, since=time.time() - module.params["seconds"])

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        pass

    def result(self, plan: Plan) -> dict[str, Any]:
        lines = self._journal.lines(self._failure)
        stopped = self._stopped()
        told = [f"The unit {name} is {state}." for name, state in stopped.items()]
        told.append(self._journal.told(self._failure))
        return {"lines": lines, "cause": likely(lines), "stopped": stopped, "told": " ".join(told)}

    def _stopped(self) -> dict[str, str]:
        names: list[str] = self._module.params["units"]
        command = ["systemctl", "show", f"--property={','.join(PROPERTIES)}", "--", *names]
        _status, out, _err = self._module.run_command(with_timeout(command, COMMAND_SECONDS))
        units = [unit for unit in units_of(out, names, boot=0) if unit.exists]
        looping = {unit.name: "in a restart loop" for unit in units if unit.loops}
        return {**{unit.name: unit.state for unit in units if not unit.runs}, **looping}


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    run(module, Reading)


if __name__ == "__main__":
    main()
