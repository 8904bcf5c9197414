# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import results_of

COMPARED = {"__glance_compared": {"parts": {"configure": "updated DEFAULT/workers", "service": "in sync"}}}
IN_SYNC = {"__glance_compared": {"parts": {"configure": "in sync"}}}
STARTED = {"__glance_api_started": {"changed": True}}
WRITTEN = {"__glance_api_written": {"changed": True, "results": []}, "__glance_api_units_written": {"changed": False}}


def facts(candidate: str | None) -> dict[str, Any]:
    packages = {"glance-api": {"installed": "2:25.1.0-2", "candidate": candidate}}
    return {"ansible_facts": {"osops_glance": {"family": "Debian", "packages": packages}}}


@pytest.mark.parametrize(
    ("variables", "result"),
    [
        pytest.param({}, {}, id="not in this run"),
        pytest.param(COMPARED, COMPARED["__glance_compared"], id="compared"),
        pytest.param(
            {**COMPARED, **WRITTEN, **STARTED}, {**COMPARED["__glance_compared"], "started": True}, id="started"
        ),
        pytest.param({**COMPARED, **STARTED}, COMPARED["__glance_compared"], id="started without its configuration"),
        pytest.param({**IN_SYNC, **STARTED}, {**IN_SYNC["__glance_compared"], "started": True}, id="only restarted"),
        pytest.param(
            {**IN_SYNC, **STARTED, **facts("2:26.0.0-1")}, IN_SYNC["__glance_compared"], id="packages not upgraded"
        ),
        pytest.param(
            {**IN_SYNC, **STARTED, **facts(None)}, {**IN_SYNC["__glance_compared"], "started": True}, id="upgraded"
        ),
        pytest.param(
            {**COMPARED, "__glance_api_written": {"results": [{"unreachable": True}]}, **STARTED},
            {"lost": True},
            id="lost in a loop",
        ),
        pytest.param(
            {**COMPARED, "__glance_api_started": {"failed": True, "msg": "no response"}},
            COMPARED["__glance_compared"],
            id="failed",
        ),
        pytest.param(
            {**COMPARED, "__glance_api_started": {"unreachable": True, "msg": "no route to host"}},
            {"lost": True},
            id="lost during the start",
        ),
        pytest.param(
            {**COMPARED, "__glance_api_written": {"unreachable": True}, "__glance_api_started": {"changed": True}},
            {"lost": True},
            id="lost for a while",
        ),
    ],
)
def test_result_of_a_host(variables: dict[str, Any], result: dict[str, Any]) -> None:
    groups, hostvars = {"glance_api": ["c1"]}, {"c1": variables}
    assert results_of({"groups": groups, "hostvars": hostvars}) == {"c1": result}
