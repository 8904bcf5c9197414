# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import (
    disruptive_changes,
    left_out_hosts,
    without_left_out,
)

GROUPS = {"glance_api": ["c1", "c2", "c3"], "glance_database": ["db"], "other": ["x"]}
ABSENT = {"left_out": "no route to host"}


def results(is_left_out: bool = True, **parts: str) -> dict[str, Any]:
    """Return the results of the comparison, after c2 was not reached."""
    compared = {"parts": {"configure": "in sync", **parts}}
    return {"c1": compared, "c2": ABSENT if is_left_out else compared, "c3": {}, "db": compared}


def test_hosts_that_were_not_reached_are_left_out() -> None:
    assert left_out_hosts(results()) == ["c2"]
    assert left_out_hosts(results(is_left_out=False)) == []
    assert left_out_hosts({}) == []


def test_groups_do_not_contain_hosts_that_are_left_out() -> None:
    groups = without_left_out(GROUPS, results())
    assert groups == {"glance_api": ["c1", "c3"], "glance_database": ["db"], "other": ["x"]}


@pytest.mark.parametrize(
    ("parts", "changes"),
    [
        pytest.param({"configure": "update DEFAULT/workers"}, [], id="option"),
        pytest.param({"database": "create account 'glance'@'%'; create database glance"}, [], id="new account"),
        pytest.param(
            {"database": "create database glance; update account 'glance'@'%'"},
            ["database: update account 'glance'@'%'"],
            id="new password in the database",
        ),
        pytest.param(
            {"identity": "update user glance"}, ["identity: update user glance"], id="new password in Keystone"
        ),
        pytest.param(
            {"identity": "update password of user glance"},
            ["identity: update password of user glance"],
            id="text of the module",
        ),
        pytest.param({"identity": "update endpoint public"}, [], id="endpoint"),
        pytest.param({"schema": "create database schema"}, [], id="new schema"),
        pytest.param({"schema": "verify database schema"}, [], id="schema to verify"),
        pytest.param(
            {"schema": "migrate database schema; load metadata definitions"},
            ["schema: migrate database schema"],
            id="migration",
        ),
    ],
)
def test_changes_that_hosts_do_not_survive(parts: dict[str, str], changes: list[str]) -> None:
    assert disruptive_changes(results(**parts)) == changes
    assert disruptive_changes(results(is_left_out=False, **parts)) == []
