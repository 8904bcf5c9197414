# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.refusals import refusals

GROUPS = {"glance_api": ["c1", "c2", "c3"], "glance_database": ["db"], "other": ["x"]}


@pytest.mark.parametrize(
    ("parts", "changes"),
    [
        pytest.param({"configure": "update DEFAULT/workers"}, None, id="option"),
        pytest.param({"database": "create account 'glance'@'%'; create database glance"}, None, id="new account"),
        pytest.param(
            {"database": "create database glance; update account 'glance'@'%'"},
            "database: update account 'glance'@'%'",
            id="new password in the database",
        ),
        pytest.param({"identity": "update user glance"}, "identity: update user glance", id="new password in Keystone"),
        pytest.param(
            {"identity": "update password of user glance"},
            "identity: update password of user glance",
            id="text of the module",
        ),
        pytest.param({"identity": "update endpoint public"}, None, id="endpoint"),
        pytest.param({"schema": "create database schema"}, None, id="new schema"),
        pytest.param({"schema": "verify database schema"}, None, id="schema to verify"),
        # Both releases work with it, and it is not completed without all hosts.
        pytest.param({"schema": "migrate database schema; load metadata definitions"}, None, id="migration"),
    ],
)
def test_changes_that_hosts_do_not_survive(parts: dict[str, str], changes: str | None) -> None:
    compared = {"parts": {"configure": "in sync", **parts}}
    everywhere = {"c1": compared, "c2": compared, "c3": {"parts": {}}, "db": compared}
    assert refusals(GROUPS, everywhere) == []
    for absent in ({"left_out": "no route to host"}, {}):  # it could not be reached, or --limit omits it
        found = refusals(GROUPS, {**everywhere, "c2": absent})
        text = f"c2 cannot be changed by this run, and could not work any more after these changes: {changes}. "
        assert [refusal.startswith(text) for refusal in found] == ([True] if changes else [])


COMPARED: dict[str, Any] = {"parts": {"install": "in sync"}}
UPGRADED = {**COMPARED, "previous_release": "yoga"}


@pytest.mark.parametrize(
    ("results_by_host", "early"),
    [
        pytest.param({"c1": UPGRADED, "c2": UPGRADED, "c3": UPGRADED}, [], id="all"),
        pytest.param({"c1": UPGRADED}, [], id="the first one"),
        pytest.param({"c1": COMPARED, "c2": UPGRADED}, [], id="the first one was upgraded before"),
        pytest.param({"c2": UPGRADED, "c3": COMPARED}, ["c2"], id="without the first one"),
        pytest.param({"c1": {"left_out": "no route"}, "c2": UPGRADED, "c3": UPGRADED}, [], id="the next one migrates"),
        pytest.param({"c2": COMPARED, "c3": COMPARED}, [], id="no other release"),
    ],
)
def test_database_is_migrated_before_packages_are_upgraded(results_by_host: dict[str, Any], early: list[str]) -> None:
    found = refusals(GROUPS, results_by_host)
    texts = [f"{host} would be upgraded to another release without c1, which migrates the database" for host in early]
    assert [refusal.partition(" first.")[0] for refusal in found] == texts


@pytest.mark.parametrize(
    ("other", "is_refused"),
    [
        pytest.param(COMPARED, True, id="the run changes it"),
        pytest.param({"left_out": "no route to host"}, False, id="it could not be reached"),
        pytest.param({}, False, id="--limit omits it"),
    ],
)
def test_name_of_a_host_that_is_gone_need_not_resolve(other: dict[str, Any], is_refused: bool) -> None:
    first = {**COMPARED, "problems_of_hosts": {"c2": "glance_api_worker_url of c2: cannot resolve c2"}}
    found = refusals(GROUPS, {"c1": first, "c2": other, "c3": COMPARED})
    assert found == (["c1: glance_api_worker_url of c2: cannot resolve c2"] if is_refused else [])
