# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql import session, statement_watch
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import hash_of
from ansible_collections.osops.glance.plugins.modules import database

PASSWORD = "s3same-é"
COLUMNS = ("Host", "Db", "User", "Select_priv", "Drop_priv", "Grant_priv")
GLANCE = {"name": "glance", "user": "glance", "password": PASSWORD, "login_unix_socket": "/run/db.sock"}


class FakeServer:
    """The part of MariaDB that the module uses: questions to its tables, and statements that change them."""

    def __init__(self) -> None:
        self.variables = {"version": "10.11.6-MariaDB", "read_only": "OFF", "lower_case_table_names": "0"}
        self.databases: dict[str, tuple[str, str]] = {}
        self.accounts: dict[tuple[str, str], dict[str, Any]] = {}
        self.grants: dict[tuple[str, str, str], set[str]] = {}
        self.written: list[str] = []
        self.arguments: dict[str, Any] = {}
        self.fails: dict[str, Exception] = {}
        # What a password validation plugin reports of a password.
        self.policy: Callable[[str], list[str]] | None = None
        self.warnings: list[dict[str, Any]] = []
        self.connections: list[dict[str, Any]] = []
        self.logs: dict[str, bool] = {"general_log": False}
        self.charsets: list[str] = []
        self.warned: list[str] = []

    def execute(self, sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        for words, error in self.fails.items():
            if words in sql:
                raise error
        if re.match("SHOW|SELECT", sql):
            return self._answer(sql, arguments)
        if sql.startswith("SET SESSION"):
            return []
        self.written.append(sql)
        verb = "_" + "_".join(sql.split()[: 1 if sql.startswith(("GRANT", "REVOKE")) else 2]).lower()
        getattr(self, verb)(sql, *arguments)
        return []

    def _answer(self, sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        if sql.startswith("SHOW GLOBAL"):
            return [{"Variable_name": name, "Value": value} for name, value in self.variables.items()]
        if sql == "SHOW WARNINGS":
            return self.warnings
        if "PLUGINS" in sql:
            return [{"name": "simple_password_check"}] if self.policy else []
        if "PROCESSLIST" in sql:
            return self.connections
        if "INNODB_TRX" in sql:
            return [{"id": 42, "age": 900}]
        if "general_log" in sql:
            return [{"is_on": self.logs["general_log"]}]
        if "CHARSET" in sql:
            return [{"it": "utf8mb3"}]
        if "SCHEMATA" in sql:
            # As MariaDB does, without regard to case.
            return [
                {"name": name, "encoding": encoding, "collation": collation}
                for name, (encoding, collation) in self.databases.items()
                if name.lower() == arguments[0].lower()
            ]
        if "COLUMNS" in sql:
            return [{"Field": column} for column in COLUMNS]
        if "global_priv" in sql:
            users = (arguments[0], "")
            return [
                {"User": user, "Host": host, "Priv": json.dumps(facts)}
                for (user, host), facts in self.accounts.items()
                if user in users
            ]
        if "mysql.db" in sql:
            return [
                {"Host": host, "Db": name, "User": user, **{f"{each.title()}_priv": "Y" for each in privileges}}
                for (user, host, name), privileges in self.grants.items()
                if user == arguments[0]
            ]
        return []

    def _create_database(self, sql: str) -> None:
        self.databases[sql.split("`")[1]] = ("utf8mb3", "utf8mb3_general_ci")

    def _drop_database(self, sql: str) -> None:
        del self.databases[sql.split("`")[1]]

    def _create_user(self, sql: str, user: str, host: str, password: str | None = None) -> None:
        if password is None:
            return
        if "IDENTIFIED BY" in sql:
            password = self._checked(password)
        elif self.policy:
            raise FakeError(1290, "The MariaDB server is running with the --strict-password-validation option")
        self.accounts[user, host] = {"plugin": "mysql_native_password", "authentication_string": password}

    _alter_user = _create_user

    def _set_password(self, sql: str, user: str, host: str, password: str) -> None:
        account = self.accounts[user, host]
        if account["plugin"] != "mysql_native_password":
            raise FakeError(1699, f"SET PASSWORD is not applicable for users authenticating via {account['plugin']}")
        account["authentication_string"] = self._checked(password)

    def _checked(self, password: str) -> str:
        reasons = self.policy(password) if self.policy else []
        self.warnings = [{"Level": "Warning", "Code": 1819, "Message": reason} for reason in reasons]
        if reasons:
            error = "Your password does not satisfy the current policy requirements (simple_password_check)"
            self.warnings.append({"Level": "Error", "Code": 1819, "Message": error})
            raise FakeError(1819, error)
        return hash_of(password)

    def _drop_user(self, sql: str, user: str, host: str) -> None:
        self.accounts.pop((user, host), None)
        self.grants = {key: value for key, value in self.grants.items() if key[:2] != (user, host)}

    def _grant(self, sql: str, user: str, host: str) -> None:
        named = re.search("GRANT (.*) ON", sql)
        assert named
        given = {"SELECT", "DROP"} if "ALL" in sql else set(named[1].split(", "))
        self.grants.setdefault((user, host, sql.split("`")[1]), set()).update(given)

    def _revoke(self, sql: str, user: str, host: str) -> None:
        named = re.search("REVOKE (.*) ON", sql)
        assert named
        self.grants[user, host, sql.split("`")[1]] -= set(named[1].split(", "))


class FakeError(Exception):
    """An error as PyMySQL raises it: a number and words."""


class FakeCursor:
    def __init__(self, server: FakeServer) -> None:
        self._server = server
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> FakeCursor:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def execute(self, sql: str, arguments: tuple[Any, ...]) -> None:
        self._rows = self._server.execute(sql, arguments)

    def fetchall(self) -> list[dict[str, Any]]:
        return self._rows


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()

    def connect(**arguments: Any) -> Any:
        fake.arguments = arguments
        if "login" in fake.fails:
            raise fake.fails["login"]
        return SimpleNamespace(
            close=lambda: None,
            cursor=lambda: FakeCursor(fake),
            thread_id=lambda: 7,
            set_charset=fake.charsets.append,
        )

    driver = SimpleNamespace(connect=connect, MySQLError=FakeError, cursors=SimpleNamespace(DictCursor=None))
    monkeypatch.setattr(session, "driver", lambda: driver)
    return fake


Run = Callable[..., Any]


@pytest.fixture
def run(server: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def one(check: bool = False, **options: Any) -> Any:
        given = {"ANSIBLE_MODULE_ARGS": {**GLANCE, **options, "_ansible_check_mode": check, "_ansible_diff": True}}
        given["ANSIBLE_MODULE_ARGS"]["config_file"] = "/no/such/file"
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, text, **_more: server.warned.append(text))
        with pytest.raises(SystemExit):
            database.main()
        result = json.loads(capsys.readouterr().out)
        # What Ansible itself adds repeats the arguments, with those that are `no_log` masked.
        result.pop("invocation", None)
        assert "s3same" not in json.dumps(result)
        assert hash_of(PASSWORD) not in json.dumps(result)
        return result

    return one


def test_everything_is_made_once(run: Run, server: FakeServer) -> None:
    predicted = run(check=True)
    assert server.written == []
    first = run()
    assert first["actions"] == predicted["actions"] == dict.fromkeys(
        ("database glance", "account glance@localhost", "grants of glance@localhost on glance",
         "account glance@%", "grants of glance@% on glance"), "create"
    )  # fmt: skip
    assert first["diff"] == predicted["diff"]
    assert first["accounts"] == ["glance@localhost", "glance@%"]
    assert server.accounts["glance", "%"]["authentication_string"] == hash_of(PASSWORD)
    assert not run()["changed"]


def test_rotation_is_one_statement_for_each_account(run: Run, server: FakeServer) -> None:
    run()
    server.written.clear()
    assert run(password="an0ther")["changed"]
    assert [sql.split(" IDENT")[0] for sql in server.written] == ["ALTER USER %s@%s"] * 2
    assert not run(password="an0ther")["changed"]


STRONG = "s3same-É"


def short(password: str) -> list[str]:
    return ["simple_password_check: Not enough upper case letters (< 1)"] if password == password.lower() else []


@pytest.fixture
def strict(server: FakeServer) -> FakeServer:
    """Return a server with a password validation plugin, which refuses hashes."""
    server.variables["strict_password_validation"] = "ON"
    server.policy = short
    return server


def test_password_is_set_as_text_where_a_plugin_checks_it(run: Run, strict: FakeServer) -> None:
    assert run(password=STRONG)["changed"]
    assert strict.accounts["glance", "%"]["authentication_string"] == hash_of(STRONG)
    # What ends in the binary log as text is a random password.
    assert [sql.split()[:2] for sql in strict.written if "PASSWORD" in sql] == [["SET", "PASSWORD"]] * 2
    assert strict.charsets == ["latin1", "utf8mb4"] * 2
    assert not run(password=STRONG)["changed"]
    strict.written.clear()
    assert run(password="An0ther-s3same", tls=True)["changed"]
    assert strict.written == ["SET PASSWORD FOR %s@%s = PASSWORD(%s)", "ALTER USER %s@%s REQUIRE SSL"] * 2


def test_refused_password_is_reported_with_the_reason_and_changes_nothing(run: Run, strict: FakeServer) -> None:
    strict.databases["glance"] = ("utf8mb3", "utf8mb3_general_ci")
    result = run()
    assert result["msg"].endswith(
        "Could not create the account glance@localhost on the server at /run/db.sock: Your password does not satisfy "
        "the current policy requirements (simple_password_check): simple_password_check: Not enough upper case letters "
        "(< 1). Check `password` (glance_database_password in the role glance_database), or the server's variables of "
        "that plugin."
    )
    assert strict.accounts == {}
    strict.accounts["glance", "localhost"] = {"plugin": "unix_socket"}
    assert "Not enough upper case" in run()["msg"]
    assert strict.accounts == {("glance", "localhost"): {"plugin": "unix_socket"}}


def test_account_with_another_login_gets_a_checked_password(run: Run, strict: FakeServer) -> None:
    strict.accounts["glance", "localhost"] = {"plugin": "unix_socket"}
    assert run(password=STRONG, hosts=["localhost"])["changed"]
    assert list(strict.accounts) == [("glance", "localhost")]
    assert strict.accounts["glance", "localhost"]["authentication_string"] == hash_of(STRONG)


@pytest.mark.parametrize("is_on", [False, True])
def test_log_that_gets_the_password_is_reported(run: Run, strict: FakeServer, is_on: bool) -> None:
    strict.logs["general_log"] = is_on
    strict.fails["sql_log_off"] = FakeError(1227, "Access denied; you need the SUPER privilege")
    assert run(password=STRONG)["changed"]
    assert ("Its general log is on" in str(strict.warned)) == is_on


def test_password_as_text_over_a_connection_without_tls_is_reported(run: Run, strict: FakeServer) -> None:
    assert run(password=STRONG, login_unix_socket=None, login_host="db1", login_ca_cert="/ca.pem")["changed"]
    assert strict.warned == []
    assert run(password="An0ther", login_unix_socket=None, login_host="db1")["changed"]
    assert "without TLS" in strict.warned[0]


def test_reason_of_a_vague_error_is_quoted(run: Run, server: FakeServer) -> None:
    server.fails["CREATE USER"] = FakeError(1396, "Operation CREATE USER failed for 'glance'@'localhost'")
    assert "SHOW CREATE USER shows the account" in run()["msg"]
    server.warnings = [{"Level": "Error", "Code": 1290, "Message": "running with the --skip-grant-tables option"}]
    assert run()["msg"].endswith("failed for 'glance'@'localhost': running with the --skip-grant-tables option.")


BACKUP = dict(zip("abcdefgh", (42, "backup", "db1", None, "Sleep", 812, "", "")))


@pytest.fixture
def waits(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Return what releases the lock that CREATE USER waits for."""
    released, killed = threading.Event(), threading.Event()
    execute = server.execute

    def wait(sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        if sql == "KILL QUERY 7":
            killed.set()
            return []
        if "CREATE USER" in sql and not released.is_set():
            server.connections = [BACKUP, WAITER]
            while not released.wait(0.01):
                if killed.is_set():
                    raise FakeError(1317, "Query execution was interrupted")
        return execute(sql, arguments)

    monkeypatch.setattr(server, "execute", wait)
    monkeypatch.setattr(statement_watch, "QUIET_SECONDS", 0.01)
    monkeypatch.setattr(statement_watch, "LOOK_SECONDS", 0.01)
    return released


WAITER = dict(zip("abcdefgh", (7, "root", "localhost", None, "Query", 3, "Waiting for backup lock", "CREATE USER")))


def test_lock_that_is_not_released_is_reported_with_its_holder(run: Run, waits: threading.Event) -> None:
    assert run(login_user="root", lock_timeout=0)["msg"].endswith(
        "it waited 0 seconds (`lock_timeout`) for a lock: Waiting for backup lock. Connections that may hold the lock: "
        "connection 42 of backup@db1 (Sleep for 812 s), transaction open for 900 s. End what it does there, or the "
        "connection (KILL 42)."
    )


def test_lock_that_is_released_is_waited_for(run: Run, server: FakeServer, waits: threading.Event) -> None:
    threading.Timer(0.2, waits.set).start()
    assert run()["changed"]
    assert not run()["changed"]


def test_privileges_are_narrowed_and_come_back(run: Run, server: FakeServer) -> None:
    run()
    assert run(privileges=["SELECT"])["changed"]
    assert server.grants["glance", "%", "glance"] == {"SELECT"}
    assert not run(privileges=["SELECT"])["changed"]
    assert run()["changed"]
    assert not run()["changed"]


@pytest.mark.parametrize("remove_data", [False, True])
def test_absent_keeps_the_data_unless_told(run: Run, server: FakeServer, remove_data: bool) -> None:
    run()
    server.accounts["glance", "controller"] = {}
    assert run(state="absent", remove_data=remove_data)["changed"]
    assert list(server.accounts) == [("glance", "controller")]
    assert list(server.databases) == ([] if remove_data else ["glance"])
    assert not run(state="absent", remove_data=remove_data)["changed"]


def test_database_that_differs_in_case_is_another_one(run: Run, server: FakeServer) -> None:
    server.databases["GLANCE"] = ("utf8mb3", "utf8mb3_general_ci")
    assert run()["actions"]["database glance"] == "create"


def test_session_is_free_of_the_modes_of_the_server(run: Run, server: FakeServer) -> None:
    run(login_password="r00t-pw", login_user="root", login_ca_cert="/ca.pem")
    assert (server.arguments["sql_mode"], server.arguments["autocommit"]) == ("", True)
    assert server.arguments["ssl"] == {"ca": "/ca.pem"}
    assert "host" not in server.arguments


@pytest.mark.parametrize(
    ("at", "error", "words"),
    [
        pytest.param(
            "login",
            FakeError(1698, "Access denied for user 'root'@'localhost'"),
            "Cannot log in to the server at /run/db.sock as 'root': Access denied for user 'root'@'localhost'. This "
            "administrator may log in by the socket only",
            id="not root",
        ),
        pytest.param(
            "CREATE USER",
            FakeError(1227, f"Access denied; near {hash_of(PASSWORD)}"),
            "Could not create the account glance@localhost on the server at /run/db.sock: Access denied; near VALUE "
            "HIDDEN. Check that the administrator has all privileges",
            id="no right to",
        ),
        pytest.param(
            "GRANT",
            FakeError(2013, "Lost connection to MySQL server during query"),
            "Could not create the grants of glance@localhost on glance on the server at /run/db.sock: the connection "
            "was lost (Lost connection to MySQL server during query). What was done until then stays.",
            id="restarted",
        ),
        pytest.param(
            "GRANT",
            FakeError(2013, "Lost connection to MySQL server during query (timed out)"),
            "the server did not answer within 310 seconds",
            id="silent",
        ),
        pytest.param("login", FakeError(2003, "Can't connect"), "that this is its socket.", id="server not running"),
        pytest.param("login", OSError(2, "No such file"), "/run/db.sock as 'root': No such file.", id="no socket"),
        pytest.param(
            "mysql.db",
            FakeError(1142, "SELECT command denied"),
            "Could not read the privileges at /run/db.sock: SELECT command denied.",
            id="no right to read",
        ),
    ],
)
def test_failure_says_what_was_tried_and_what_to_look_at(
    run: Run, server: FakeServer, at: str, error: Exception, words: str
) -> None:
    server.fails[at] = error
    result = run(login_user="root")
    assert result["failed"]
    assert words in result["msg"]
    server.fails.clear()
    run()
    assert not run()["changed"]


def test_replica_is_refused_before_anything_is_written(run: Run, server: FakeServer) -> None:
    server.variables["read_only"] = "ON"
    assert "is read-only" in run(check=True)["msg"]
    assert "is read-only" in run()["msg"]
    assert server.written == []


def test_password_that_cannot_be_sent_is_told(run: Run) -> None:
    assert "`login_password` holds a character that PyMySQL cannot send" in run(login_password="Ω-pw")["msg"]


def test_missing_library_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise GlanceError("Failed to import the required Python library (PyMySQL)")

    monkeypatch.setattr(session, "driver", missing)
    assert "PyMySQL" in run()["msg"]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param(["there", "also"], "there", id="first"),
        pytest.param(["none", "there"], "there", id="first that is there"),
        pytest.param(["none", "neither"], "none", id="none is there"),
    ],
)
def test_socket_is_taken_from_where_it_is(
    run: Run, server: FakeServer, tmp_path: Path, places: list[str], expected: str
) -> None:
    (tmp_path / "there").touch()
    (tmp_path / "also").touch()
    assert run(login_unix_socket=[str(tmp_path / place) for place in places])["changed"]
    assert server.arguments["unix_socket"] == str(tmp_path / expected)
