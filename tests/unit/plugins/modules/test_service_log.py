# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.service_log_resource import LogReport
from ansible_collections.osops.glance.plugins.modules import service_log
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by


def test_log_of_the_last_minutes_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(module: Any, make: type) -> None:
        assert (module.params["seconds"], module.params["failure"], make) == (300, "", LogReport)
        raise SystemExit

    monkeypatch.setattr(service_log, "run", run)
    printed_by(service_log, units=["glance-api"])
