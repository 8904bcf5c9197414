# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import parts_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inventory
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service_part import account, healthcheck_url
from tests import plans

API, DEFAULTS = "/etc/glance/glance-api.conf", "/usr/share/glance-common/glance-api.conf"


@pytest.mark.parametrize(
    ("inputs", "url"),
    [
        ({}, "http://127.0.0.1:9292"),
        ({"glance_api_bind_host": "::"}, "http://[::1]:9292"),
        ({"glance_api_bind_host": "fd00::5", "glance_api_bind_port": 9393}, "http://[fd00::5]:9393"),
        ({"glance_api_healthcheck_url": "https://me:9292"}, "https://me:9292"),
    ],
)
def test_api_of_this_host_is_checked(inputs: Any, url: str) -> None:
    assert healthcheck_url(plans.inputs_of(**inputs)) == url


def test_account_has_the_password_as_the_operator_set_it() -> None:
    assert account(plans.inputs_of())["auth"]["password"] == "pa$$word"


@pytest.mark.parametrize(
    ("mode", "base"), [("replace", "# Written by Ansible (osops.glance)."), ("merge", None)], ids=["replace", "merge"]
)
def test_only_a_replaced_file_has_a_notice(mode: str, base: str | None) -> None:
    entry = plans.service_part_of("zed", glance_api_config_mode=mode)["files"][API]
    assert (entry["base"] or "").startswith(base or "")
    assert (entry["base"] is None) is (base is None)
    assert entry["package_defaults"] == [DEFAULTS]


@pytest.mark.parametrize(
    ("options", "backup"),
    [({}, False), ({"glance_api_backup": True}, True), ({"is_installed": True}, True)],
    ids=["new host", "requested", "installed"],
)
def test_files_of_an_installed_service_are_copied_for_the_rollback(options: Any, backup: bool) -> None:
    assert plans.service_part_of("zed", **options)["files"][API]["backup"] is backup


@pytest.mark.parametrize(("release", "has_validator"), [("rocky", False), ("stein", True)])
def test_validator_is_used_if_the_release_has_one(release: str, has_validator: bool) -> None:
    command = plans.service_part_of(release)["files"][API]["validate"]
    assert (command is not None) is has_validator
    if command:
        assert command.startswith("/usr/bin/oslo-config-validator --input-file %s --namespace=")


def test_sections_of_stores_are_excluded_from_validation() -> None:
    command = plans.service_part_of("zed")["files"][API]["validate"]
    assert [word for word in command.split() if "exclude" in word] == [
        f"--exclude-group={name}" for name in ("fs", "os_glance_staging_store", "os_glance_tasks_store", "oslo_limit")
    ]


def test_directories_that_match_are_not_created() -> None:
    part = plans.service_part_of("zed", facts={"unchanged_directories": ["/var/lib/glance/images/"]})
    assert [entry["path"] for entry in part["directories_to_create"]] == [
        "/var/lib/glance/staging",
        "/var/lib/glance/tasks",
    ]


@pytest.mark.parametrize(
    ("hosts", "phase"), [(("c1",), "all"), (("c1", "c2"), "rolling")], ids=["one host", "several hosts"]
)
def test_other_hosts_run_the_previous_release_during_a_migration(hosts: tuple[str, ...], phase: str) -> None:
    inventory = Inventory("c1", hosts, "c1")
    assert plans.service_part_of("zed", inventory=inventory)["schema"]["phase"] == phase
    compared = {part.name: part for part in parts_of(plans.host_of(inventory=inventory))}
    assert dict(compared["schema"].resources)["db_sync"]["phase"] == "all"


@pytest.mark.parametrize(("migrate", "phase"), [("true", "all"), ("no", "none")])
def test_one_host_migrates_the_schema(migrate: str, phase: str) -> None:
    assert plans.service_part_of("zed", glance_api_migrate=migrate)["schema"]["phase"] == phase


def test_first_failed_account_is_reported() -> None:
    failures = [{"current_accounts": ["database"], "msg": "refused"}, {"current_accounts": [], "msg": "second"}]
    assert plans.service_part_of("zed", glance_api_account_failures=failures)["restore"] == {
        "needed": True,
        "current_accounts": ["database"],
        "msg": "refused",
    }
    assert plans.service_part_of("zed")["restore"]["needed"] is False


def test_virtual_environment_is_named_after_version_and_content() -> None:
    venv = {"glance_api_install_method": "venv", "glance_api_version": "33.0.0"}
    first = plans.service_part_of("2026.2", **venv)["virtualenv"]
    second = plans.service_part_of("2026.2", **venv, glance_api_python="python3.13")["virtualenv"]
    assert first["path"].startswith("/opt/glance/33.0.0-")
    assert first["path"] != second["path"]
    assert first["packages"][0] == "glance==33.0.0"
    assert plans.service_part_of("2026.2")["virtualenv"] is None


@pytest.mark.parametrize("remove_data", [True, False])
def test_images_are_removed_only_on_request(remove_data: bool) -> None:
    removal = plans.service_part_of("zed", is_installed=True, glance_remove_data=remove_data)["removal"]
    assert bool(removal["directories"]) is remove_data
    assert removal["apt"]["purge"] is remove_data
    assert removal["units"] == ["glance-api"]


def test_registry_unit_is_removed_with_the_unit_of_the_api() -> None:
    unit = "/etc/systemd/system/glance-api.service"
    removal = plans.service_part_of("zed", facts={"existing_files": [unit, API]})["removal"]
    assert removal["paths"] == [
        "/opt/glance",
        "/var/cache/osops.glance",
        "/etc/glance/drained_by_tasks",
        unit,
        "/etc/systemd/system/glance-registry.service",
    ]
    assert removal["reload"] is True
