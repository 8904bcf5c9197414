# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.modules import database
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by


@pytest.fixture(autouse=True)
def no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basic, "has_journal", False)


@pytest.mark.parametrize("check_mode", [False, True])
def test_invalid_option_is_refused_before_the_login(check_mode: bool) -> None:
    result = json.loads(printed_by(database, check_mode=check_mode, name="mysql", login_unix_socket="/run/none"))
    assert result["failed"]
    assert "a system database of the server" in result["msg"]
