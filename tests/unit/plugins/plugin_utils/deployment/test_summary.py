# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inventory
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.summary import (
    facts_of,
    is_selected,
    summary_of,
)
from tests import plans

OLD = "2:25.1.0-2"
COMPARED: dict[str, Any] = {
    "c1": {
        "parts": {"configure": "updated DEFAULT/workers", "service": "in sync", "images": "created cirros"},
        "service": {"release": "zed", "version": "2:25.1.0-2", "advisories": []},
    },
    "db": {"parts": {"database": "in sync"}},
}
IMAGES = [{"name": "cirros", "id": "1", "digests": {}}, {"name": "removed", "id": None}]


def summary(has_run: Any) -> dict[str, Any]:
    registration = facts_of(plans.host_of(inventory=Inventory("c1", ("c1",), "c1")))["registration"]
    return summary_of({**COMPARED, "admin": {"parts": {}, "registration": registration}}, IMAGES, has_run)


def test_summary_says_what_changed_and_what_remains() -> None:
    hosts = summary(lambda part: part == "configure")["hosts"]
    assert hosts["c1"] == {
        "release": "zed",
        "version": "2:25.1.0-2",
        "advisories": [],
        "changed": {"configure": "updated DEFAULT/workers"},
        "remaining": {"images": "created cirros", "service": "after a change of another part"},
    }
    assert hosts["db"] == {"changed": {}, "remaining": {}}


def test_summary_contains_the_endpoints_and_the_existing_images_but_no_secret() -> None:
    found = summary(lambda _part: True)
    assert found["region"] == "RegionOne"
    assert found["endpoints"]["public"] == "http://controller:9292"
    assert found["images"] == [{"name": "cirros", "id": "1"}]
    assert not [secret for secret in plans.SECRETS.values() if secret in json.dumps(found)]


@pytest.mark.parametrize(
    ("version", "variables", "expected"),
    [
        pytest.param(plans.VERSION, {}, [], id="fixed"),
        pytest.param(OLD, {}, ["OSSA-2026-004", "CVE-2026-71196", "OSSN-0105"], id="vulnerable"),
        pytest.param(
            OLD,
            {
                "glance_api_accepted_advisories": ["OSSA-2026-004"],
                "glance_config": {"DEFAULT": {"enabled_import_methods": ["glance-direct"]}},
                "glance_api_policy": {"tasks_api_access": "!"},
            },
            [],
            id="accepted, disabled and forbidden",
        ),
    ],
)
def test_advisories_are_those_that_affect_the_service(
    version: str, variables: dict[str, Any], expected: list[str]
) -> None:
    host = plans.host_of(version=version, is_installed=True, **variables)
    assert facts_of(host)["service"]["advisories"] == expected
    assert facts_of(host)["service"]["version"] == version


def test_host_without_the_service_has_no_version() -> None:
    assert facts_of(plans.host_of(inventory=Inventory("db", ("c1",), "c1", "db"))) == {}


@pytest.mark.parametrize(
    ("tags", "skipped", "expected"),
    [
        pytest.param(["all"], [], True, id="no tags"),
        pytest.param(["configure"], [], True, id="its tag"),
        pytest.param(["tagged"], [], True, id="any tag"),
        pytest.param(["images"], [], False, id="another tag"),
        pytest.param(["imported"], [], True, id="a tag of the playbook that imports this one"),
        pytest.param(["all"], ["configure"], False, id="skipped"),
    ],
)
def test_tags_select_parts(tags: list[str], skipped: list[str], expected: bool) -> None:
    assert is_selected({"configure", "imported"}, tags, skipped) is expected
