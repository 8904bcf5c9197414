# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.modules import preflight
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by


def run(**options: Any) -> dict[str, Any]:
    return dict(json.loads(printed_by(preflight, **options)))


def test_facts_are_returned() -> None:
    result = run(resolve=[{"variable": "glance_it", "host": "localhost"}])
    assert not result["changed"]
    assert result["ansible_facts"]["osops_glance"]["distribution"]


def test_problem_fails_the_task() -> None:
    result = run(files=[{"variable": "glance_it", "path": "/nowhere", "hint": "Create it."}])
    assert result["msg"].splitlines() == [
        "1 problem was found before anything was changed:",
        "- glance_it: cannot read /nowhere (No such file or directory). Create it.",
    ]


@pytest.mark.parametrize(
    "address",
    [{}, {"host": "a"}, {"host": "a", "port": 1, "url": "http://a"}, {"port": 1, "url": "http://a"}],
    ids=["neither", "no port", "both", "port and URL"],
)
def test_address_is_a_host_and_a_port_or_a_url(address: dict[str, Any]) -> None:
    result = run(reach=[{"variable": "glance_it", **address}])
    assert result["failed"]
    assert "found in reach" in result["msg"]
