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
from ansible_collections.osops.glance.plugins.module_utils._schema import login as _login
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import Leftover, target_of

URL = "mysql+pymysql://glance:S3cr%40t@controller/glance"


class FakeError(Exception):
    pass


def fake_pymysql(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def connect(**_arguments: Any) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "pymysql", SimpleNamespace(MySQLError=FakeError, connect=connect))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            FakeError(1045, "Access denied for S3cr@t"), "Access denied.*Check the password there", id="refused"
        ),
        pytest.param(FakeError(2003, "Can't connect (timed out)"), "timed out.*bind-address", id="unreachable"),
        pytest.param(FakeError(9999, "Strange."), "says: Strange.$", id="no advice"),
        pytest.param(RuntimeError("cryptography is required"), "cryptography is required", id="library missing"),
    ],
)
def test_login_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, error: Exception, told: str) -> None:
    fake_pymysql(monkeypatch, error)
    expected = pytest.raises(GlanceError, match=f"controller:3306/glance as user 'glance'.*{told}")
    with expected as failed, _login.log_in(target_of(URL, "/c"), "/c"):
        pass
    assert "S3cr" not in str(failed.value)


@pytest.mark.parametrize(("number", "refused"), [(1044, True), (1045, True), (1049, True), (1698, True), (2003, False)])
def test_login_that_a_deployment_would_repair_is_known(
    monkeypatch: pytest.MonkeyPatch, number: int, refused: bool
) -> None:
    fake_pymysql(monkeypatch, FakeError(number, "No"))
    with pytest.raises(GlanceError) as failed, _login.log_in(target_of(URL, "/c"), "/c"):
        pass
    assert isinstance(failed.value, _login.LoginRefused) == refused
    assert getattr(failed.value, "has_database", True) == (number != 1049)


def test_server_that_accepts_and_never_answers_is_reported_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymysql")
    monkeypatch.setattr(_login, "LOGIN_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = target_of(f"mysql://glance:S3cr%40t@127.0.0.1:{listener.getsockname()[1]}/glance", "/c")
        expected = pytest.raises(GlanceError, match="as user 'glance'.*the server did not respond within 0.3 seconds")
        began = time.monotonic()
        with expected, _login.log_in(target, "/c"):
            pass
    assert time.monotonic() - began < 5


def test_table_that_others_lock_is_reported_with_who_may_hold_it(told: list[dict[str, Any]]) -> None:
    def wait(database: _login.Database) -> None:
        database.cursor.answers = {"PROCESSLIST": [(42, "glance", "api1:1", "glance", "Sleep", 812, "", "")]}
        database.cursor.answers["CONNECTION_ID"] = [(7,)]
        raise FakeError(1205, "Lock wait timeout exceeded")

    with pytest.raises(GlanceError) as failed, _login.log_in(target_of(URL, "/c"), "/c") as locked:
        wait(locked)
    assert "connection 42 of glance@api1:1 (Sleep for 812 s)" in str(failed.value)
    assert told[0]["init_command"] == "SET SESSION lock_wait_timeout = 5"


def test_name_that_does_not_resolve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    error = FakeError(2003, "Can't connect")
    error.original_exception = socket.gaierror(-2, "Name or service not known")  # type: ignore[attr-defined]
    fake_pymysql(monkeypatch, error)
    with pytest.raises(GlanceError, match="/etc/hosts"), _login.log_in(target_of(URL, "/c"), "/c"):
        pass


def test_library_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(GlanceError, match="PyMySQL"), _login.log_in(target_of(URL, "/c"), "/c"):
        pass


def test_url_options_reach_the_login() -> None:
    url = "mysql://g:x@h/d?ssl_ca=/ca.pem&ssl_check_hostname=false&unix_socket=/run/s&charset=utf8"
    arguments = _login.login_arguments(target_of(url, "/c"))
    assert arguments["ssl"] == {"ca": "/ca.pem", "check_hostname": False}
    assert arguments["unix_socket"] == "/run/s"
    assert arguments["write_timeout"] == _login.LOGIN_SECONDS
    assert "charset" not in arguments


class FakeCursor:
    """Answers statements: with the rows of the first pattern that is in them."""

    def __init__(self, answers: dict[str, list[Any]]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.answer: list[Any] = []

    def execute(self, sql: str, values: Any = None) -> None:
        self.asked.append(sql)
        self.answer = next((rows for pattern, rows in self.answers.items() if pattern in sql), [])
        if "GET_LOCK" in sql:
            self.answer = [self.answer.pop(0)]

    def fetchall(self) -> list[Any]:
        return self.answer


def tables(*names: str) -> list[tuple[str]]:
    return [(name,) for name in names]


ABOUT = ("Title", "Words", "public", 1, "admin")
METADEFS = tables("alembic_version", "metadef_namespaces", "metadef_tags", "migrate_version")


@pytest.mark.parametrize(
    ("answers", "revisions", "namespaces"),
    [
        pytest.param({}, (), {}, id="empty"),
        pytest.param(
            {
                "SHOW TABLES": METADEFS,
                "alembic_version": [("a",)],
                "metadef_namespaces": [(7, "N", *ABOUT)],
                "metadef_tags": [(7, "T")],
                "metadef_properties": [(7, "P", "{}"), (8, "P", "{}")],
            },
            ("a",),
            {"N": {("property", "p"): ({},), ("tag", "t"): ()}},
            id="named revision",
        ),
        pytest.param(
            {
                "SHOW TABLES": tables("alembic_version", "metadef_namespaces"),
                "metadef_namespaces": [(7, "N", *ABOUT)],
            },
            (),
            {"N": {}},
            id="empty namespace before tags",
        ),
        pytest.param(
            {
                "SHOW TABLES": tables("migrate_version", "metadef_namespaces", "metadef_properties"),
                "migrate_version": [(36,)],
                "metadef_namespaces": [(7, "N", *ABOUT)],
                "metadef_properties": [(7, "P", "{}")],
                # As MariaDB refuses what Juno does not have.
                "metadef_tags": ["this table does not exist"],
            },
            ("36",),
            {"N": {("property", "p"): ({},)}},
            id="definitions before tags",
        ),
        pytest.param({"SHOW TABLES": tables("migrate_version"), "migrate_version": [(34,)]}, ("34",), {}, id="number"),
    ],
)
def test_state_is_read(answers: dict[str, list[Any]], revisions: tuple[str, ...], namespaces: dict[str, Any]) -> None:
    # The resource types are selected with a join, and have a name of their own in it.
    state = _login.Database(FakeCursor({"metadef_namespace_resource_types": [], **answers})).state()
    assert state.revisions == revisions
    assert {name: namespace.items for name, namespace in (state.namespaces or {}).items()} == namespaces


@pytest.mark.parametrize(
    ("answers", "unused"),
    [
        pytest.param({}, True, id="only a revision"),
        pytest.param({"`images`": [("i",)]}, False, id="an image"),
        pytest.param({"processlist": [(7,)]}, False, id="another connection"),
    ],
)
def test_database_in_use_is_recognized(answers: dict[str, list[Any]], unused: bool) -> None:
    cursor = FakeCursor({"SHOW TABLES": tables("images", "alembic_version"), "`alembic_version`": [("a",)], **answers})
    assert _login.Database(cursor).is_unused() is unused


def test_all_tables_are_dropped() -> None:
    cursor = FakeCursor({"SHOW TABLES": tables("images", "alembic_version")})
    _login.Database(cursor).drop_tables()
    assert cursor.asked[-2:] == ["DROP TABLE `images`", "DROP TABLE `alembic_version`"]


@pytest.mark.parametrize(
    ("answers", "seconds", "ours"),
    [
        pytest.param([(1,)], 60, True, id="free"),
        pytest.param([(0,), (0,), (1,)], 60, True, id="free later"),
        pytest.param([(0,)], 0, False, id="never free"),
        pytest.param([(None,)], 60, True, id="server that cannot lock"),
    ],
)
def test_lock_is_waited_for(answers: list[tuple[Any]], seconds: int, ours: bool) -> None:
    assert _login.Database(FakeCursor({"GET_LOCK": answers})).lock("db_sync glance", seconds) is ours


@pytest.mark.parametrize(
    ("leftover", "answers", "done", "statement"),
    [
        pytest.param(Leftover("table", "t", ""), {}, True, "DROP TABLE `t`", id="empty table"),
        pytest.param(Leftover("table", "t", ""), {"FROM `t`": [(1,)]}, False, None, id="table with rows"),
        pytest.param(
            Leftover("column", "t", "c"),
            {"SHOW COLUMNS": [("c",)]},
            True,
            "ALTER TABLE `t` DROP COLUMN `c`",
            id="column",
        ),
        pytest.param(
            Leftover("column", "t", "c"),
            {"SHOW COLUMNS": [("c",)], "DEFAULT": [(1,)]},
            False,
            None,
            id="column with data",
        ),
        pytest.param(Leftover("column", "t", "c"), {}, True, None, id="column that is gone"),
        pytest.param(Leftover("index", "t", "i"), {"SHOW INDEX": [("i",)]}, True, "DROP INDEX `i` ON `t`", id="index"),
        pytest.param(Leftover("index", "t", "i"), {}, True, None, id="index that is gone"),
    ],
)
def test_leftover_is_taken_back(
    leftover: Leftover, answers: dict[str, list[Any]], done: bool, statement: str | None
) -> None:
    cursor = FakeCursor(answers)
    assert _login.Database(cursor).take_back(leftover) is done
    assert [sql for sql in cursor.asked if "DROP" in sql] == ([statement] if statement else [])


class FakeConnection:
    def __init__(self, answers: dict[str, list[Any]]) -> None:
        self.answers = answers

    def cursor(self) -> FakeCursor:
        return FakeCursor(self.answers)

    def close(self) -> None:
        pass


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let the server of the test be logged in to, and return with what that was done."""
    logins: list[dict[str, Any]] = []

    def connect(**arguments: Any) -> FakeConnection:
        logins.append(arguments)
        return FakeConnection({"GET_LOCK": [(1,)]})

    monkeypatch.setitem(sys.modules, "pymysql", SimpleNamespace(MySQLError=FakeError, connect=connect))
    return logins


def test_other_controllers_are_kept_out_from_outside_of_the_database(told: list[dict[str, Any]]) -> None:
    with _login.locked(target_of(URL, "/c"), "/c", 0):
        assert [login["database"] for login in told] == [None]


def test_lock_that_others_keep_is_told(told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_login.Database, "lock", lambda *_arguments: False)
    monkeypatch.setattr(_login.Database, "lock_holder", lambda *_arguments: "42")
    expected = pytest.raises(GlanceError, match="Another run.*controller:3306/glance for 7 seconds, by connection 42.")
    with expected, _login.locked(target_of(URL, "/c"), "/c", 7):
        pass
    assert told
