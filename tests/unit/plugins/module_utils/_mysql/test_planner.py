# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Current
from ansible_collections.osops.glance.plugins.module_utils._mysql.planner import (
    make_plan,
    predicted_state,
    return_values,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import (
    ACCOUNT,
    AVAILABLE,
    DESIRED,
    GRANT,
    GRANT_ALL,
    NEW_USER,
    NO_DATABASE,
    current,
    statements,
)


@pytest.mark.parametrize(
    ("changes", "state", "expected"),
    [
        pytest.param({}, current(), [], id="no change"),
        pytest.param(
            {},
            current(**NO_DATABASE, accounts=[], grants=[]),
            ["CREATE DATABASE IF NOT EXISTS `glance` CHARACTER SET utf8mb3", NEW_USER, GRANT_ALL],
            id="empty server",
        ),
        pytest.param({"user": None}, current(accounts=[], grants=[]), [], id="user omitted"),
    ],
)
def test_plan_leads_to_the_desired_state(changes: dict[str, Any], state: Current, expected: list[str]) -> None:
    assert statements({**DESIRED, **changes}, state) == expected


@pytest.mark.parametrize(
    ("changes", "state", "expected"),
    [
        pytest.param({}, current(), ["DROP USER IF EXISTS 'glance'@'localhost'"], id="data kept"),
        pytest.param(
            {"remove_data": True},
            current(),
            ["DROP USER IF EXISTS 'glance'@'localhost'", "DROP DATABASE IF EXISTS `glance`"],
            id="data removed",
        ),
        pytest.param(
            {"remove_data": True, "user": None}, current(), ["DROP DATABASE IF EXISTS `glance`"], id="user omitted"
        ),
        pytest.param({}, current(accounts=[ACCOUNT._replace(host="10.%")]), [], id="account from another host"),
        pytest.param({"remove_data": True}, current(**NO_DATABASE, accounts=[]), [], id="empty server"),
    ],
)
def test_absent_removes_accounts_and_optionally_the_database(
    changes: dict[str, Any], state: Current, expected: list[str]
) -> None:
    assert statements({**DESIRED, "state": "absent", **changes}, state) == expected


def test_diff_contains_the_changes_and_no_secret() -> None:
    state = current(
        accounts=[ACCOUNT._replace(plugins=("ed25519",), tls="X509")], grants=[GRANT._replace(privileges=AVAILABLE)]
    )
    plan = make_plan({**DESIRED, "tls": True, "privileges": ["SELECT"]}, state)
    assert plan.diff() == {
        "before": {
            "account glance@localhost": {
                "login": "ed25519",
                "password": f"{SECRET} (different)",
                "tls": "with a certificate",
            },
            "grants of glance@localhost on glance": {"glance": ["ALL", "GRANT OPTION"]},
        },
        "after": {
            "account glance@localhost": {"login": "mysql_native_password", "password": SECRET, "tls": "required"},
            "grants of glance@localhost on glance": {"glance": ["SELECT"]},
        },
    }
    assert ACCOUNT.password_hash not in str(plan.diff())


def test_prediction_assumes_an_empty_server() -> None:
    plan = make_plan(DESIRED, predicted_state(DESIRED))
    assert plan.actions() == {
        "database glance": "create",
        "account glance@localhost": "create",
        "grants of glance@localhost on glance": "create",
    }
    assert plan.diff()["after"]["grants of glance@localhost on glance"] == {"glance": ["ALL"]}


def test_return_values_contain_accounts_only_if_present() -> None:
    assert return_values({**DESIRED, "hosts": ["LOCALHOST"]}, current())["accounts"] == ["glance@localhost"]
    assert "accounts" not in return_values({**DESIRED, "state": "absent"}, current())
