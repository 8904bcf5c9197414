# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.modules import db_sync
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by


@pytest.fixture(autouse=True)
def no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basic, "has_journal", False)


def test_bare_host_is_predicted_and_then_refused(tmp_path: Path) -> None:
    arguments = {"config_file": str(tmp_path / "glance-api.conf"), "glance_manage": str(tmp_path / "glance-manage")}
    predicted = json.loads(printed_by(db_sync, check_mode=True, **arguments))
    assert predicted["changed"]
    assert predicted["diff"]["after"] == {"schema": {"revision": "head", "phase": "all"}}
    assert (predicted["database"], predicted["metadefs_loaded"]) == (None, [])
    assert "glance-manage on this host" in json.loads(printed_by(db_sync, **arguments))["msg"]
