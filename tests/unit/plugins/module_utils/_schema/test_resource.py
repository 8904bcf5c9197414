# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.login import LoginRefused
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fake_server import FakeServer, run


def test_empty_database_is_populated_once(server: FakeServer, host: Path) -> None:
    first = run(server, host)
    assert first["changed"]
    assert (first["revision_before"], first["revision_after"]) == (None, "zed_contract01")
    assert first["database"] == "controller:3306/glance"
    assert first["metadefs_loaded"] == ["OS::CPU", "OS::Quota"]
    second = run(server, host)
    assert not second["changed"]
    assert (second["revision_before"], second["metadefs_loaded"]) == ("zed_contract01", [])


def test_check_mode_predicts_the_result(server: FakeServer, host: Path) -> None:
    predicted = run(server, host, check_mode=True)
    assert [command for command in server.commands if command != ["db", "check"]] == []
    assert server.lock_timeouts == []
    assert predicted == run(server, host)


@pytest.mark.parametrize("missing", ["glance-api.conf", "glance-manage"])
def test_bare_host_is_predicted_in_check_mode_only(server: FakeServer, host: Path, missing: str) -> None:
    (host / missing).unlink()
    predicted = run(server, host, check_mode=True)
    assert predicted["changed"]
    assert (predicted["database"], predicted["revision_after"]) == (None, None)
    assert f"{missing} on this host" in run(server, host)["msg"]
    assert server.commands == []


def test_configuration_without_a_connection_is_reported(server: FakeServer, host: Path) -> None:
    (host / "glance-api.conf").write_text("[database]\n")
    assert run(server, host, check_mode=True)["changed"]
    assert "has no `connection` in section [database]" in run(server, host)["msg"]


@pytest.mark.parametrize(
    ("has_database", "changed", "assumption"),
    [
        pytest.param(True, False, "assumes that the schema is current", id="account"),
        pytest.param(False, True, "assumes an empty database", id="database"),
    ],
)
@pytest.mark.parametrize("phase", ["all", "none"])
def test_refused_login_is_a_warning_in_check_mode_only(
    server: FakeServer, host: Path, phase: str, has_database: bool, changed: bool, assumption: str
) -> None:
    server.login_errors = (LoginRefused("Cannot log in: Access denied.", has_database),)
    predicted = run(server, host, check_mode=True, phase=phase)
    assert predicted["changed"] == (changed and phase == "all")
    assert predicted["database"] == "controller:3306/glance"
    assert "Cannot log in: Access denied." in predicted["warnings"][0]
    assert assumption in predicted["warnings"][0]
    assert run(server, host, phase=phase)["msg"] == "Cannot log in: Access denied."


def test_unreachable_server_is_a_failure_in_check_mode(server: FakeServer, host: Path) -> None:
    server.login_errors = (GlanceError("Cannot log in: timed out."),)
    assert run(server, host, check_mode=True)["msg"] == "Cannot log in: timed out."


def test_other_engines_use_glance_manage_only(server: FakeServer, host: Path) -> None:
    (host / "glance-api.conf").write_text("[database]\nconnection = postgresql://glance:S3cr%40t@h/glance\n")
    first = run(server, host)
    assert first["metadefs_loaded"] == ["OS::CPU", "OS::Quota"]
    assert first["database"] == "postgresql://h/glance"
    assert not run(server, host)["changed"]
    assert ["db", "check"] not in server.commands


@pytest.mark.parametrize("missing", ["glance-api.conf", "glance-manage"])
def test_phase_none_predicts_no_change_on_a_bare_host(server: FakeServer, host: Path, missing: str) -> None:
    (host / missing).unlink()
    predicted = run(server, host, phase="none", check_mode=True)
    assert not predicted["changed"]
    assert f"{missing} on this host" in run(server, host, phase="none")["msg"]
