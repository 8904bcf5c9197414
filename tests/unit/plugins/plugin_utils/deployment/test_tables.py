# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.distribution import FAMILIES, distribution_of
from ansible_collections.osops.glance.plugins.module_utils._host.packages import QUERY
from ansible_collections.osops.glance.plugins.plugin_utils.advisories import POLICY_DIRECTORY, upstream_parts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment import tables
from ansible_collections.osops.glance.plugins.plugin_utils.options import policies
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import RELEASES

# Facts that may be empty: packages of a registry, packages that start their units, a command to complete a run, and
# directories in the configuration of HAProxy.
MAY_BE_EMPTY = {"registry_packages", "starts_units", "finish", "haproxy_directories"}


def test_tables_are_loaded_once() -> None:
    assert tables.releases() is tables.releases()


def test_every_platform_has_the_same_facts() -> None:
    assert len({frozenset(facts) for facts in tables.platforms().values()}) == 1


@pytest.mark.parametrize("name", tables.platforms())
def test_every_platform_has_all_required_facts(name: str) -> None:
    facts = tables.platforms()[name]
    assert not [fact for fact, value in facts.items() if not value and fact not in MAY_BE_EMPTY]
    assert facts["package"] in facts["api_packages"]
    assert not set(facts["other_packages"]) & {*facts["api_packages"], *facts["registry_packages"]}
    assert not [path for path in (facts["lock_path"], *facts["mysql_sockets"]) if not path.startswith("/")]


def test_platforms_are_the_families_that_the_module_preflight_detects() -> None:
    assert set(FAMILIES) == set(tables.platforms()) == set(QUERY)


@pytest.mark.parametrize(("name", "release"), tables.distributions().items())
def test_every_distribution_belongs_to_a_platform(name: str, release: str) -> None:
    assert distribution_of({"id": name.split()[0]}).family in tables.platforms()
    assert release in tables.releases()


def test_unknown_family_is_reported_with_the_distribution() -> None:
    with pytest.raises(GlanceError, match="slackware 15 belongs to no supported family .*: Debian, RedHat"):
        tables.platform_of("", "slackware 15")


def test_facts_are_selected_by_platform() -> None:
    assert tables.by_platform("api_unit", "registry_packages") == {
        "Debian": ["glance-api", "glance-registry"],
        "RedHat": ["openstack-glance-api"],
    }


def test_releases_are_those_of_the_table_of_options() -> None:
    assert list(tables.releases()) == list(RELEASES)


def test_first_release_with_a_policy_directory_is_the_same_in_all_tables() -> None:
    assert upstream_parts(tables.releases()[policies.FIRST_WITH_DIRECTORY]["version"]) == POLICY_DIRECTORY
