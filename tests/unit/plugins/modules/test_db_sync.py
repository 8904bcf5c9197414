# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any, Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.login import LoginRefused
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import Namespace, defined_in
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import Leftover, State, Target
from ansible_collections.osops.glance.plugins.modules import db_sync
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

URL = "mysql+pymysql://glance:S3cr%40t@controller/glance"
TABLES = frozenset({"images", "alembic_version", "metadef_namespaces"})
DEFINITIONS = {"cpu.json": "OS::CPU", "quota.json": "OS::Quota"}


SCRIPTS = {
    "yoga_expand01": (),
    "yoga_contract01": ("yoga_expand01",),
    "zed_expand01": ("yoga_expand01",),
    "zed_contract01": ("yoga_contract01", "zed_expand01"),
}


def definition(name: str, *properties: str) -> str:
    return json.dumps({"namespace": name, "properties": {one: {"type": "string"} for one in properties}})


class FakeServer:
    """A database server and the glance-manage that works on it."""

    def __init__(self) -> None:
        self.revisions: list[str] = []
        self.head = "zed_contract01"
        self.namespaces: dict[str, Namespace] = {}
        self.tables: frozenset[str] = frozenset()
        self.unused = True
        self.rows_to_migrate = 0
        self.fails: dict[str, list[tuple[int, str]]] = {}
        self.ran: list[list[str]] = []
        self.locked_for: list[int] = []
        self.while_waiting: Callable[[], None] = lambda: None
        self.taken_back: list[Leftover] = []
        self.has_data = False
        self.refuses: tuple[GlanceError, ...] = ()

    @property
    def revision(self) -> str | None:
        return ", ".join(self.revisions) or None

    def is_at(self, *revisions: str) -> None:
        self.revisions, self.tables = list(revisions), TABLES

    def state(self) -> State:
        return State(tuple(self.revisions), self.tables, dict(self.namespaces))

    def is_unused(self) -> bool:
        return self.unused

    def drop_tables(self) -> None:
        self.revisions, self.tables = [], frozenset()

    def take_back(self, leftover: Leftover) -> bool:
        self.taken_back.append(leftover)
        return not self.has_data

    def manage(self, command: list[str]) -> tuple[int, str]:
        self.ran.append(command)
        failures = self.fails.get(" ".join(command[:2]), self.fails.get(command[0], []))
        if failures:
            # The last one stays.
            return failures.pop(0) if len(failures) > 1 else failures[0]
        if command == ["db_version"]:
            return 0, f"{self.revision or 'Database is not under migration control'}\n"
        if command[0] == "db_load_metadefs":
            self.load(*command[1:])
            return 0, ""
        return self.on_schema(command)

    def on_schema(self, command: list[str]) -> tuple[int, str]:
        if command == ["db", "check"]:
            return self.stage(), ""
        if self.tables and not self.revisions:
            return 1, "OperationalError: (1050, \"Table 'images' already exists\") of glance:S3cr@t"
        self.tables = TABLES
        if command == ["db", "expand"]:
            self.revisions = [*(one for one in self.revisions if "contract" in one), "zed_expand01"]
        elif command == ["db", "migrate"]:
            rows, self.rows_to_migrate = self.rows_to_migrate, 0
            return 0, f"Migrated {rows} rows" if rows else "Database migration is up to date. No migration needed."
        else:
            self.revisions = [self.head]
        return 0, ""

    def stage(self) -> int:
        if self.head in self.revisions:
            return 0
        if "zed_expand01" not in self.revisions:
            return 3
        return 4 if self.rows_to_migrate else 5

    def load(self, path: str, merge: str = "", prefer_new: str = "") -> None:
        files = [Path(path)] if path.endswith(".json") else sorted(Path(path).iterdir())
        for file in files:
            name, new = defined_in(file.read_text(), str(file))
            old = self.namespaces.get(name)
            if old and merge:
                items = {**old.items, **new.items} if prefer_new else {**new.items, **old.items}
                self.namespaces[name] = replace(new, items=items, number=old.number)
            elif not old:
                self.namespaces[name] = replace(new, number=len(self.namespaces) + 1)


class FakeCommand:
    """A command that has ended when it is started."""

    server: FakeServer
    folder: Path
    started: list[list[str]]

    def __init__(self, arguments: list[str], inherited: Any = ()) -> None:
        self.started.append(arguments)
        self.result = (0, f"{self.folder}\n") if "-c" in arguments else self.manage(arguments)

    def manage(self, arguments: list[str]) -> tuple[int, str]:
        return self.server.manage(arguments[arguments.index("--log-dir=") + 1 :])

    def wait(self, poll: Callable[[], None] | None = None) -> tuple[int, str]:
        return self.result

    def stop(self) -> None:
        pass


class FakeDbSync(FakeModule):
    def __init__(self, server: FakeServer, folder: Path, check_mode: bool = False, **given: Any) -> None:
        super().__init__(db_sync.OPTIONS, check_mode, **{"config_file": str(folder / "glance-api.conf"), **given})
        self.server = server
        self.folder = folder

    def get_bin_path(self, name: str) -> str | None:
        path = self.folder / name
        return str(path) if path.exists() else None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeServer:
    fake = FakeServer()

    @contextmanager
    def log_in(_target: Target, _config_file: str, *_seconds: int) -> Iterator[FakeServer]:
        for error in fake.refuses:
            raise error
        yield fake

    @contextmanager
    def locked(_target: Target, _config_file: str, seconds: int) -> Iterator[None]:
        fake.locked_for.append(seconds)
        fake.while_waiting()
        yield

    command = type("Command", (FakeCommand,), {"server": fake, "folder": tmp_path, "started": []})
    monkeypatch.setattr(db_sync, "log_in", log_in)
    monkeypatch.setattr(db_sync, "locked", locked)
    monkeypatch.setattr(db_sync, "BackgroundCommand", command)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a host on which Glance is installed and configured."""
    (tmp_path / "glance-api.conf").write_text(f"[database]\nconnection = {URL}\n")
    (tmp_path / "glance-manage").write_text("#!/opt/glance/bin/python3\n")
    versions = tmp_path / db_sync.MIGRATIONS[0]
    versions.mkdir(parents=True)
    for revision, before in SCRIPTS.items():
        (versions / f"{revision}.py").write_text(f"revision = '{revision}'\ndown_revision = {before!r}\n")
    (tmp_path / "metadefs").mkdir()
    for name, namespace in DEFINITIONS.items():
        (tmp_path / "metadefs" / name).write_text(definition(namespace, "a", "b", "c"))
    return tmp_path


def ran(server: FakeServer, folder: Path, **arguments: Any) -> dict[str, Any]:
    """Run the module and return its result."""
    arguments = {"metadefs": str(folder / "metadefs"), **arguments}
    return FakeDbSync(server, folder, **arguments).end(db_sync.DbSync)


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
    assert [command for command in server.ran if command != ["db", "check"]] == []
    assert server.locked_for == []
    assert predicted == ran(server, folder)


@pytest.mark.parametrize("check", ["command", "version"])
def test_older_schema_is_migrated(server: FakeServer, folder: Path, check: str) -> None:
    server.is_at("yoga_contract01")
    server.load(str(folder / "metadefs"))
    result = ran(server, folder, check=check)
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
    assert (["db", "check"] in server.ran) is (check == "command")
    assert not ran(server, folder, check=check)["changed"]


def test_only_the_missing_definitions_are_loaded(server: FakeServer, folder: Path) -> None:
    server.is_at(server.head)
    server.load(str(folder / "metadefs" / "cpu.json"))
    assert ran(server, folder)["metadefs_loaded"] == ["OS::Quota"]
    assert ["db_sync"] not in server.ran


def test_definitions_are_left_alone_when_not_asked_for(server: FakeServer, folder: Path) -> None:
    assert ran(server, folder, metadefs=None)["metadefs_loaded"] == []
    assert [command[0] for command in server.ran if command[0].startswith("db_")] == ["db_sync"]


def test_glance_manage_runs_as_its_user_with_this_configuration_only(server: FakeServer, folder: Path) -> None:
    module = FakeDbSync(server, folder, user="image", timeout=7)
    db_sync.DbSync(module).manage("db_sync")  # type: ignore[arg-type]
    assert db_sync.BackgroundCommand.started == [  # type: ignore[attr-defined]
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
    server.is_at("2026_1_contract01")
    assert "2026_1_contract01, which the installed release does not know" in ran(server, folder)["msg"]
    assert server.ran == []


def test_failure_is_told_without_the_password(server: FakeServer, folder: Path) -> None:
    server.fails["db_sync"] = [(1, "Traceback\nSomeError: no way with glance:S3cr%40t@controller")]
    message = ran(server, folder)["msg"]
    assert "`glance-manage db_sync` ended with 1, on the database controller:3306/glance: SomeError: no way" in message
    assert "S3cr" not in message


# Each character that a library writes in another way than the others.
PASSWORD = "S3cr:at/Seri%41 #Oak$Elm+\"Ash'\\Fir&é"
PIECES = ("S3cr", "Seri", "Oak", "Elm", "Ash", "Fir")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(PASSWORD, id="plain"),
        pytest.param(quote(PASSWORD), id="urllib"),
        pytest.param(quote(PASSWORD, safe=""), id="urllib, with the slash"),
        pytest.param(quote_plus(PASSWORD), id="urllib, for a form"),
        pytest.param(re.sub("[:@/]", lambda found: f"%{ord(found[0]):X}", PASSWORD), id="SQLAlchemy 1"),
        pytest.param(quote(PASSWORD, safe=" +"), id="SQLAlchemy 2"),
        pytest.param(re.sub("%..", lambda found: found[0].lower(), quote(PASSWORD, safe="")), id="lower case"),
        pytest.param(quote(quote(PASSWORD, safe=""), safe=""), id="encoded twice"),
        pytest.param(PASSWORD.replace("$", "$$"), id="oslo.config"),
        pytest.param(PASSWORD.replace("%", "%%"), id="configparser"),
        pytest.param(repr(PASSWORD), id="repr"),
        pytest.param(json.dumps(PASSWORD), id="JSON"),
        pytest.param(escape(PASSWORD), id="HTML"),
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("OperationalError: (1045) mysql+pymysql://glance:{}@controller/glance", id="URL"),
        pytest.param(
            "ArgumentError: Could not parse SQLAlchemy URL from string 'mysql://glance:{}@h/g'", id="quoted URL"
        ),
        pytest.param("SomeError: the password {} is refused", id="alone"),
        pytest.param("the connection is mysql://glance:{}@h/g for now", id="no exception"),
    ],
)
def test_password_is_hidden_in_every_form_that_a_library_prints(
    server: FakeServer, folder: Path, line: str, form: str
) -> None:
    # What is secret is read from the file; in there, a dollar sign may be doubled or percent-encoded.
    for encoded in (quote(PASSWORD, safe=""), quote(PASSWORD, safe="$").replace("$", "$$")):
        (folder / "glance-api.conf").write_text(
            f"[database]\nconnection = mysql+pymysql://glance:{encoded}@controller/glance\n"
        )
        server.fails["db_sync"] = [(1, f"Traceback\n{line.format(form)}")]
        message = ran(server, folder)["msg"]
        assert "`glance-manage db_sync` ended with 1" in message
        assert [piece for piece in PIECES if piece.lower() in message.lower()] == []


def test_other_secrets_of_the_configuration_are_hidden(server: FakeServer, folder: Path) -> None:
    with (folder / "glance-api.conf").open("a") as file:
        file.write(
            "[DEFAULT]\ntransport_url = rabbit://glance:Sesame%24x@mq\n[keystone_authtoken]\npassword = 0penUp99\n"
        )
    server.fails["db_sync"] = [(1, "SomeError: rabbit://glance:Sesame%24x@mq and Sesame$x and 0penUp99")]
    message = ran(server, folder)["msg"]
    assert "SomeError: rabbit://glance:VALUE HIDDEN@mq and VALUE HIDDEN and VALUE HIDDEN" in message


@pytest.mark.parametrize(
    ("has_database", "changed", "assumed"),
    [
        pytest.param(True, False, "assumes that the schema is current", id="account"),
        pytest.param(False, True, "assumes an empty database", id="database"),
    ],
)
@pytest.mark.parametrize("phase", ["all", "none"])
def test_refused_login_is_a_warning_in_check_mode_alone(
    server: FakeServer, folder: Path, phase: str, has_database: bool, changed: bool, assumed: str
) -> None:
    server.refuses = (LoginRefused("Cannot log in: Access denied.", has_database),)
    predicted = ran(server, folder, check_mode=True, phase=phase)
    assert predicted["changed"] == (changed and phase == "all")
    assert predicted["database"] == "controller:3306/glance"
    assert "Cannot log in: Access denied." in predicted["warnings"][0]
    assert assumed in predicted["warnings"][0]
    assert ran(server, folder, phase=phase)["msg"] == "Cannot log in: Access denied."


def test_unreachable_server_is_a_failure_in_check_mode_too(server: FakeServer, folder: Path) -> None:
    server.refuses = (GlanceError("Cannot log in: timed out."),)
    assert ran(server, folder, check_mode=True)["msg"] == "Cannot log in: timed out."


def test_run_that_takes_too_long_is_told(server: FakeServer, folder: Path) -> None:
    server.fails["db_sync"] = [(124, "")]
    assert "did not end within 600 seconds" in ran(server, folder)["msg"]


def test_check_that_the_release_does_not_have_is_told(server: FakeServer, folder: Path) -> None:
    server.is_at("yoga_contract01")
    server.fails["db"] = [(2, "error: argument action: invalid choice: 'check'")]
    assert "need `check: version`" in ran(server, folder)["msg"]


def test_success_that_made_no_tables_is_refused(server: FakeServer, folder: Path) -> None:
    server.fails["db_sync"] = [(0, "all is well")]
    assert "database controller:3306/glance is without a revision" in ran(server, folder)["msg"]


def test_definitions_that_did_not_arrive_are_named(server: FakeServer, folder: Path) -> None:
    server.fails["db_load_metadefs"] = [(0, "Permission denied")]
    assert "does not have all of OS::CPU, OS::Quota: Permission denied" in ran(server, folder)["msg"]


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
    server.is_at("yoga_contract01")
    assert ran(server, folder)["revision_after"] == server.head


def python_2_7() -> str:
    """Return the path of a Python 2.7 that starts; pytest skips the test on a machine without it."""
    command = [shutil.which("python2.7") or "false", "-c", "import sys; print(sys.executable)"]
    started = subprocess.run(command, check=False, capture_output=True, text=True)
    if started.returncode:
        pytest.skip("There is no python2.7 on this machine.")
    return started.stdout.strip()


@pytest.mark.parametrize(
    ("python", "lines"),
    [
        pytest.param(lambda: sys.executable, "#!{python}", id="python3"),
        pytest.param(lambda: sys.executable, "#!{python} -s", id="interpreter with an argument"),
        pytest.param(python_2_7, "#!{python}", id="python2.7"),
        pytest.param(lambda: sys.executable, "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''", id="long path"),
    ],
)
def test_release_is_read_with_the_interpreter_of_glance_manage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: Callable[[], str], lines: str
) -> None:
    versions = tmp_path / "lib/glance/db/sqlalchemy/alembic_migrations/versions"
    versions.mkdir(parents=True)
    (tmp_path / "lib/glance/__init__.py").touch()
    for revision, scripts in (("pike01", "ocata01"), ("pike_contract01", "ocata_contract01")):
        (versions / f"{revision}.py").write_text(f"revision = '{revision}'\ndown_revision = '{scripts}'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    # The interpreter is called by another path than that of the module, so that the module starts it.
    (tmp_path / "open stack").mkdir()
    interpreter = tmp_path / ("open stack" if "exec" in lines else "") / "python"
    interpreter.symlink_to(python())
    (tmp_path / "glance-manage").write_text(lines.format(python=interpreter) + "\n")
    assert db_sync.installed_release(str(tmp_path / "glance-manage")).heads == ("pike01", "pike_contract01")


def test_revision_cannot_be_compared_without_the_migrations(server: FakeServer, folder: Path) -> None:
    (folder / "glance-manage").write_text("#!/bin/sh\n")
    server.is_at("yoga_contract01")
    assert "Cannot find the migrations" in ran(server, folder, check="version")["msg"]


# Phases ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", ["command", "version"])
def test_upgrade_in_phases(server: FakeServer, folder: Path, check: str) -> None:
    server.is_at("yoga_contract01")
    server.rows_to_migrate = 3
    for phase, revision in (
        ("expand", "yoga_contract01, zed_expand01"),
        ("migrate", "yoga_contract01, zed_expand01"),
        ("contract", "zed_contract01"),
    ):
        predicted = ran(server, folder, phase=phase, check=check, metadefs=None, check_mode=True)
        done = ran(server, folder, phase=phase, check=check, metadefs=None)
        assert predicted == done
        assert (done["changed"], done["revision_after"]) == (True, revision)
        assert not ran(server, folder, phase=phase, check=check, metadefs=None)["changed"]


def test_phase_out_of_order_does_nothing(server: FakeServer, folder: Path) -> None:
    server.is_at("yoga_contract01")
    assert "run `phase: expand` first" in ran(server, folder, phase="contract")["msg"]
    assert server.ran == [["db", "check"]]


def test_all_phases_at_once_end_what_was_begun_in_phases(server: FakeServer, folder: Path) -> None:
    server.is_at("yoga_contract01", "zed_expand01")
    assert ran(server, folder)["revision_after"] == server.head
    assert not ran(server, folder)["changed"]


# Nothing but a look ----------------------------------------------------------------------------------------------


def test_host_that_does_not_migrate_proves_its_login_and_the_schema(server: FakeServer, folder: Path) -> None:
    assert "has no schema of the Image service" in ran(server, folder, phase="none")["msg"]
    assert not ran(server, folder, phase="none", check_mode=True)["changed"]
    server.is_at(server.head)
    done = ran(server, folder, phase="none")
    assert (done["changed"], done["revision_after"], done["metadefs_loaded"]) == (False, server.head, [])
    assert (server.ran, server.locked_for) == ([], [])


@pytest.mark.parametrize("lost", ["glance-api.conf", "glance-manage"])
def test_bare_host_that_does_not_migrate_predicts_nothing(server: FakeServer, folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    predicted = ran(server, folder, phase="none", check_mode=True)
    assert not predicted["changed"]
    assert f"{lost} on this host" in ran(server, folder, phase="none")["msg"]


def test_host_that_does_not_migrate_refuses_a_newer_schema(server: FakeServer, folder: Path) -> None:
    server.is_at("2026_1_contract01")
    assert "cannot be downgraded" in ran(server, folder, phase="none", check_mode=True)["msg"]


# Others, and interruptions ---------------------------------------------------------------------------------------


def test_who_comes_second_finds_the_work_done(server: FakeServer, folder: Path) -> None:
    def other() -> None:
        server.is_at(server.head)
        server.load(str(folder / "metadefs"))

    server.while_waiting = other
    done = ran(server, folder, timeout=7)
    assert (done["changed"], done["revision_before"], done["metadefs_loaded"]) == (False, server.head, [])
    assert server.locked_for == [7]
    assert ["db_sync"] not in server.ran


def test_server_that_goes_away_is_waited_for(server: FakeServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off = (1, "OperationalError: (2013, 'Lost connection to MySQL server during query')")
    server.fails["db_sync"] = [cut_off, (1, "OperationalError: (1050, \"Table 'images' already exists\")"), (0, "")]
    server.tables = frozenset({"images"})

    def drop_tables() -> None:
        server.is_at(server.head)

    monkeypatch.setattr(server, "drop_tables", drop_tables)
    done = ran(server, folder)
    assert done["changed"]
    assert "went away during the migration" in done["warnings"][0]


def test_interrupted_upgrade_is_taken_up_again(server: FakeServer, folder: Path) -> None:
    server.is_at("yoga_contract01")
    server.unused = False
    said = 'OperationalError: (1060, "Duplicate column name")\n[SQL: ALTER TABLE tasks ADD COLUMN {} INTEGER]'
    failures = [(1, said.format("a")), (1, said.format("b"))]
    server.fails["db_sync"] = [*failures, (1, "OperationalError: (1045, 'no')")]
    assert "(1045" in ran(server, folder)["msg"]
    a, b = Leftover("column", "tasks", "a"), Leftover("column", "tasks", "b")
    # What the second attempt added before it tripped is in the way of the third.
    assert server.taken_back == [a, a, b]


def test_interrupted_upgrade_with_data_is_only_told(server: FakeServer, folder: Path) -> None:
    server.is_at("yoga_contract01")
    server.unused, server.has_data = False, True
    said = 'OperationalError: (1060, "Duplicate column name")\n[SQL: ALTER TABLE tasks ADD COLUMN a INTEGER]'
    server.fails["db_sync"] = [(1, said)]
    assert "restore the database" in ran(server, folder)["msg"]


# Definitions -----------------------------------------------------------------------------------------------------


def begun(server: FakeServer, folder: Path, *properties: str) -> None:
    """Leave what a loading that was killed leaves."""
    server.is_at(server.head)
    (folder / "begun.json").write_text(definition("OS::Quota", *properties))
    server.load(str(folder / "metadefs" / "cpu.json"))
    server.load(str(folder / "begun.json"))


@pytest.mark.parametrize("properties", [[], ["a"], ["a", "b"]])
def test_namespace_that_was_only_begun_is_completed(server: FakeServer, folder: Path, properties: list[str]) -> None:
    begun(server, folder, *properties)
    predicted = ran(server, folder, check_mode=True)
    assert predicted["metadefs_loaded"] == ["OS::Quota"]
    assert predicted == ran(server, folder)
    assert not ran(server, folder)["changed"]


@pytest.mark.parametrize("properties", [["b", "c"], ["a", "b", "x"], ["a", "c"]])
def test_what_was_removed_or_added_by_hand_stays(server: FakeServer, folder: Path, properties: list[str]) -> None:
    begun(server, folder, *properties)
    assert not ran(server, folder)["changed"]


def test_definitions_are_merged_on_request(server: FakeServer, folder: Path) -> None:
    begun(server, folder, "a", "own")
    assert ran(server, folder, metadefs_merge=True)["metadefs_loaded"] == ["OS::Quota"]
    assert [name for _kind, name in server.namespaces["OS::Quota"].items] == ["a", "own", "b", "c"]
    assert not ran(server, folder, metadefs_merge=True)["changed"]
