# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.lookup import hosts as hosts_lookup
from ansible_collections.osops.glance.plugins.lookup import left_out as left_out_lookup
from ansible_collections.osops.glance.plugins.lookup import plan as plan_lookup
from ansible_collections.osops.glance.plugins.lookup import refusals as refusals_lookup
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.converted import TaskCache
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import trust
from tests import plans

LOOKUPS: dict[str, Any] = {
    "hosts": hosts_lookup,
    "left_out": left_out_lookup,
    "plan": plan_lookup,
    "refusals": refusals_lookup,
}
GROUPS = {"glance_api": ["c1", "c2"], "glance_database": ["db"]}
GATHERED = {"__glance_gathered": {}, "ansible_facts": {"osops_glance": dict(plans.host_of().facts)}}


def run(name: str, *terms: str, options: dict[str, Any] | None = None, **variables: Any) -> list[Any]:
    """Return the result of a lookup of this collection."""
    given = trust({"inventory_hostname": "c1", "groups": GROUPS, **plans.SECRETS, **variables})
    templar = ansible.template.Templar(loader=DataLoader(), variables=given)
    lookup = LOOKUPS[name].LookupModule(DataLoader(), templar)
    return list(lookup.run(list(terms), variables=given, **(options or {})))


def test_hosts_are_those_of_the_groups() -> None:
    assert run("hosts", "database") == ["db"]
    assert run("hosts", "api", "admin") == ["c1", "c2", "c1"]


MATCHING = {"__glance_compared": {"parts": {"install": "in sync", "configure": "in sync"}}}
DATABASE_MATCHING = {"__glance_compared": {"parts": {"database": "in sync"}}}
DIFFERENT = {"__glance_compared": {"parts": {"install": "in sync", "configure": "updated DEFAULT/workers"}}}


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"__glance_compared": {"failed": True, "msg": "no response"}},
        {"__glance_compared": {"skipped": True}},
        {"__glance_compared": {"parts": {"install": "in sync", "configure": "update DEFAULT/debug"}}},
    ],
    ids=["not compared", "failed", "skipped", "different"],
)
def test_host_without_a_match_in_this_run_has_something_to_do(result: dict[str, Any]) -> None:
    hostvars = {"c1": result, "c2": MATCHING}
    assert run("hosts", "api", options={"to_do": ["install", "configure"]}, hostvars=hostvars) == ["c1"]


@pytest.mark.parametrize(
    ("hostvars", "expected"),
    [
        pytest.param({"c1": MATCHING, "c2": MATCHING, "db": DATABASE_MATCHING}, ["all:!all"], id="none"),
        pytest.param({"c1": MATCHING, "c2": {}, "db": DATABASE_MATCHING}, ["c2"], id="not compared"),
        pytest.param({"c1": MATCHING, "c2": DIFFERENT, "db": DATABASE_MATCHING}, ["c2"], id="one part differs"),
    ],
)
def test_hosts_with_any_difference(hostvars: dict[str, Any], expected: list[str]) -> None:
    assert run("hosts", "all", options={"to_do": ["any"]}, hostvars=hostvars) == expected


def test_pattern_that_matches_no_host_is_returned_if_all_match() -> None:
    hostvars = {"c1": MATCHING, "c2": MATCHING}
    assert run("hosts", "api", options={"to_do": ["install", "configure"]}, hostvars=hostvars) == ["all:!all"]


ABSENT = {"__glance_compared": {"left_out": "no route to host"}}
NEW_PASSWORD = {"__glance_compared": {"parts": {"database": "update account 'glance'@'%'"}}}


def test_hosts_that_are_left_out_have_no_task() -> None:
    hostvars = {"c1": ABSENT, "c2": DIFFERENT, "db": DATABASE_MATCHING}
    assert run("hosts", "api", options={"to_do": ["configure"]}, hostvars=hostvars) == ["c2"]
    assert run("hosts", "first_api", options={"to_do": ["configure"]}, hostvars=hostvars) == ["c2"]


def test_hosts_that_are_left_out_are_reported_if_all_others_match() -> None:
    hostvars = {"c1": ABSENT, "c2": MATCHING, "db": DATABASE_MATCHING}
    assert run("hosts", "all", options={"to_do": ["any"]}, hostvars=hostvars) == ["c1", "c2", "db"]
    assert run("left_out", hostvars=hostvars) == ["c1"]
    assert run("refusals", hostvars=hostvars) == []
    changed = {**hostvars, "db": NEW_PASSWORD}
    (refusal,) = run("refusals", hostvars=changed)
    assert "after these changes: database: update account 'glance'@'%'." in refusal


def test_unknown_selection_of_hosts_is_refused() -> None:
    with pytest.raises(AnsibleLookupError, match="'apis' is no selection of hosts"):
        run("hosts", "apis")


def test_part_of_the_plan_is_returned() -> None:
    (part,) = run("plan", "service", **GATHERED)
    assert part["service"]["units"] == ["glance-api"]


def test_facts_of_an_older_run_are_refused() -> None:
    with pytest.raises(AnsibleLookupError, match="The facts of this host were not gathered"):
        run("plan", "service", ansible_facts=GATHERED["ansible_facts"])


def test_place_in_the_inventory_decides_on_the_checks() -> None:
    assert run("plan", "preflight")[0]["ports"]
    assert not run("plan", "preflight", inventory_hostname="db")[0]["ports"]


def test_worker_urls_are_read_from_the_other_hosts() -> None:
    hostvars = {"c1": {}, "c2": {"glance_api_worker_url": "http://two:9393"}}
    (part,) = run("plan", "release", hostvars=hostvars, glance_release="zed", **GATHERED)
    assert [(entry["host"], entry["port"]) for entry in part["workers"]["reach"]] == [("two", 9393)]


def test_invalid_input_is_reported_by_name() -> None:
    with pytest.raises(AnsibleLookupError, match="glance_remove_data must be true or false"):
        run("plan", "preflight", glance_remove_data="maybe")


def test_masked_plan_of_a_distribution_needs_no_facts() -> None:
    (text,) = run("plan", options={"masked": True}, glance_plan_distribution="debian 13")
    assert text.startswith("release: '2025.1'\n")
    assert "p@ss" not in text
    assert "pa$$word" not in text


def test_value_is_computed_once_for_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.parent_process", object)
    cache, computed = TaskCache(), []
    first, second = {"item": "a"}, {"item": "a"}
    for variables in (first, first, second, {**second, "item": "b"}):
        cache.of_task(variables, lambda: computed.append(1))
    assert len(computed) == 3


def test_main_process_caches_nothing() -> None:
    cache, variables = TaskCache(), {"item": None}
    assert cache.of_task(variables, lambda: 1) == 1
    assert cache.of_task(variables, lambda: 2) == 2
