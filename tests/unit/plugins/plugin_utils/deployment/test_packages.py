# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import (
    gather_options,
    install_options,
    previous_release,
    service_packages,
    units_to_mask,
    upgrade_options,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from tests import plans

LIBRARIES = ["python3-openstacksdk", "python3-pymysql"]
VENV = {"glance_api_install_method": "venv", "glance_api_version": "33.0.0"}


@pytest.mark.parametrize(
    ("release", "options", "packages"),
    [
        pytest.param("zed", {}, ["glance-api"], id="packages"),
        pytest.param("train", {}, ["glance-api", "glance-registry"], id="registry"),
        pytest.param("2026.2", {}, ["glance-api", "uwsgi-core", "uwsgi-plugin-python3"], id="uWSGI"),
        pytest.param(
            "zed", {**VENV, "glance_api_system_packages": ["gcc"]}, ["python3-venv", "gcc"], id="virtual environment"
        ),
    ],
)
def test_packages_depend_on_the_release_and_the_method(release: str, options: Any, packages: list[str]) -> None:
    assert service_packages(plans.service_of(release, **options)) == [*LIBRARIES, *packages]


def stores(*types: str) -> list[dict[str, Any]]:
    return [{"name": f"store{position}", "type": name} for position, name in enumerate(types)]


@pytest.mark.parametrize(
    ("distribution", "types", "packages"),
    [
        pytest.param("debian 12", ["file", "http"], [], id="no library"),
        pytest.param("debian 12", ["rbd", "s3"], ["python3-rados", "python3-rbd", "python3-boto3"], id="libraries"),
        pytest.param("debian 12", ["rbd", "rbd"], ["python3-rados", "python3-rbd"], id="two stores of a type"),
        pytest.param("debian 12", ["swift", "cinder", "vmware"], [], id="dependencies of the packages"),
        pytest.param("centos 9", ["swift"], ["python3-swiftclient"], id="another platform"),
    ],
)
def test_libraries_of_the_stores_are_installed_with_the_service(
    distribution: str, types: list[str], packages: list[str]
) -> None:
    service = plans.service_of("zed", distribution=distribution, glance_stores=stores(*types))
    installed = service_packages(service)
    assert installed[len(installed) - len(packages) :] == packages
    assert not {"python3-rbd", "python3-boto3"} & set(installed) - set(packages)
    assert set(packages) <= set(gather_options(service.host)["packages"][service.host.facts["family"]])


@pytest.mark.parametrize(
    ("release", "types", "requirements"),
    [
        pytest.param("2026.2", ["file", "rbd"], [], id="no extra"),
        pytest.param("2026.2", ["swift", "s3", "s3"], ["glance_store[s3,swift]"], id="extras"),
        pytest.param("icehouse", ["swift"], [], id="drivers of Glance itself"),
    ],
)
def test_virtual_environment_contains_the_libraries_of_the_stores(
    release: str, types: list[str], requirements: list[str]
) -> None:
    service = plans.service_of(release, **VENV, glance_stores=stores(*types))
    packages = service.virtualenv_content["packages"]
    assert [package for package in packages if package.startswith("glance_store")] == requirements


@pytest.mark.parametrize(
    ("options", "units"),
    [
        pytest.param({}, ["glance-api"], id="new host"),
        pytest.param({"is_installed": True}, [], id="installed"),
        pytest.param({"distribution": "centos 9"}, [], id="packages that start no unit"),
        pytest.param(VENV, [], id="virtual environment"),
    ],
)
def test_units_are_masked_before_packages_start_them(options: Any, units: list[str]) -> None:
    assert units_to_mask(plans.service_of("zed", **options)) == units


def test_installed_packages_are_not_needed() -> None:
    host = plans.host_of(is_installed=True)
    assert install_options(host, ["glance-api"])["needed"] is False
    assert install_options(host, ["glance-api", "python3-pymysql"])["needed"] is True


@pytest.mark.parametrize(("version", "age"), [("33.0.0", 86400), (None, 0)], ids=["offered", "no package lists"])
def test_package_lists_are_updated_if_they_do_not_contain_the_package(version: str | None, age: int) -> None:
    assert install_options(plans.host_of(version=version), [])["apt"]["cache_valid_time"] == age


def test_facts_are_gathered_for_each_family() -> None:
    options = gather_options(plans.host_of(glance_package_lock_timeout=5))
    assert options["packages"]["RedHat"][:3] == ["openstack-glance", "python3-openstacksdk", "python3-PyMySQL"]
    assert options["stat_files"]["Debian"] == [
        "/etc/systemd/system/glance-api.service",
        "/etc/glance/policy.d/osops-glance.json",
        "/etc/glance/glance-api.conf",
    ]
    assert options["lock_timeout"] == 5


@pytest.mark.parametrize(
    "variables",
    [
        {"glance_release": "pike"},
        {"glance_api_server": "uwsgi"},
        {**VENV, "glance_api_system_packages": ["qemu-utils"]},
    ],
    ids=["registry", "uwsgi", "venv"],
)
def test_every_package_to_install_is_queried(variables: dict[str, Any]) -> None:
    """A package that is not queried would be installed in every run."""
    service = plans.service_of(**variables)
    assert set(service_packages(service)) <= set(gather_options(service.host)["packages"]["Debian"])


@pytest.mark.parametrize(
    ("candidate", "variables", "expected"),
    [
        pytest.param("2:26.0.0-1", {}, ["glance-api=2:26.0.0-1"], id="newer"),
        pytest.param("2:25.1.0-2", {}, [], id="installed version"),
        pytest.param(None, {}, [], id="unknown"),
        pytest.param("2:26.0.0-1", VENV, [], id="virtual environment"),
    ],
)
def test_packages_with_another_version_are_upgraded(
    candidate: str | None, variables: dict[str, Any], expected: list[str]
) -> None:
    host = plans.host_of(**variables)
    packages = {name: {"installed": "1", "candidate": None} for name in gather_options(host)["packages"]["Debian"]}
    packages["glance-api"] = {"installed": "2:25.1.0-2", "candidate": candidate}
    facts = {**(host.gathered or {}), "packages": packages}
    options = upgrade_options(Service(Host(host.inputs, host.inventory, facts)))
    assert options["names"] == expected
    assert options["changes"] == (["upgrade glance-api 2:25.1.0-2 → 2:26.0.0-1"] if expected else [])


@pytest.mark.parametrize(
    ("candidate", "release"), [("2:26.0.0-1", "zed"), ("2:25.1.0-3", None), ("2:25.1.0-2", None), (None, None)]
)
def test_previous_release_is_known_before_an_upgrade_to_another_one(candidate: str | None, release: str | None) -> None:
    host = plans.host_of(glance_api_upgrade=True)
    versions = {"installed": "2:25.1.0-2", "candidate": candidate}
    facts = {**(host.gathered or {}), "packages": {"glance-api": versions}}
    assert previous_release(Service(Host(host.inputs, host.inventory, facts))) == release


@pytest.mark.parametrize(("upgrade", "release"), [(True, "2023.1"), (False, "zed")])
def test_release_is_that_of_the_new_version_before_an_upgrade(upgrade: bool, release: str) -> None:
    host = plans.host_of(glance_api_upgrade=upgrade)
    versions = {"installed": "2:25.1.0-2", "candidate": "2:26.0.0-1"}
    facts = {**(host.gathered or {}), "packages": {"glance-api": versions}}
    assert Service(Host(host.inputs, host.inventory, facts)).release == release
