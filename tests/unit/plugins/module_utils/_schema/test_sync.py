# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema import interruption, sync
from ansible_collections.osops.glance.plugins.module_utils._schema.login import Interrupted, LoginRefused
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fake_server import FakeServer, run


@pytest.mark.parametrize("check", ["command", "version"])
def test_older_schema_is_migrated(server: FakeServer, host: Path, check: str) -> None:
    server.set_revisions("yoga_contract01")
    server.load(str(host / "metadefs"))
    result = run(server, host, check=check)
    assert result["diff"] == {
        "before": {"schema": {"revision": "yoga_contract01"}},
        "after": {
            "schema": {
                "revision": "zed_contract01",
                "phase": "all",
                "migrations": ["zed_expand01", "zed_contract01"],
            }
        },
    }
    assert (["db", "check"] in server.commands) is (check == "command")
    assert not run(server, host, check=check)["changed"]


def test_newer_schema_is_refused_before_any_command(server: FakeServer, host: Path) -> None:
    server.set_revisions("2026_1_contract01")
    assert "2026_1_contract01, which the installed release does not have" in run(server, host)["msg"]
    assert server.commands == []


def test_success_without_tables_is_a_failure(server: FakeServer, host: Path) -> None:
    server.failures["db_sync"] = [(0, "success")]
    assert "database controller:3306/glance is without a revision" in run(server, host)["msg"]


@pytest.mark.parametrize("check", ["command", "version"])
def test_upgrade_in_phases(server: FakeServer, host: Path, check: str) -> None:
    server.set_revisions("yoga_contract01")
    server.rows_to_migrate = 3
    for phase, revision in (
        ("expand", "yoga_contract01, zed_expand01"),
        ("migrate", "yoga_contract01, zed_expand01"),
        ("contract", "zed_contract01"),
    ):
        predicted = run(server, host, phase=phase, check=check, metadefs=None, check_mode=True)
        done = run(server, host, phase=phase, check=check, metadefs=None)
        assert predicted == done
        assert (done["changed"], done["revision_after"]) == (True, revision)
        assert not run(server, host, phase=phase, check=check, metadefs=None)["changed"]


@pytest.mark.parametrize("check", ["command", "version"])
def test_upgrade_while_the_old_release_runs(server: FakeServer, host: Path, check: str) -> None:
    server.set_revisions("yoga_contract01")
    server.rows_to_migrate = 3
    for phase, revision in (("rolling", "yoga_contract01, zed_expand01"), ("contract", "zed_contract01")):
        predicted = run(server, host, phase=phase, check=check, metadefs=None, check_mode=True)
        done = run(server, host, phase=phase, check=check, metadefs=None)
        assert predicted == done
        assert (done["changed"], done["revision_after"]) == (True, revision)
        assert not run(server, host, phase=phase, check=check, metadefs=None)["changed"]
    assert [command for command in server.commands if command != ["db", "check"]] == [
        ["db", "expand"],
        ["db", "migrate"],
        *([["db", "expand"], ["db", "migrate"]] if check == "version" else []),
        ["db", "contract"],
    ]


def test_new_database_gets_all_phases_at_once(server: FakeServer, host: Path) -> None:
    done = run(server, host, phase="rolling")
    assert (done["changed"], done["revision_after"]) == (True, server.head)
    assert not run(server, host, phase="contract")["changed"]


def test_migration_without_phases_waits_for_all_hosts(
    server: FakeServer, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = sync.read_installed_release
    monkeypatch.setattr(sync, "read_installed_release", lambda command: replace(read(command), expand_head=None))
    absent = {"phase": "rolling", "absent_hosts": ["c2"], "metadefs": None}
    assert run(server, host, **absent)["changed"], "a new database"
    server.set_revisions("yoga_contract01")
    message = run(server, host, **absent)["msg"]
    assert message.startswith("c2 cannot be changed by this run, and could not use the database controller:3306/glance")
    assert server.revisions == ["yoga_contract01"]
    assert run(server, host, **{**absent, "absent_hosts": []})["revision_after"] == server.head
    assert not run(server, host, **absent)["changed"]


def test_phases_need_no_host_that_is_absent(server: FakeServer, host: Path) -> None:
    server.set_revisions("yoga_contract01")
    assert run(server, host, phase="rolling", absent_hosts=["c2"])["changed"]


def test_phase_out_of_order_changes_nothing(server: FakeServer, host: Path) -> None:
    server.set_revisions("yoga_contract01")
    assert "run `phase: expand` first" in run(server, host, phase="contract")["msg"]
    assert ["db", "contract"] not in server.commands


def test_later_phase_is_predicted_although_an_earlier_one_is_pending(server: FakeServer, host: Path) -> None:
    """In check mode, the task that runs the earlier phases has changed nothing."""
    server.set_revisions("yoga_contract01")
    assert run(server, host, phase="contract", check_mode=True)["revision_after"] == server.head


def test_all_completes_an_upgrade_in_phases(server: FakeServer, host: Path) -> None:
    server.set_revisions("yoga_contract01", "zed_expand01")
    assert run(server, host)["revision_after"] == server.head
    assert not run(server, host)["changed"]


def test_phase_none_verifies_the_login_and_the_schema(server: FakeServer, host: Path) -> None:
    assert "has no schema of the Image service" in run(server, host, phase="none")["msg"]
    assert not run(server, host, phase="none", check_mode=True)["changed"]
    server.set_revisions(server.head)
    done = run(server, host, phase="none")
    assert (done["changed"], done["revision_after"], done["metadefs_loaded"]) == (False, server.head, [])
    assert (server.commands, server.lock_timeouts) == ([], [])


def test_previous_release_can_use_an_expanded_schema(server: FakeServer, host: Path) -> None:
    """A controller that is not upgraded yet can be configured and restarted during an upgrade."""
    server.set_revisions("zed_contract01", "2026_1_expand01")
    for phase in ("none", "rolling", "all"):
        assert not run(server, host, phase=phase, metadefs=None)["changed"]


def test_phase_none_refuses_a_newer_schema(server: FakeServer, host: Path) -> None:
    server.set_revisions("2026_1_contract01")
    assert "cannot be downgraded" in run(server, host, phase="none", check_mode=True)["msg"]


def test_second_run_finds_the_work_done(server: FakeServer, host: Path) -> None:
    def other_run() -> None:
        server.set_revisions(server.head)
        server.load(str(host / "metadefs"))

    server.before_lock = other_run
    done = run(server, host, timeout=7)
    assert (done["changed"], done["revision_before"], done["metadefs_loaded"]) == (False, server.head, [])
    assert server.lock_timeouts == [7]
    assert ["db_sync"] not in server.commands


CONNECTION_LOST = (1, "OperationalError: (2013, 'Lost connection to MySQL server during query') of glance:S3cr@t")


def test_migration_is_repeated_after_an_interruption(
    server: FakeServer, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.failures["db_sync"] = [
        CONNECTION_LOST,
        (1, "OperationalError: (1050, \"Table 'images' already exists\")"),
        (0, ""),
    ]
    server.tables = frozenset({"images"})
    monkeypatch.setattr(server, "drop_tables", lambda: server.set_revisions(server.head))
    done = run(server, host)
    assert (done["changed"], done["revision_before"], done["revision_after"]) == (True, None, server.head)
    assert "(2013, 'Lost connection to MySQL server during query')" in done["warnings"][0]
    assert "It was repeated." in done["warnings"][0]
    assert "S3cr" not in done["warnings"][0]
    # The lock of the lost connection was released: another run is excluded again.
    assert len(server.lock_timeouts) == 2


def test_interruption_after_the_last_migration_is_a_change(server: FakeServer, host: Path) -> None:
    """The server stored the revision, and stopped before glance-manage received the response."""
    server.load(str(host / "metadefs"))

    def store_revision() -> None:
        server.before_lock = lambda: server.set_revisions(server.head)

    server.before_lock = store_revision
    server.failures["db_sync"] = [CONNECTION_LOST]
    done = run(server, host)
    assert (done["changed"], done["revision_before"], done["revision_after"]) == (True, None, server.head)
    assert not run(server, host)["changed"]


def test_account_that_the_next_node_does_not_have_yet_is_waited_for(
    server: FakeServer, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node of a cluster creates an account later than the node on which it was requested."""

    command = server.run
    interruptions = [CONNECTION_LOST]

    def stop(arguments: list[str]) -> tuple[int, str]:
        if not interruptions:
            return command(arguments)
        server.login_errors = (LoginRefused("Access denied.", has_database=True),)
        return interruptions.pop()

    def create_account(seconds: float) -> None:
        server.login_errors = () if seconds == interruption.POLL_SECONDS else server.login_errors

    monkeypatch.setattr(server, "run", stop)
    monkeypatch.setattr(interruption.time, "sleep", create_account)
    assert run(server, host)["revision_after"] == server.head


def test_interrupted_loading_of_definitions_is_completed(server: FakeServer, host: Path) -> None:
    server.set_revisions(server.head)
    load = server.load
    interruptions = [CONNECTION_LOST]
    command = server.run

    def load_partially(arguments: list[str]) -> tuple[int, str]:
        if arguments[0] == "db_load_metadefs" and interruptions:
            load(str(host / "metadefs/cpu.json"))
            return interruptions.pop()
        return command(arguments)

    server.run = load_partially  # type: ignore[method-assign]
    done = run(server, host)
    assert done["metadefs_loaded"] == ["OS::CPU", "OS::Quota"]
    assert set(server.namespaces) == {"OS::CPU", "OS::Quota"}
    assert not run(server, host)["changed"]


def test_server_that_does_not_return_is_reported(
    server: FakeServer, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interruption, "POLL_SECONDS", 0)
    server.failures["db_sync"] = [CONNECTION_LOST]

    def stop() -> None:
        server.login_errors = (Interrupted("Cannot log in to the database: (2003, 'refused')."),)

    monkeypatch.setattr(server, "_run_on_schema", lambda _command: stop())
    server.before_lock = stop
    assert "Cannot log in to the database" in run(server, host, timeout=1)["msg"]


def test_migration_that_is_always_interrupted_ends(
    server: FakeServer, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interruption, "DELAYS", (0, 0, 0))
    server.failures["db_sync"] = [CONNECTION_LOST]
    message = run(server, host)["msg"]
    assert "`glance-manage db_sync` ended with status 1" in message
    assert len([command for command in server.commands if command == ["db_sync"]]) == 4
