# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import service_resource, service_verification
from ansible_collections.osops.glance.plugins.module_utils._host.service_resource import Service
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.service_fakes import (
    NEW,
    OLD,
    RESTORED,
    FakeHost,
    FakeService,
    configure,
    restore,
    run,
)


@pytest.mark.parametrize(("keep", "left"), [(True, ["good"]), (False, [])], ids=["kept", "removed"])
def test_copies_are_kept_on_request_when_the_service_responds(host: FakeHost, keep: bool, left: list[str]) -> None:
    configure(host)
    assert run(host, keep_copies=keep)["changed"]
    assert host.copies() == left


def test_previous_file_is_restored_when_the_service_does_not_respond(host: FakeHost) -> None:
    configure(host, "broken one")
    configure(host, "broken two")
    result = run(host)
    assert result["msg"].startswith("The Image service does not work: GET / got no answer. Likely cause: another")
    assert result["msg"].endswith(RESTORED.format(host.file))
    again = ["restart glance-api", "reset-failed glance-api", "restart glance-api"]
    assert (host.file.read_text(), host.ran) == ("good", again)


@pytest.mark.parametrize(("keep", "left"), [(True, ["broken one"]), (False, [])], ids=["kept", "removed"])
def test_copies_are_kept_on_request_after_a_rollback(host: FakeHost, keep: bool, left: list[str]) -> None:
    configure(host, "broken one")
    configure(host, "broken two")
    run(host, keep_copies=keep)
    assert host.copies() == left


def test_copy_from_before_the_start_is_not_restored(host: FakeHost) -> None:
    older = host.copy("older")
    host.started = older.stat().st_ctime + 0.0005
    configure(host, "broken")
    later = {*host.file.parent.iterdir()} - {older}
    while min(path.stat().st_mtime for path in later) < host.started + 0.0005:  # coarse timestamps
        for path in later:
            path.touch()
    message = run(host)["msg"]
    assert RESTORED.format(host.file) in message
    assert (host.file.read_text(), host.copies()) == ("good", ["older"])


@pytest.mark.parametrize("started", [True, False], ids=["no copies", "never started"])
def test_missing_earlier_configuration_is_reported(host: FakeHost, started: bool) -> None:
    host.file.write_text("broken")
    if not started:
        host.state, host.started = "inactive", None
    state = f"The new {host.file} is kept. State of the units: glance-api is active (running)."
    assert run(host)["msg"].endswith(f"There is no earlier configuration to restore. {state}")
    assert len(host.ran) == 1


def test_failure_with_the_previous_file_is_reported(host: FakeHost) -> None:
    configure(host)
    host.works = lambda: False
    message = run(host, keep_copies=False)["msg"]
    assert f"was restored, but the service does not respond with it either: {host.file}. The Image" in message
    assert host.file.read_text() == "good"


@pytest.mark.parametrize("works", [True, False], ids=["responds", "does not respond"])
def test_service_is_not_restarted_when_the_identity_service_refuses(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    host.file.write_text(OLD)
    configure(host, OLD + "# new")
    host.refusal = GlanceError("The Identity service gave no token")
    host.works = lambda: works

    def connect(module: Any) -> FakeHost:
        host.refusal = None if module.params["cloud"] else host.refusal
        return host

    monkeypatch.setattr(service_verification, "connect", connect)
    message = run(host, cloud=None)["msg"]
    start = (
        "The Identity service gave no token. The previous configuration was restored, the service was not restarted, "
    )
    end = "and it responds: " if works else "but it does not respond: "
    assert message.startswith(f"{start}{end}{host.file}.")
    assert (host.ran, host.file.read_text(), host.verifications) == ([], OLD, 1)


def test_new_unit_file_is_removed_by_the_rollback(host: FakeHost) -> None:
    own = host.file.with_name("glance-api.service")
    own.write_text("[Service]\n")
    host.works = lambda: host.fragment != str(own)
    result = run(host, files=[str(host.file), str(own)])
    assert result["msg"].endswith(RESTORED.format(f"the unit instead of {own}"))
    assert not own.exists()
    assert host.file.read_text() == "good"


def test_rollback_continues_when_reset_failed_fails(host: FakeHost) -> None:
    configure(host, "broken")
    host.errors["reset-failed"] = "Unit glance-api.service not loaded."
    assert run(host)["msg"].endswith(RESTORED.format(host.file))


def test_previous_file_is_restored_with_the_current_passwords(host: FakeHost) -> None:
    host.file.write_text(OLD)
    configure(host, f"{NEW}# broken")
    result = run(host, keep_copies=False)
    (copy,) = host.file.parent.glob("*~")
    end = "The previous configuration was restored with the current passwords and the service responds: "
    assert result["msg"].endswith(f"{end}{host.file}. The unchanged previous file is kept as {copy}.")
    assert (host.file.read_text(), copy.read_text()) == (NEW, OLD)
    assert host.ran == ["restart glance-api", "reset-failed glance-api", "restart glance-api"]


def test_previous_file_is_restored_unchanged_when_the_new_passwords_are_wrong(host: FakeHost) -> None:
    host.file.write_text(OLD)
    configure(host, NEW)
    host.works = lambda: "new-word" not in host.file.read_text()
    assert run(host)["msg"].endswith(RESTORED.format(host.file))
    assert host.file.read_text() == OLD
    assert host.copies() == []


def test_current_passwords_are_kept_when_no_configuration_works(host: FakeHost) -> None:
    host.file.write_text(OLD)
    configure(host, f"{NEW}# broken")
    host.works = lambda: False
    assert "does not respond with it either" in run(host)["msg"]
    assert host.file.read_text() == NEW


def test_refused_account_is_replaced_by_the_one_of_the_previous_file(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.file.write_text(OLD)
    configure(host, NEW.replace("password = ", "user_domain_name = 1f\npassword = "))
    host.refusal = GlanceError("The Identity service gave no token")
    accounts: list[Any] = []

    def connect(module: Any) -> FakeHost:
        accounts.append(module.params["cloud"])
        if module.params["cloud"]:
            host.refusal = None
        return host

    monkeypatch.setattr(service_verification, "connect", connect)
    message = run(host, cloud=None)["msg"]
    assert message.startswith("The Identity service gave no token. The previous configuration was restored")
    assert accounts[-1]["auth"]["username"] == "glance"
    assert (host.verifications, host.ran) == (1, ["reset-failed glance-api", "restart glance-api"])


def test_run_after_an_interrupted_one_restores_the_previous_file(host: FakeHost) -> None:
    configure(host, "broken")
    host.works = lambda: sys.exit("interrupted")  # type: ignore[func-returns-value]
    with pytest.raises(SystemExit):
        FakeService(host, False).end(Service)
    host.works = lambda: "broken" not in host.file.read_text()
    assert run(host)["msg"].endswith(RESTORED.format(host.file))
    assert host.file.read_text() == "good"


def test_verified_service_has_no_pending_change(host: FakeHost) -> None:
    configure(host)
    host.works = lambda: sys.exit("interrupted")  # type: ignore[func-returns-value]
    with pytest.raises(SystemExit):
        FakeService(host, False).end(Service)
    host.works = lambda: True
    state = Path(service_resource.STATE_DIRECTORY) / "glance-api.started"
    run(host, check_mode=True)
    assert state.exists()
    result = run(host)
    assert (result["changed"], result["versions"], state.exists()) == (False, ["v2.15"], False)


def test_run_after_an_interrupted_one_returns_the_host_to_its_load_balancer(host: FakeHost, tmp_path: Path) -> None:
    """The role returns a host to a load balancer after a task that changed something."""
    configure(host)
    host.works = lambda: sys.exit("interrupted")  # type: ignore[func-returns-value]
    with pytest.raises(SystemExit):
        FakeService(host, False).end(Service)
    host.works = lambda: True
    marker = tmp_path / "drained_by_tasks"
    marker.write_text("")
    result = run(host, drain_marker=str(marker))
    assert (result["changed"], result["units"]["load balancer"]) == (True, "enable")


def test_copies_of_a_file_behind_a_link_are_found(host: FakeHost, tmp_path: Path) -> None:
    link = tmp_path / "link" / "glance-api.conf"
    link.parent.mkdir()
    link.symlink_to(host.file)
    configure(host, "broken")
    assert run(host, files=[str(link)])["msg"].endswith(RESTORED.format(host.file))
    assert (link.is_symlink(), link.read_text()) == (True, "good")


ACCOUNTS = """[database]
connection = mysql://glance:{}@db/glance
[keystone_authtoken]
auth_url = http://controller:5000
username = glance
password = {}
"""


def test_unchanged_account_needs_no_restart(host: FakeHost) -> None:
    host.copy(ACCOUNTS.format("old", "old"))
    host.file.write_text(ACCOUNTS.format("new", "new"))
    result = restore(host, current_accounts=[])
    assert result["changed"]
    assert "was restored, the service was not restarted, and it responds" in result["restored"]
    assert host.file.read_text() == ACCOUNTS.format("old", "old")
    assert host.ran == []


def test_changed_account_keeps_its_current_password(host: FakeHost) -> None:
    host.copy(ACCOUNTS.format("old", "old"))
    host.file.write_text(ACCOUNTS.format("new", "new"))
    result = restore(host, current_accounts=["database"])
    assert "was restored with the current passwords and the service responds" in result["restored"]
    assert host.file.read_text() == ACCOUNTS.format("new", "old")
    assert host.ran[-1] == "restart glance-api"


def test_unchanged_configuration_is_not_restored(host: FakeHost) -> None:
    result = restore(host)
    assert not result["changed"]
    assert result["restored"] == "There is no earlier configuration to restore."
