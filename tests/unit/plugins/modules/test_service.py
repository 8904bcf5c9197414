# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.service_resource import RestoredService, Service
from ansible_collections.osops.glance.plugins.modules import service
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by


@pytest.mark.parametrize(("state", "resource"), [("started", Service), ("restored", RestoredService)])
def test_state_selects_the_resource(monkeypatch: pytest.MonkeyPatch, state: str, resource: type) -> None:
    def run(module: Any, make: type) -> None:
        assert module.params["current_accounts"] == ["database", "identity"]
        assert make is resource
        raise SystemExit

    monkeypatch.setattr(service, "run", run)
    printed_by(service, units=["glance-api"], state=state)
