# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.account_warnings import account_warnings
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Account
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import (
    ACCOUNT,
    ANYWHERE,
    DESIRED,
    HERE,
    current,
    with_account,
)


@pytest.mark.parametrize(
    ("hosts", "other", "message"),
    [
        pytest.param([ANYWHERE], Account("", HERE), "''@'localhost' is an anonymous account", id="anonymous"),
        pytest.param(
            [ANYWHERE],
            Account("glance", "controller"),
            "'glance'@'controller' is an account with a different password",
            id="other password",
        ),
        pytest.param([ANYWHERE], ACCOUNT._replace(host="controller"), None, id="the same password"),
        pytest.param([ANYWHERE, HERE], Account("", HERE), None, id="managed account is as specific"),
        pytest.param([HERE], Account("", "controller"), None, id="other host"),
        pytest.param(["10.0._.%"], Account("glance", "10.0.1.5"), "'10.0.1.5'", id="wildcards"),
        pytest.param(["10.0.1.5"], Account("glance", ANYWHERE), None, id="less specific"),
    ],
)
def test_account_that_shadows_a_managed_one_is_reported(hosts: list[str], other: Account, message: str | None) -> None:
    warnings = account_warnings({**DESIRED, "hosts": hosts}, current(accounts=[ACCOUNT, other]))
    assert [message in warning for warning in warnings if message] == [True] * bool(message)
    assert len(warnings) == bool(message)


def test_global_privileges_are_reported() -> None:
    (warning,) = account_warnings(DESIRED, with_account(has_global_privileges=True))
    assert "glance@localhost has privileges on all databases" in warning
