# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report the configuration that HAProxy uses, and the state of its servers."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._host.haproxy_stats import (
    CONFIGURATION,
    NoResponse,
    configuration_of,
    has_backend,
    problems_of,
    request,
    rows_of,
    servers_of,
)

POLL_SECONDS = 0.5


class LoadBalancerReport:
    """The state of a load balancer; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self._params: dict[str, Any] = module.params

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        pass

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return the state; with a timeout, wait until it has no problem."""
        end = time.monotonic() + self._params["timeout"]
        while True:
            state = self._state()
            if not state["problems"] or time.monotonic() >= end:
                return state
            time.sleep(POLL_SECONDS)

    def _state(self) -> dict[str, Any]:
        path, backend = self._params["socket"], self._params["backend"]
        try:
            configuration = configuration_of(request(path, f"show env {CONFIGURATION}"))
            rows = rows_of(request(path, "show stat"))
        except NoResponse as error:
            return {"running": False, "configuration": None, "servers": [], "problems": [str(error)]}
        servers = servers_of(rows, backend)
        problems = [] if has_backend(rows, backend) else [f"HAProxy has no backend {backend}."]
        expected = self._params["configuration"]
        if expected and configuration != expected:
            problems.append(f"HAProxy uses the configuration {configuration}, not {expected}.")
        if self._params["servers"]:
            problems += problems_of(servers, self._params["servers"], backend)
        described = [{**server._asdict(), "is_up": server.is_up, "summary": server.summary()} for server in servers]
        return {"running": True, "configuration": configuration, "servers": described, "problems": problems}
