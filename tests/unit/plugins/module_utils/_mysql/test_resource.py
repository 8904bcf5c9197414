# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql import resource
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.fakes import PASSWORD, FakeServer, Run


def test_database_accounts_and_grants_are_created_once(run: Run, server: FakeServer) -> None:
    predicted = run(check=True)
    assert server.executed == []
    first = run()
    assert first["actions"] == predicted["actions"] == dict.fromkeys(
        ("database glance", "account glance@localhost", "grants of glance@localhost on glance",
         "account glance@%", "grants of glance@% on glance"), "create"
    )  # fmt: skip
    assert first["diff"] == predicted["diff"]
    assert first["accounts"] == ["glance@localhost", "glance@%"]
    assert server.accounts["glance", "%"]["authentication_string"] == native_password_hash(PASSWORD)
    assert not run()["changed"]


def test_password_change_is_one_statement_per_account(run: Run, server: FakeServer) -> None:
    run()
    server.executed.clear()
    assert run(password="an0ther")["changed"]
    assert [sql.split(" IDENT")[0] for sql in server.executed] == ["ALTER USER %s@%s"] * 2
    assert not run(password="an0ther")["changed"]


def test_privileges_are_revoked_and_granted_again(run: Run, server: FakeServer) -> None:
    run()
    assert run(privileges=["SELECT"])["changed"]
    assert server.grants["glance", "%", "glance"] == {"SELECT"}
    assert not run(privileges=["SELECT"])["changed"]
    assert run()["changed"]
    assert not run()["changed"]


@pytest.mark.parametrize("remove_data", [False, True])
def test_absent_keeps_the_data_unless_remove_data_is_set(run: Run, server: FakeServer, remove_data: bool) -> None:
    run()
    server.accounts["glance", "controller"] = {}
    assert run(state="absent", remove_data=remove_data)["changed"]
    assert list(server.accounts) == [("glance", "controller")]
    assert list(server.databases) == ([] if remove_data else ["glance"])
    assert not run(state="absent", remove_data=remove_data)["changed"]


def test_database_name_is_case_sensitive(run: Run, server: FakeServer) -> None:
    server.databases["GLANCE"] = ("utf8mb3", "utf8mb3_general_ci")
    assert run()["actions"]["database glance"] == "create"


def test_replica_is_refused_before_any_change(run: Run, server: FakeServer) -> None:
    server.variables["read_only"] = "ON"
    assert "is read-only" in run(check=True)["msg"]
    assert "is read-only" in run()["msg"]
    assert server.executed == []


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param(["first", "second"], "first", id="first"),
        pytest.param(["none", "first"], "first", id="first that exists"),
        pytest.param(["none", "neither"], "none", id="none exists"),
    ],
)
def test_first_existing_socket_is_used(
    run: Run, server: FakeServer, tmp_path: Path, paths: list[str], expected: str
) -> None:
    (tmp_path / "first").touch()
    (tmp_path / "second").touch()
    assert run(login_unix_socket=[str(tmp_path / path) for path in paths])["changed"]
    assert server.arguments["unix_socket"] == str(tmp_path / expected)


def test_removed_database_is_dumped_under_the_name_that_the_server_stores(
    run: Run, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.variables["lower_case_table_names"] = "1"
    dumped: list[str] = []
    monkeypatch.setattr(resource, "write_dump", lambda params, _holders: dumped.append(params["name"]) or "/dump")
    run(name="Glance")
    assert list(server.databases) == ["glance"]
    removed = run(name="Glance", state="absent", remove_data=True, dump_directory=str(tmp_path))
    assert (list(server.databases), removed["dump"], dumped) == ([], "/dump", ["glance"])
