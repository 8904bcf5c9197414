# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema import login
from ansible_collections.osops.glance.plugins.module_utils._schema.database import Database
from ansible_collections.osops.glance.plugins.module_utils._schema.target import parse_database_url
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fakes import FakeConnection, FakeError

URL = "mysql+pymysql://glance:S3cr%40t@controller/glance"


def fake_pymysql(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def connect(**_arguments: Any) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "pymysql", SimpleNamespace(MySQLError=FakeError, connect=connect))


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Accept all logins, and return their arguments."""
    recorded: list[dict[str, Any]] = []

    def connect(**arguments: Any) -> FakeConnection:
        recorded.append(arguments)
        return FakeConnection({"GET_LOCK": [(1,)]})

    monkeypatch.setitem(sys.modules, "pymysql", SimpleNamespace(MySQLError=FakeError, connect=connect))
    return recorded


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(
            FakeError(1045, "Access denied for S3cr@t"), "Access denied.*Check the password in this file", id="refused"
        ),
        pytest.param(FakeError(2003, "Can't connect (timed out)"), "timed out.*bind-address", id="unreachable"),
        pytest.param(FakeError(9999, "Strange."), r"of /c: Strange\.$", id="no hint"),
        pytest.param(RuntimeError("cryptography is required"), "cryptography is required", id="library missing"),
    ],
)
def test_failed_login_is_reported(monkeypatch: pytest.MonkeyPatch, error: Exception, message: str) -> None:
    fake_pymysql(monkeypatch, error)
    expected = pytest.raises(GlanceError, match=f"controller:3306/glance as user 'glance'.*{message}")
    with expected as failure, login.log_in(parse_database_url(URL, "/c"), "/c"):
        pass
    assert "S3cr" not in str(failure.value)


@pytest.mark.parametrize(
    ("number", "is_refused"), [(1044, True), (1045, True), (1049, True), (1698, True), (2003, False)]
)
def test_refused_login_is_distinguished(monkeypatch: pytest.MonkeyPatch, number: int, is_refused: bool) -> None:
    fake_pymysql(monkeypatch, FakeError(number, "No"))
    with pytest.raises(GlanceError) as failure, login.log_in(parse_database_url(URL, "/c"), "/c"):
        pass
    assert isinstance(failure.value, login.LoginRefused) == is_refused
    assert getattr(failure.value, "has_database", True) == (number != 1049)


@pytest.mark.parametrize(
    ("number", "is_interruption"), [(2003, True), (2013, True), (1040, True), (9999, False), (1045, False)]
)
def test_login_that_can_succeed_later_is_distinguished(
    monkeypatch: pytest.MonkeyPatch, number: int, is_interruption: bool
) -> None:
    fake_pymysql(monkeypatch, FakeError(number, "No"))
    with pytest.raises(GlanceError) as failure, login.log_in(parse_database_url(URL, "/c"), "/c"):
        pass
    assert isinstance(failure.value, login.Interrupted) == is_interruption


@pytest.mark.parametrize(
    ("number", "message"),
    [
        pytest.param(
            2013, r"A statement on the database controller:3306/glance as 'glance' failed: No\.$", id="connection lost"
        ),
        pytest.param(1047, "No. A node of a cluster refuses changes while a backup", id="node without a quorum"),
        pytest.param(1213, "as 'glance' failed: No", id="conflict with another node"),
    ],
)
@pytest.mark.usefixtures("logins")
def test_interrupted_statement_is_distinguished(number: int, message: str) -> None:
    expected = pytest.raises(login.Interrupted, match=message)
    with expected, login.log_in(parse_database_url(URL, "/c"), "/c"):
        raise FakeError(number, "No")


@pytest.mark.usefixtures("logins")
def test_wrong_statement_is_no_interruption() -> None:
    with pytest.raises(GlanceError) as failure, login.log_in(parse_database_url(URL, "/c"), "/c"):
        raise FakeError(1146, "No such table")
    assert not isinstance(failure.value, login.Interrupted)


def test_server_that_does_not_respond_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymysql")
    monkeypatch.setattr(login, "LOGIN_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = parse_database_url(f"mysql://glance:S3cr%40t@127.0.0.1:{listener.getsockname()[1]}/glance", "/c")
        expected = pytest.raises(GlanceError, match="as user 'glance'.*the server did not respond within 0.3 seconds")
        start = time.monotonic()
        with expected, login.log_in(target, "/c"):
            pass
    assert time.monotonic() - start < 5


def test_lock_timeout_of_a_statement_is_reported_with_the_holders(logins: list[dict[str, Any]]) -> None:
    def wait_for_lock(database: Database) -> None:
        database.cursor.results = {"PROCESSLIST": [(42, "glance", "api1:1", "glance", "Sleep", 812, "", "")]}
        database.cursor.results["CONNECTION_ID"] = [(7,)]
        raise FakeError(1205, "Lock wait timeout exceeded")

    with pytest.raises(GlanceError) as failure, login.log_in(parse_database_url(URL, "/c"), "/c") as database:
        wait_for_lock(database)
    assert "connection 42 of glance@api1:1 (Sleep for 812 s)" in str(failure.value)
    assert logins[0]["init_command"] == "SET SESSION lock_wait_timeout = 5"


def test_unresolved_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    error = FakeError(2003, "Can't connect")
    error.original_exception = socket.gaierror(-2, "Name or service not known")  # type: ignore[attr-defined]
    fake_pymysql(monkeypatch, error)
    with pytest.raises(GlanceError, match="/etc/hosts"), login.log_in(parse_database_url(URL, "/c"), "/c"):
        pass


def test_missing_library_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(GlanceError, match="PyMySQL"), login.log_in(parse_database_url(URL, "/c"), "/c"):
        pass


def test_url_options_are_used_for_the_login() -> None:
    url = "mysql://g:x@h/d?ssl_ca=/ca.pem&ssl_check_hostname=false&unix_socket=/run/s&charset=utf8"
    arguments = login.login_arguments(parse_database_url(url, "/c"))
    assert arguments["ssl"] == {"ca": "/ca.pem", "check_hostname": False}
    assert arguments["unix_socket"] == "/run/s"
    assert arguments["write_timeout"] == login.LOGIN_SECONDS
    assert "charset" not in arguments


def test_migration_lock_selects_no_database(logins: list[dict[str, Any]]) -> None:
    with login.migration_lock(parse_database_url(URL, "/c"), "/c", 0):
        assert [arguments["database"] for arguments in logins] == [None]


def test_held_migration_lock_is_reported(logins: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "acquire_lock", lambda *_arguments: False)
    monkeypatch.setattr(Database, "lock_holder", lambda *_arguments: "42")
    expected = pytest.raises(
        GlanceError, match="Another run.*controller:3306/glance for 7 seconds, with connection 42."
    )
    with expected, login.migration_lock(parse_database_url(URL, "/c"), "/c", 7):
        pass
    assert logins
