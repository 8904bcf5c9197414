# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.osops.glance.plugins.modules import service_check
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by


class FakeCheck:
    """A check that always succeeds and records the options of the module."""

    params: dict[str, Any] = {}

    def __init__(self, module: Any) -> None:
        FakeCheck.params = module.params

    def plan(self) -> Plan:
        return Plan((Step(resource="upload to fs", action="try", is_change=False),))

    def apply(self, plan: Plan) -> None:
        """Do nothing."""

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"health": "OK"}


def test_module_runs_the_check_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_check, "ServiceCheck", FakeCheck)
    result = json.loads(printed_by(service_check, cloud="sandbox", stores=["fs"]))
    assert (result["changed"], result["health"]) == (False, "OK")
    expected = {"cloud": "sandbox", "stores": ["fs"], "endpoint": None, "upload": True, "read": True, "timeout": 60}
    assert expected.items() <= FakeCheck.params.items()
