# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.hosts import select_hosts

ONE: dict[str, Any] = {"glance_api": ["c1", "c2"], "other": ["x"]}
THREE: dict[str, Any] = {
    "glance_api": ["c1", "c2"],
    "glance_database": ["d1", "d2"],
    "glance_admin": ["a1", "c1"],
    "glance_loadbalancer": ["b1", "b2"],
}


@pytest.mark.parametrize(
    ("selection", "one", "three", "empty"),
    [
        ("api", ["c1", "c2"], ["c1", "c2"], []),
        ("first_api", ["c1"], ["c1"], ["all:!all"]),
        ("other_api", ["c2"], ["c2"], ["all:!all"]),
        ("contract", ["c1"], ["c1"], ["all:!all"]),
        ("database", ["c1"], ["d1"], []),
        ("admin", ["c1"], ["a1"], ["localhost"]),
        ("all", ["c1", "c2"], ["c1", "c2", "d1", "d2", "a1"], ["localhost"]),
        ("loadbalancer", ["all:!all"], ["b1", "b2"], ["all:!all"]),
    ],
)
def test_hosts_are_selected_by_task(selection: str, one: list[str], three: list[str], empty: list[str]) -> None:
    assert select_hosts(selection, ONE) == one
    assert select_hosts(selection, THREE) == three
    assert select_hosts(selection, {}) == empty
    assert select_hosts(selection, {"glance_api": [], "glance_admin": []}) == empty


@pytest.mark.parametrize("selection", ["first_api", "database", "admin"])
@pytest.mark.parametrize("groups", [ONE, THREE])
def test_order_of_the_inventory_does_not_matter(selection: str, groups: dict[str, Any]) -> None:
    """AWX and other inventories return the hosts of a group in any order."""
    unordered = {name: list(reversed(hosts)) for name, hosts in groups.items()}
    assert select_hosts(selection, unordered) == select_hosts(selection, groups)


def test_other_hosts_are_all_but_the_first_by_name() -> None:
    assert select_hosts("other_api", {"glance_api": ["c3", "c1", "c2"]}) == ["c3", "c2"]


def test_single_host_needs_no_completion_of_a_migration() -> None:
    assert select_hosts("contract", {"glance_api": ["c1"]}) == ["all:!all"]


def test_unknown_selection_is_reported() -> None:
    with pytest.raises(
        GlanceError,
        match="'apis' is no selection of hosts: all, api, first_api, other_api, contract, .*, admin, loadbalancer",
    ):
        select_hosts("apis", ONE)
