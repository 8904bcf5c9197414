# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import (
    incomplete_hosts,
    left_out_hosts,
    lost_hosts,
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


def test_lost_hosts_are_left_out_too() -> None:
    lost = {**results(), "c3": {"lost": True}}
    assert lost_hosts(lost) == ["c3"]
    assert left_out_hosts(lost) == ["c2", "c3"]


SYNC = dict.fromkeys(("install", "configure", "schema", "service"), "in sync")


def compared(release: str = "zed", **states: Any) -> dict[str, Any]:
    started = {"started": True} if states.pop("started", False) else {}
    return {"parts": {**SYNC, **states}, "service": {"release": release}, **started}


@pytest.mark.parametrize(
    ("result", "is_complete"),
    [
        pytest.param(compared(), True, id="in sync"),
        pytest.param(compared(configure="update DEFAULT/workers"), False, id="not changed by this run"),
        pytest.param(compared(configure="update DEFAULT/workers", started=True), True, id="changed by this run"),
        pytest.param({}, False, id="not in this run"),
        pytest.param({"left_out": "no route to host"}, False, id="left out"),
        pytest.param({"lost": True}, False, id="lost"),
        pytest.param(compared("yoga"), False, id="other release"),
        pytest.param(compared("yoga", started=True), False, id="started with another release"),
    ],
)
def test_controller_that_may_run_something_else_is_incomplete(result: dict[str, Any], is_complete: bool) -> None:
    groups = {"glance_api": ["c2", "c1"]}
    assert incomplete_hosts(groups, {"c1": compared(), "c2": result}) == ([] if is_complete else ["c2"])


def test_migration_makes_every_controller_incomplete_until_it_was_started() -> None:
    groups = {"glance_api": ["c1", "c2"]}
    first = compared(schema="migrate schema", started=True)
    assert incomplete_hosts(groups, {"c1": first, "c2": compared()}) == ["c2"]
    assert incomplete_hosts(groups, {"c1": first, "c2": compared(started=True)}) == []
