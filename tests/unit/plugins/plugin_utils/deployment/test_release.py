# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.release import (
    features_of,
    release_facts,
    release_of_distribution,
    release_of_version,
    servers_of,
)

TABLE = {
    "icehouse": {"version": "2014.1"},
    "juno": {"version": "2014.2"},
    "liberty": {"version": 11},
    "zed": {"version": "25"},
}


def release(version: Any) -> Any:
    return release_of_version(version, TABLE)


@pytest.mark.parametrize(
    ("version", "name"),
    [
        pytest.param("2:25.1.0-2+deb12u5", "zed", id="first part"),
        pytest.param("1:2014.1.5-1.el6", "icehouse", id="two parts"),
        pytest.param("2014.2", "juno", id="no revision"),
        pytest.param("1:11.0.2-1.el7", "liberty", id="a number in the table"),
    ],
)
def test_release_is_found_by_the_leading_parts(version: str, name: str) -> None:
    assert release(version) == name


@pytest.mark.parametrize("version", ["2:34.0.0-1", "2:2.5.1-1", "2014.10"])
def test_unknown_version_is_reported_with_a_solution(version: str) -> None:
    with pytest.raises(GlanceError, match="icehouse, juno, liberty, zed.*glance_release") as refused:
        release(version)
    assert version in str(refused.value)


@pytest.mark.parametrize("version", ["", "unknown"])
def test_missing_version_is_reported_with_a_solution(version: Any) -> None:
    with pytest.raises(GlanceError, match="glance_release"):
        release(version)


CHANGES = {"queens": {"version": "16", "registry": True}, "rocky": {"version": "17"}, "victoria": {"registry": False}}


def test_release_has_the_facts_of_earlier_releases() -> None:
    assert release_facts("rocky", CHANGES) == {"version": "17", "registry": True}


def test_facts_of_later_releases_are_ignored() -> None:
    assert release_facts("queens", CHANGES) == {"version": "16", "registry": True}


def test_unknown_release_is_reported_with_the_known_ones() -> None:
    with pytest.raises(GlanceError, match="'rockey' is none of queens, rocky, victoria"):
        release_facts("rockey", CHANGES)


def test_only_true_facts_are_features() -> None:
    assert features_of({"registry": True, "v1": False, "wsgi": "script"}) == {"registry"}


def test_distribution_without_a_known_release_needs_glance_release() -> None:
    assert release_of_distribution("debian 12") == "zed"
    with pytest.raises(GlanceError, match="fedora 40.*Set glance_release"):
        release_of_distribution("fedora 40")


@pytest.mark.parametrize(
    ("release", "servers"),
    [("train", ["eventlet"]), ("zed", ["eventlet", "uwsgi"]), ("2026.2", ["uwsgi"])],
)
def test_servers_depend_on_the_release(release: str, servers: list[str]) -> None:
    assert servers_of(release_facts(release)) == servers
