# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predictions of the modules in check mode on a host without the required Python libraries."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.modules import database, db_sync, image, keystone_service
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by

ACCOUNT = {"auth_url": "http://controller:5000", "username": "admin", "password": "x", "project_name": "admin"}
DATABASE = {"name": "glance", "user": "glance", "password": "x", "login_unix_socket": "/run/none"}
SERVICE = {
    "cloud": {"auth": ACCOUNT},
    "user": "glance",
    "password": "x",
    "name": "glance",
    "endpoints": {"public": "http://controller:9292"},
}


@pytest.fixture(autouse=True)
def without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pymysql", "openstack", "keystoneauth1"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(basic, "has_journal", False)


def run(module: Any, check_mode: bool, **arguments: Any) -> Any:
    return json.loads(printed_by(module, check_mode, **arguments))


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(2048))
    return path


CASES = [
    pytest.param(
        database, DATABASE, {"database glance": "create", "account glance@localhost": "create"}, id="database"
    ),
    pytest.param(database, {**DATABASE, "state": "absent"}, {}, id="database absent"),
    pytest.param(
        keystone_service, SERVICE, {"user glance": "create", "endpoint public": "create"}, id="keystone_service"
    ),
]


@pytest.mark.parametrize(("module", "arguments", "actions"), CASES)
def test_actions_are_predicted(module: Any, arguments: dict[str, Any], actions: dict[str, str]) -> None:
    predicted = run(module, check_mode=True, **arguments)
    assert predicted["changed"] is bool(actions)
    assert actions.items() <= predicted["actions"].items()


@pytest.mark.parametrize(("privileges", "expected"), [(["ALL"], ["ALL"]), (["SELECT", "insert"], ["INSERT", "SELECT"])])
def test_grants_are_predicted(privileges: list[str], expected: list[str]) -> None:
    predicted = run(database, check_mode=True, **DATABASE, privileges=privileges)
    assert predicted["diff"]["after"]["grants of glance@% on glance"] == {"glance": expected}


def test_image_is_predicted(disk: Path) -> None:
    predicted = run(image, check_mode=True, cloud={"auth": ACCOUNT}, name="disk", src=str(disk), disk_format="raw")
    assert predicted["changed"]
    assert "image disk" in predicted["diff"]["after"]


def test_schema_is_predicted(tmp_path: Path) -> None:
    config = tmp_path / "glance-api.conf"
    config.write_text("[database]\nconnection = mysql+pymysql://glance:x@controller/glance\n")
    command = tmp_path / "glance-manage"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    arguments = {"config_file": str(config), "glance_manage": str(command), "check": "version"}
    predicted = run(db_sync, check_mode=True, **arguments)
    assert "schema" in predicted["diff"]["after"]


@pytest.mark.parametrize(("module", "arguments"), [(database, DATABASE), (keystone_service, SERVICE)])
def test_missing_library_fails_outside_of_check_mode(module: Any, arguments: dict[str, Any]) -> None:
    assert "Failed to import the required Python library" in run(module, check_mode=False, **arguments)["msg"]
