# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return the log entries and the units that explain a failure of a service."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._core.process import with_timeout
from ansible_collections.osops.glance.plugins.module_utils._host.log_analysis import likely_cause
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import COMMAND_SECONDS, ServiceLog
from ansible_collections.osops.glance.plugins.module_utils._host.units import PROPERTIES, units_of


class LogReport:
    """The log entries about a failure, and the units that do not run; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._failure: str = module.params["failure"]
        self._log = ServiceLog(module, since=time.time() - module.params["seconds"])

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        pass

    def result(self, plan: Plan) -> dict[str, Any]:
        lines = self._log.relevant_lines(self._failure)
        stopped = self._stopped_units()
        sentences = [f"The unit {name} is {state}." for name, state in stopped.items()]
        sentences.append(self._log.summary(self._failure))
        return {"lines": lines, "cause": likely_cause(lines), "stopped": stopped, "summary": " ".join(sentences)}

    def _stopped_units(self) -> dict[str, str]:
        """Return the state of each unit on the host that does not run or is in a restart loop."""
        names: list[str] = self._module.params["units"]
        command = ["systemctl", "show", f"--property={','.join(PROPERTIES)}", "--", *names]
        _status, out, _err = self._module.run_command(with_timeout(command, COMMAND_SECONDS))
        units = [unit for unit in units_of(out, names, boot=0) if unit.exists]
        looping = {unit.name: "in a restart loop" for unit in units if unit.is_looping}
        return {**{unit.name: unit.state for unit in units if not unit.is_running}, **looping}
