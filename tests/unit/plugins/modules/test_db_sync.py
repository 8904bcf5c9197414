# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils import _module
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema import State, Target, target_of
from ansible_collections.osops.glance.plugins.modules import db_sync

URL = "mysql+pymysql://glance:S3cr%40t@controller/glance"
TABLES = frozenset({"images", "alembic_version", "metadef_namespaces"})
DEFINITIONS = {"cpu.json": "OS::CPU", "quota.json": "OS::Quota"}


class FakeServer:
    """A database server and the glance-manage that works on it."""

    def __init__(self) -> None:
        self.revision: str | None = None
        self.head = "zed_contract01"
        self.namespaces: set[str] = set()
        self.tables: frozenset[str] = frozenset()
        self.unused = True
        self.fails: dict[str, tuple[int, str]] = {}
        self.ran: list[list[str]] = []

    def state(self) -> State:
        return State((self.revision,) if self.revision else (), self.tables, frozenset(self.namespaces))

    def is_unused(self) -> bool:
        return self.unused

    def drop_tables(self) -> None:
        self.revision, self.tables = None, frozenset()

    def manage(self, command: list[str]) -> tuple[int, str]:
        self.ran.append(command)
        if command[0] in self.fails:
            return self.fails[command[0]]
        if command == ["db", "check"]:
            return (0 if self.revision == self.head else 3), ""
        if command == ["db_version"]:
            return 0, f"{self.revision or 'Database is not under migration control'}\n"
        if command == ["db_sync"]:
            if self.tables and not self.revision:
                return 1, "OperationalError: (1050, \"Table 'images' already exists\") of glance:S3cr@t"
            self.revision, self.tables = self.head, TABLES
        if command[0] == "db_load_metadefs":
            self.namespaces |= set(DEFINITIONS.values())
        return 0, ""


class Ended(Exception):
    pass


class FakeModule:
    def __init__(self, server: FakeServer, folder: Path, check_mode: bool = False, **params: Any) -> None:
        defaults = {name: option.get("default") for name, option in db_sync.OPTIONS.items()}
        self.params = {**defaults, "config_file": str(folder / "glance-api.conf"), **params}
        self.check_mode = check_mode
        self.server = server
        self.folder = folder
        self.ended: dict[str, Any] = {}
        self.warnings: list[str] = []

    def get_bin_path(self, name: str) -> str | None:
        path = self.folder / name
        return str(path) if path.exists() else None

    def run_command(self, command: list[str], **_arguments: Any) -> tuple[int, str, str]:
        if "-c" in command:
            return 0, f"{self.folder}\n", ""
        status, output = self.server.manage(command[command.index("--log-dir=") + 1 :])
        return status, output, ""

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def exit_json(self, **result: Any) -> None:
        self.ended = result
        raise Ended

    def fail_json(self, **result: Any) -> None:
        self.ended = {"failed": True, **result}
        raise Ended


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()

    @contextmanager
    def log_in(_target: Target, _config_file: str) -> Iterator[FakeServer]:
        yield fake

    monkeypatch.setattr(db_sync, "log_in", log_in)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a host on which Glance is installed and configured."""
    (tmp_path / "glance-api.conf").write_text(f"[database]\nconnection = {URL}\n")
    (tmp_path / "glance-manage").write_text("#!/usr/bin/python3\n")
    versions = tmp_path / db_sync.MIGRATIONS[0]
    versions.mkdir(parents=True)
    (versions / "a.py").write_text("revision = 'yoga_contract01'\ndown_revision = None\n")
    (versions / "b.py").write_text("revision = 'zed_contract01'\ndown_revision = 'yoga_contract01'\n")
    (tmp_path / "metadefs").mkdir()
    for name, namespace in DEFINITIONS.items():
        (tmp_path / "metadefs" / name).write_text(json.dumps({"namespace": namespace}))
    return tmp_path


def ran(server: FakeServer, folder: Path, **arguments: Any) -> dict[str, Any]:
    """Run the module and return its result."""
    arguments = {"metadefs": str(folder / "metadefs"), **arguments}
    module = FakeModule(server, folder, **arguments)
    with pytest.raises(Ended):
        _module.run(module, db_sync.DbSync)  # type: ignore[arg-type]
    return {**module.ended, "warnings": module.warnings}


def test_empty_database_is_populated_once(server: FakeServer, folder: Path) -> None:
    first = ran(server, folder)
    assert first["changed"]
    assert (first["revision_before"], first["revision_after"]) == (None, "zed_contract01")
    assert first["database"] == "controller:3306/glance"
    assert first["metadefs_loaded"] == ["OS::CPU", "OS::Quota"]
    second = ran(server, folder)
    assert not second["changed"]
    assert (second["revision_before"], second["metadefs_loaded"]) == ("zed_contract01", [])


def test_check_mode_predicts_what_the_run_does(server: FakeServer, folder: Path) -> None:
    predicted = ran(server, folder, check_mode=True)
    assert server.ran == []
    assert predicted == ran(server, folder)


@pytest.mark.parametrize("check", ["command", "version"])
def test_older_schema_is_migrated(server: FakeServer, folder: Path, check: str) -> None:
    server.revision, server.tables, server.namespaces = "yoga_contract01", TABLES, {"OS::CPU", "OS::Quota"}
    result = ran(server, folder, check=check)
    assert result["diff"]["before"] == {"schema": {"revision": "yoga_contract01"}}
    assert (["db", "check"] in server.ran) is (check == "command")
    assert not ran(server, folder, check=check)["changed"]


def test_only_the_missing_definitions_are_loaded(server: FakeServer, folder: Path) -> None:
    server.revision, server.tables, server.namespaces = server.head, TABLES, {"OS::CPU"}
    assert ran(server, folder)["metadefs_loaded"] == ["OS::Quota"]
    assert ["db_sync"] not in server.ran


def test_definitions_are_left_alone_when_not_asked_for(server: FakeServer, folder: Path) -> None:
    assert ran(server, folder, metadefs=None)["metadefs_loaded"] == []
    assert [command[0] for command in server.ran if command[0].startswith("db_")] == ["db_sync"]


def test_glance_manage_runs_as_its_user_with_this_configuration_only(server: FakeServer, folder: Path) -> None:
    module = FakeModule(server, folder, user="image", timeout=7)
    commands: list[list[str]] = []
    module.run_command = lambda command, **_arguments: commands.append(command) or (0, "", "")  # type: ignore
    db_sync.DbSync(module).manage("db_sync")  # type: ignore[arg-type]
    assert commands == [
        ["runuser", "-u", "image", "--", "timeout", "--kill-after=10", "7", str(folder / "glance-manage")]
        + ["--config-file", str(folder / "glance-api.conf"), "--log-file=", "--log-dir=", "db_sync"]
    ]


@pytest.mark.parametrize("lost", ["glance-api.conf", "glance-manage"])
def test_bare_host_is_predicted_to_be_populated_but_fails_in_truth(server: FakeServer, folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    predicted = ran(server, folder, check_mode=True)
    assert predicted["changed"]
    assert (predicted["database"], predicted["revision_after"]) == (None, None)
    assert f"{lost} on this host" in ran(server, folder)["msg"]
    assert server.ran == []


def test_configuration_without_a_connection_is_told(server: FakeServer, folder: Path) -> None:
    (folder / "glance-api.conf").write_text("[database]\n")
    assert ran(server, folder, check_mode=True)["changed"]
    assert "has no `connection` in section [database]" in ran(server, folder)["msg"]


def test_newer_schema_is_refused_before_anything_runs(server: FakeServer, folder: Path) -> None:
    server.revision, server.tables = "2026_1_contract01", TABLES
    assert "2026_1_contract01, which the installed release does not know" in ran(server, folder)["msg"]
    assert server.ran == []


def test_failure_is_told_without_the_password(server: FakeServer, folder: Path) -> None:
    server.fails["db_sync"] = (1, "Traceback\nSomeError: no way with glance:S3cr%40t@controller")
    message = ran(server, folder)["msg"]
    assert "`glance-manage db_sync` ended with 1, on the database controller:3306/glance: SomeError: no way" in message
    assert "S3cr" not in message


def test_run_that_takes_too_long_is_told(server: FakeServer, folder: Path) -> None:
    server.fails["db_sync"] = (124, "")
    assert "did not end within 600 seconds" in ran(server, folder)["msg"]


def test_check_that_the_release_does_not_have_is_told(server: FakeServer, folder: Path) -> None:
    server.revision, server.tables = "yoga_contract01", TABLES
    server.fails["db"] = (2, "error: argument action: invalid choice: 'check'")
    assert "need `check: version`" in ran(server, folder)["msg"]


def test_success_that_made_no_tables_is_refused(server: FakeServer, folder: Path) -> None:
    server.fails["db_sync"] = (0, "all is well")
    assert "database controller:3306/glance is without a revision" in ran(server, folder)["msg"]


def test_definitions_that_did_not_arrive_are_named(server: FakeServer, folder: Path) -> None:
    server.fails["db_load_metadefs"] = (0, "Permission denied")
    assert "does not have OS::CPU, OS::Quota: Permission denied" in ran(server, folder)["msg"]


def test_interrupted_creation_is_begun_afresh(server: FakeServer, folder: Path) -> None:
    server.tables = frozenset({"images", "alembic_version"})
    result = ran(server, folder)
    assert result["revision_after"] == server.head
    assert "all empty" in result["warnings"][0]
    assert not ran(server, folder)["changed"]


@pytest.mark.parametrize(
    ("tables", "unused"),
    [
        pytest.param({"images", "wp_posts"}, True, id="other tables"),
        pytest.param({"images"}, False, id="rows or other users"),
    ],
)
def test_interrupted_migration_with_something_to_lose_is_only_told(
    server: FakeServer, folder: Path, tables: set[str], unused: bool
) -> None:
    server.tables, server.unused = frozenset(tables), unused
    message = ran(server, folder)["msg"]
    assert "restore the database" in message
    assert "S3cr" not in message
    assert server.tables == tables


def test_other_engines_are_left_to_glance_manage(server: FakeServer, folder: Path) -> None:
    (folder / "glance-api.conf").write_text("[database]\nconnection = postgresql://glance:S3cr%40t@h/glance\n")
    first = ran(server, folder)
    assert first["metadefs_loaded"] == ["OS::CPU", "OS::Quota"]
    assert first["database"] == "postgresql://h/glance"
    assert not ran(server, folder)["changed"]
    assert ["db", "check"] not in server.ran


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_broken_definition_is_named(server: FakeServer, folder: Path, text: str) -> None:
    (folder / "metadefs" / "broken.json").write_text(text)
    assert "broken.json is not a metadata definition" in ran(server, folder)["msg"]


def test_directory_that_is_not_there_is_named(server: FakeServer, folder: Path) -> None:
    assert "/nowhere" in ran(server, folder, metadefs="/nowhere")["msg"]


def test_glance_manage_that_is_no_python_script_is_asked_all_the_same(server: FakeServer, folder: Path) -> None:
    (folder / "glance-manage").write_text("#!/bin/sh\n")
    server.revision, server.tables = "yoga_contract01", TABLES
    assert ran(server, folder)["revision_after"] == server.head


def test_revision_cannot_be_compared_without_the_migrations(server: FakeServer, folder: Path) -> None:
    (folder / "glance-manage").write_text("#!/bin/sh\n")
    server.revision, server.tables = "yoga_contract01", TABLES
    assert "Cannot find the migrations" in ran(server, folder, check="version")["msg"]


class FakeError(Exception):
    pass


def fake_pymysql(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def connect(**_arguments: Any) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "pymysql", SimpleNamespace(MySQLError=FakeError, connect=connect))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(FakeError(1045, "Access denied for S3cr@t"), "Access denied.*Is the password there", id="refused"),
        pytest.param(FakeError(2003, "Can't connect (timed out)"), "timed out.*bind-address", id="unreachable"),
        pytest.param(FakeError(9999, "Strange."), "says: Strange.$", id="no advice"),
        pytest.param(RuntimeError("cryptography is required"), "cryptography is required", id="library missing"),
    ],
)
def test_login_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, error: Exception, told: str) -> None:
    fake_pymysql(monkeypatch, error)
    expected = pytest.raises(GlanceError, match=f"controller:3306/glance as user 'glance'.*{told}")
    with expected as failed, db_sync.log_in(target_of(URL, "/c"), "/c"):
        pass
    assert "S3cr" not in str(failed.value)


def test_name_that_does_not_resolve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    error = FakeError(2003, "Can't connect")
    error.original_exception = socket.gaierror(-2, "Name or service not known")  # type: ignore[attr-defined]
    fake_pymysql(monkeypatch, error)
    with pytest.raises(GlanceError, match="/etc/hosts"), db_sync.log_in(target_of(URL, "/c"), "/c"):
        pass


def test_library_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(GlanceError, match="PyMySQL"), db_sync.log_in(target_of(URL, "/c"), "/c"):
        pass


def test_url_options_reach_the_login() -> None:
    url = "mysql://g:x@h/d?ssl_ca=/ca.pem&ssl_check_hostname=false&unix_socket=/run/s&charset=utf8"
    arguments = db_sync.login_arguments(target_of(url, "/c"))
    assert arguments["ssl"] == {"ca": "/ca.pem", "check_hostname": False}
    assert arguments["unix_socket"] == "/run/s"
    assert arguments["connect_timeout"] == db_sync.LOGIN_SECONDS
    assert "charset" not in arguments


class FakeCursor:
    """Answers statements from a table of tables."""

    def __init__(self, rows: dict[str, list[Any]]) -> None:
        self.rows = rows
        self.answer: list[tuple[Any]] = []

    def execute(self, sql: str) -> None:
        if sql == "SHOW TABLES":
            self.answer = [(table,) for table in self.rows if table != "processlist"]
        elif sql.startswith("DROP TABLE"):
            del self.rows[sql.split("`")[1]]
        elif sql.startswith("SELECT"):
            table = sql.split("FROM ")[1].split(" ")[0].strip("`").split(".")[-1]
            self.answer = [(row,) for row in self.rows.get(table, [])]

    def fetchall(self) -> list[tuple[Any]]:
        return self.answer


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        pytest.param({}, State((), frozenset(), frozenset()), id="empty"),
        pytest.param(
            {"alembic_version": ["a"], "metadef_namespaces": ["N"], "migrate_version": [44]},
            State(("a",), frozenset({"alembic_version", "metadef_namespaces", "migrate_version"}), frozenset({"N"})),
            id="named revision",
        ),
        pytest.param(
            {"migrate_version": [34]}, State(("34",), frozenset({"migrate_version"}), frozenset()), id="number"
        ),
    ],
)
def test_state_is_read(rows: dict[str, list[Any]], state: State) -> None:
    assert db_sync.Database(FakeCursor(rows)).state() == state


@pytest.mark.parametrize(
    ("rows", "unused"),
    [
        pytest.param({"images": [], "alembic_version": ["a"]}, True, id="only a revision"),
        pytest.param({"images": ["i"], "alembic_version": ["a"]}, False, id="an image"),
        pytest.param({"images": [], "processlist": [7]}, False, id="another connection"),
    ],
)
def test_database_in_use_is_recognized(rows: dict[str, list[Any]], unused: bool) -> None:
    assert db_sync.Database(FakeCursor(rows)).is_unused() is unused


def test_all_tables_are_dropped() -> None:
    cursor = FakeCursor({"images": [], "alembic_version": ["a"]})
    db_sync.Database(cursor).drop_tables()
    assert cursor.rows == {}
