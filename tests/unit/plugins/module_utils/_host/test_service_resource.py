# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import service_resource
from ansible_collections.osops.glance.plugins.module_utils._host.drain import MARK
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.service_fakes import (
    FakeHost,
    configure,
    run,
    stop,
)


def test_service_that_runs_with_its_files_is_only_verified(host: FakeHost) -> None:
    result = run(host)
    assert (result["changed"], result["units"], result["versions"]) == (False, {}, ["v2.15"])
    assert (host.ran, host.verifications) == ([], 1)


def test_unchanged_service_that_does_not_respond_fails(host: FakeHost) -> None:
    host.works = lambda: False
    message = run(host)["msg"]
    assert message.startswith("The Image service does not work: GET / got no answer. Likely cause: another program")
    assert (host.ran, "earlier" in message) == ([], False)


def test_newer_file_restarts_the_service_once(host: FakeHost) -> None:
    configure(host)
    result = run(host)
    assert (result["changed"], result["units"]) == (True, {"unit glance-api": "restart"})
    assert host.ran == ["restart glance-api"]
    assert not run(host)["changed"]


@pytest.mark.parametrize(
    ("state", "ran"),
    [
        pytest.param({"state": "inactive", "started": None}, ["start glance-api"], id="stopped"),
        pytest.param({"enabled": "disabled"}, ["enable glance-api"], id="disabled"),
        pytest.param(
            {"loaded": "masked", "enabled": "masked", "state": "inactive", "started": None},
            ["unmask glance-api", "enable glance-api", "start glance-api"],
            id="masked",
        ),
        pytest.param(
            {"state": "inactive", "started": None, "needs_reload": "yes"},
            ["daemon-reload", "start glance-api"],
            id="another unit file",
        ),
    ],
)
def test_stopped_service_is_started(host: FakeHost, state: dict[str, Any], ran: list[str]) -> None:
    vars(host).update(state)
    assert run(host, check_mode=True)["changed"]
    assert host.ran == []
    assert run(host)["changed"]
    assert host.ran == ran


def test_absent_unit_is_refused(host: FakeHost) -> None:
    host.loaded = "not-found"
    assert run(host)["msg"] == "The unit glance-api is not on this host. Install the Image service first."
    assert host.ran == []


def test_absent_unit_is_predicted_in_check_mode(host: FakeHost) -> None:
    host.loaded = "not-found"
    result = run(host, check_mode=True)
    assert result["units"] == {"unit glance-api, at boot": "enable", "unit glance-api": "start"}
    assert result["warnings"][0].startswith("The unit glance-api is not installed yet")
    assert (host.ran, host.verifications) == ([], 0)


def test_new_unit_file_is_loaded_before_the_restart(host: FakeHost) -> None:
    own = host.file.with_name("glance-api.service")
    own.write_text("[Service]\n")
    result = run(host, files=[str(host.file), str(own)])
    assert result["units"] == {"unit glance-api": "restart"}
    assert host.ran == ["daemon-reload", "restart glance-api"]
    assert run(host, files=[str(host.file), str(own)])["changed"] is False


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check"])
def test_mask_of_an_operator_is_reported(
    host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    host.fragment = str(tmp_path / "masked.service")
    host.loaded, host.enabled, host.state, host.started = "masked", "masked", "inactive", None
    monkeypatch.setattr(service_resource, "is_masked_by_hand", lambda unit: unit.masked)
    (warning,) = run(host, check_mode)["warnings"]
    assert warning.startswith(f"glance-api.service was masked ({host.fragment}) after it was installed")


@pytest.fixture
def disable_file(tmp_path: Path) -> Path:
    return tmp_path / "healthcheck_disable"


def drained(host: FakeHost, disable_file: Path, **params: Any) -> dict[str, Any]:
    return run(host, drain={"file": str(disable_file), "port": 9292, "delay": 0.0, "timeout": 0.0}, **params)


def test_host_is_out_of_the_load_balancer_during_a_restart(host: FakeHost, disable_file: Path) -> None:
    found: list[bool] = []
    responds = host.works
    host.works = lambda: [responds(), found.append(disable_file.exists())][0]  # type: ignore[func-returns-value]
    configure(host)
    assert drained(host, disable_file)["units"] == {"unit glance-api": "restart"}
    assert found == [True]
    assert not disable_file.exists()


def test_unchanged_service_stays_in_the_load_balancer(host: FakeHost, disable_file: Path) -> None:
    assert not drained(host, disable_file)["changed"]
    assert not disable_file.exists()


def test_check_mode_does_not_take_the_host_out(host: FakeHost, disable_file: Path) -> None:
    configure(host)
    assert drained(host, disable_file, check_mode=True)["changed"]
    assert not disable_file.exists()


def test_host_with_restored_configuration_is_used_again(host: FakeHost, disable_file: Path) -> None:
    configure(host, "broken")
    assert "The previous configuration was restored" in drained(host, disable_file)["msg"]
    assert not disable_file.exists()


def test_host_that_does_not_respond_stays_out(host: FakeHost, disable_file: Path) -> None:
    configure(host)
    host.works = lambda: False
    assert drained(host, disable_file)["failed"]
    assert disable_file.read_text() == MARK


def test_host_that_an_interrupted_run_took_out_is_used_again(host: FakeHost, disable_file: Path) -> None:
    disable_file.write_text(MARK)
    result = drained(host, disable_file)
    assert (result["changed"], result["units"]) == (True, {"load balancer": "enable"})
    assert (host.ran, disable_file.exists()) == ([], False)


def test_host_that_tasks_did_not_return_is_reported_until_they_do(host: FakeHost, tmp_path: Path) -> None:
    marker = tmp_path / "drained_by_tasks"
    assert not run(host, drain_marker=str(marker))["changed"]
    marker.write_text("")
    for _run in range(2):
        result = run(host, drain_marker=str(marker))
        assert (result["changed"], result["units"]) == (True, {"load balancer": "enable"})
    assert (host.ran, marker.exists()) == ([], True)


def test_service_is_stopped_after_the_load_balancer_ceased_to_use_it(host: FakeHost, disable_file: Path) -> None:
    drain = {"file": str(disable_file), "port": 9292, "delay": 0.0, "timeout": 0.0}
    assert stop(host, check_mode=True, drain=drain)["units"] == {"unit glance-api": "stop"}
    assert (host.ran, disable_file.exists()) == ([], False)
    assert stop(host, drain=drain)["units"] == {"unit glance-api": "stop"}
    assert (host.ran, disable_file.read_text()) == (["stop glance-api"], MARK)
    assert not stop(host, drain=drain)["changed"]
    assert run(host, drain=drain)["units"] == {"unit glance-api": "start"}
    assert not disable_file.exists()
