# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inventory, assumed_facts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from tests import plans


def test_facts_are_required() -> None:
    host = Host(plans.inputs_of(), Inventory("c1"))
    with pytest.raises(GlanceError, match="The facts of this host were not gathered"):
        assert host.facts


def test_inventory_determines_the_tasks_of_a_host() -> None:
    inventory = Inventory("c1", ("c1", "c2"), "a1")
    assert inventory.is_api_host
    assert not inventory.is_image_host


def test_unknown_distribution_is_refused_by_its_variable() -> None:
    with pytest.raises(GlanceError, match="glance_plan_distribution: The distribution xyzzy .* Set it to a name like"):
        assumed_facts("xyzzy")


def test_new_host_has_no_packages() -> None:
    host = Host(plans.inputs_of(), Inventory("c1"), assumed_facts("ubuntu 24.04"))
    assert (host.installed, host.candidates, host.existing_units) == ([], [], [])
    assert host.platform["package_manager"] == "ansible.builtin.apt"


def test_unknown_distribution_is_reported() -> None:
    with pytest.raises(GlanceError, match="slackware 15 belongs to no supported family"):
        assumed_facts("slackware 15")


@pytest.mark.parametrize(
    ("distribution", "version", "inputs", "release"),
    [
        pytest.param("debian 12", None, {}, "zed", id="distribution"),
        pytest.param("debian 12", "2:30.0.0-3", {}, "2025.1", id="package"),
        pytest.param("debian 12", "2:30.0.0-3", {"glance_release": "yoga"}, "yoga", id="input"),
        pytest.param(
            "debian 12",
            "2:30.0.0-3",
            {"glance_api_install_method": "venv", "glance_api_version": "19.0.4"},
            "train",
            id="virtual environment",
        ),
    ],
)
def test_release_is_determined(distribution: str, version: str | None, inputs: dict[str, str], release: str) -> None:
    assert Service(plans.host_of(distribution=distribution, version=version, **inputs)).release == release


@pytest.mark.parametrize(
    ("release", "server", "expected"),
    [("zed", "auto", "eventlet"), ("2026.2", "auto", "uwsgi"), ("zed", "uwsgi", "uwsgi")],
)
def test_server_is_selected(release: str, server: str, expected: str) -> None:
    assert plans.service_of(release, glance_api_server=server).server == expected
