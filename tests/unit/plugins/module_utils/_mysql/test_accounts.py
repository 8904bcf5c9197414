# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._mysql import accounts
from ansible_collections.osops.glance.plugins.module_utils._mysql.accounts import Account, Current, Grant, Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import hash_of

SERVER = Server("10.11.6-MariaDB-0+deb12u1")
KNOWN = frozenset({"SELECT", "INSERT", "CREATE TEMPORARY TABLES", "DROP", "GRANT OPTION"})
ALL = KNOWN - {"GRANT OPTION"}
HERE, ANYWHERE = "localhost", "%"

WANTED: dict[str, Any] = {
    "state": "present",
    "name": "glance",
    "encoding": None,
    "collation": None,
    "user": "glance",
    "password": "Sesame",
    "hosts": [HERE],
    "privileges": ["ALL"],
    "tls": None,
    "remove_data": False,
}
RIGHT = Account("glance", HERE, hash=hash_of("Sesame"))
GRANTED = Grant(HERE, "glance", None, ALL)


def found(**changed: Any) -> Current:
    """Return a server on which all is right, but for what is changed."""
    right = {
        "server": SERVER,
        "encoding": "utf8mb3",
        "collation": "utf8mb3_general_ci",
        "accounts": [RIGHT],
        "grants": [GRANTED],
        "known": KNOWN,
        "wanted_encoding": "utf8mb3",
    }
    return Current(**{**right, **changed})


def account(**changed: Any) -> Current:
    return found(accounts=[RIGHT._replace(**changed)])


def granted(*grants: Grant) -> Current:
    return found(grants=grants)


def statements(wanted: dict[str, Any], there: Current) -> list[str]:
    """Return the SQL of the plan, with the arguments in it."""
    steps = accounts.plan(wanted, there).steps
    calls = [call for step in steps for call in (step.arguments or {})["statements"]]
    return [sql % tuple(repr(argument) for argument in arguments) for sql, arguments in calls]


NEW_USER = f"CREATE USER 'glance'@'localhost' IDENTIFIED VIA mysql_native_password USING '{hash_of('Sesame')}'"
WRITTEN = f"ALTER USER 'glance'@'localhost' IDENTIFIED VIA mysql_native_password USING '{hash_of('Sesame')}'"
GRANT_ALL = "GRANT ALL PRIVILEGES ON `glance`.* TO 'glance'@'localhost'"
NOWHERE = {"encoding": None, "collation": None}


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        pytest.param({}, found(), [], id="all right"),
        pytest.param(
            {},
            found(**NOWHERE, accounts=[], grants=[]),
            ["CREATE DATABASE IF NOT EXISTS `glance` CHARACTER SET utf8mb3", NEW_USER, GRANT_ALL],
            id="nothing there",
        ),
        pytest.param({"user": None}, found(accounts=[], grants=[]), [], id="user left out"),
        pytest.param(
            {"encoding": "utf8mb4"},
            found(wanted_encoding="utf8mb4"),
            ["ALTER DATABASE `glance` CHARACTER SET utf8mb4"],
            id="another encoding",
        ),
        pytest.param({}, found(encoding="utf8mb4"), [], id="encoding left out"),
        pytest.param(
            {"collation": "utf8_bin"}, found(), ["ALTER DATABASE `glance` COLLATE utf8mb3_bin"], id="collation"
        ),
        pytest.param({"collation": "utf8_general_ci"}, found(), [], id="collation by its alias"),
        pytest.param(
            {"collation": "utf8mb4_bin"},
            found(**NOWHERE),
            ["CREATE DATABASE IF NOT EXISTS `glance` COLLATE utf8mb4_bin"],
            id="the encoding comes with the collation",
        ),
        pytest.param({}, account(hash="*0"), [WRITTEN], id="another password"),
        pytest.param({}, account(hash=RIGHT.hash.lower()), [], id="hash in small letters"),
        pytest.param({"password": None}, account(hash="*0"), [], id="password left out"),
        pytest.param({}, account(expired=True), [WRITTEN], id="expired"),
        pytest.param({}, account(logins=("unix_socket",)), [WRITTEN], id="another way to log in"),
        pytest.param({}, account(logins=("mysql_native_password", "unix_socket")), [WRITTEN], id="two ways to log in"),
        pytest.param({}, account(locked=True), ["ALTER USER 'glance'@'localhost' ACCOUNT UNLOCK"], id="locked"),
        pytest.param({"tls": True}, found(), ["ALTER USER 'glance'@'localhost' REQUIRE SSL"], id="tls"),
        pytest.param({"tls": True}, account(tls="ANY"), [], id="tls is there"),
        pytest.param(
            {"tls": False}, account(tls="X509"), ["ALTER USER 'glance'@'localhost' REQUIRE NONE"], id="no tls"
        ),
        pytest.param({}, account(tls="ANY"), [], id="tls left out"),
        pytest.param(
            {"tls": True},
            account(hash="*0", locked=True),
            [f"{WRITTEN} REQUIRE SSL ACCOUNT UNLOCK"],
            id="one statement for an account",
        ),
        pytest.param({"tls": True}, found(accounts=[]), [f"{NEW_USER} REQUIRE SSL"], id="new with tls"),
        pytest.param({"hosts": ["LocalHost", "localhost"]}, found(), [], id="hosts differ in case only"),
        pytest.param(
            {"name": "a`b%c", "user": None},
            found(**NOWHERE),
            ["CREATE DATABASE IF NOT EXISTS `a``b%c` CHARACTER SET utf8mb3"],
            id="quoted name",
        ),
        pytest.param({"name": "GLANCE"}, found(server=SERVER._replace(folds_case=True)), [], id="server folds case"),
    ],
)
def test_statements_lead_to_what_is_wanted(wanted: dict[str, Any], there: Current, expected: list[str]) -> None:
    assert statements({**WANTED, **wanted}, there) == expected


TO, FROM = "TO 'glance'@'localhost'", "FROM 'glance'@'localhost'"
ON_TABLE = Grant(HERE, "glance", "images", frozenset({"SELECT", "DROP"}))


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        pytest.param({}, granted(), [GRANT_ALL], id="none"),
        pytest.param({}, granted(GRANTED._replace(host="10.%")), [GRANT_ALL], id="of another account"),
        pytest.param({}, granted(GRANTED._replace(privileges=ALL - {"DROP"})), [GRANT_ALL], id="one lacks"),
        pytest.param(
            {"privileges": ["select", "insert"]},
            granted(GRANTED),
            [f"REVOKE CREATE TEMPORARY TABLES, DROP ON `glance`.* {FROM}"],
            id="narrowed",
        ),
        pytest.param(
            {"privileges": ["INSERT"]},
            granted(GRANTED._replace(privileges=frozenset({"SELECT"}))),
            [f"GRANT INSERT ON `glance`.* {TO}", f"REVOKE SELECT ON `glance`.* {FROM}"],
            id="given before taken",
        ),
        pytest.param(
            {},
            granted(GRANTED._replace(privileges=KNOWN)),
            [f"REVOKE GRANT OPTION ON `glance`.* {FROM}"],
            id="too many",
        ),
        pytest.param({"privileges": []}, granted(), [], id="none is wanted"),
        pytest.param({"privileges": ["all privileges"]}, found(), [], id="all by its long name"),
        pytest.param({}, granted(GRANTED, GRANTED._replace(database="keystone")), [], id="elsewhere"),
        pytest.param(
            {"name": "my_glance"},
            granted(GRANTED._replace(database="my_glance")),
            [
                rf"GRANT ALL PRIVILEGES ON `my\_glance`.* {TO}",
                f"REVOKE CREATE TEMPORARY TABLES, DROP, INSERT, SELECT ON `my_glance`.* {FROM}",
            ],
            id="wildcard in the name",
        ),
        pytest.param({"name": "my_glance"}, granted(GRANTED._replace(database=r"my\_glance")), [], id="escaped"),
        pytest.param({}, granted(GRANTED, ON_TABLE), [], id="on a table, within those on the database"),
        pytest.param(
            {"privileges": ["SELECT"]},
            granted(GRANTED._replace(privileges=frozenset({"SELECT"})), ON_TABLE),
            [f"REVOKE DROP ON `glance`.`images` {FROM}"],
            id="on a table, beyond",
        ),
    ],
)
def test_grants_on_the_database_are_exact(wanted: dict[str, Any], there: Current, expected: list[str]) -> None:
    assert statements({**WANTED, **wanted}, there) == expected


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        pytest.param({}, found(), ["DROP USER IF EXISTS 'glance'@'localhost'"], id="the data stays"),
        pytest.param(
            {"remove_data": True},
            found(),
            ["DROP USER IF EXISTS 'glance'@'localhost'", "DROP DATABASE IF EXISTS `glance`"],
            id="the data goes",
        ),
        pytest.param({"remove_data": True, "user": None}, found(), ["DROP DATABASE IF EXISTS `glance`"], id="no user"),
        pytest.param({}, found(accounts=[RIGHT._replace(host="10.%")]), [], id="other hosts stay"),
        pytest.param({"remove_data": True}, found(**NOWHERE, accounts=[]), [], id="nothing there"),
    ],
)
def test_absent_removes_what_is_named(wanted: dict[str, Any], there: Current, expected: list[str]) -> None:
    assert statements({**WANTED, "state": "absent", **wanted}, there) == expected


def test_diff_says_what_changes_and_no_secret() -> None:
    there = found(
        accounts=[RIGHT._replace(logins=("ed25519",), tls="X509")], grants=[GRANTED._replace(privileges=KNOWN)]
    )
    plan = accounts.plan({**WANTED, "tls": True, "privileges": ["SELECT"]}, there)
    assert plan.diff() == {
        "before": {
            "account glance@localhost": {
                "login": "ed25519",
                "password": f"{SECRET} (another one)",
                "tls": "with a certificate",
            },
            "grants of glance@localhost on glance": {"glance": ["ALL", "GRANT OPTION"]},
        },
        "after": {
            "account glance@localhost": {"login": "mysql_native_password", "password": SECRET, "tls": "required"},
            "grants of glance@localhost on glance": {"glance": ["SELECT"]},
        },
    }
    assert RIGHT.hash not in str(plan.diff())


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param({"name": ""}, "`name` holds an empty string", id="empty name"),
        pytest.param({"hosts": [""]}, "`hosts` holds an empty string", id="empty host"),
        pytest.param({"password": ""}, "`password` holds an empty string", id="empty password"),
        pytest.param({"name": "MySQL"}, "a database of the server itself", id="the server's own"),
        pytest.param({"encoding": "utf8; DROP"}, "letters, digits and underscores only", id="encoding"),
        pytest.param({"password": "Sesame-Ω"}, "`password` holds a character that PyMySQL cannot send", id="password"),
    ],
)
def test_what_cannot_be_told_to_the_server_is_refused(wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(GlanceError, match=words) as failure:
        accounts.check({**WANTED, **wanted})
    assert "Sesame" not in str(failure.value)


@pytest.mark.parametrize(
    ("wanted", "there", "words"),
    [
        pytest.param({"password": None}, found(accounts=[]), "`password` is left out", id="new without password"),
        pytest.param({"privileges": ["SUPER"]}, found(), "`privileges` holds SUPER", id="not of a database"),
        pytest.param({"privileges": ["GRANT OPTION"]}, found(), "holds GRANT OPTION", id="to grant further"),
    ],
)
def test_what_cannot_be_planned_is_told(wanted: dict[str, Any], there: Current, words: str) -> None:
    with pytest.raises(GlanceError, match=words):
        accounts.plan({**WANTED, **wanted}, there)


CLUSTER = {"wsrep_ready": "ON", "wsrep_cluster_status": "Primary", "wsrep_local_state_comment": "Synced"}


@pytest.mark.parametrize(
    ("server", "words"),
    [
        pytest.param(SERVER, None, id="bookworm"),
        pytest.param(Server("5.5.5-10.3.39-MariaDB"), None, id="behind a proxy"),
        pytest.param(Server("8.0.36-0ubuntu0.22.04.1"), "is not MariaDB", id="mysql"),
        pytest.param(Server("5.5.68-MariaDB"), "5.5.68-MariaDB: this needs MariaDB 10.2 or later", id="centos 7"),
        pytest.param(SERVER._replace(cluster=CLUSTER), None, id="node at work"),
        pytest.param(
            SERVER._replace(cluster={**CLUSTER, "wsrep_ready": "OFF", "wsrep_cluster_status": "non-Primary"}),
            "wsrep_cluster_status is 'non-Primary'",
            id="node cut off",
        ),
    ],
)
def test_server_is_one_to_work_with(server: Server, words: str | None) -> None:
    if words is None:
        accounts.check_server(server, "controller:3306")
        return
    with pytest.raises(GlanceError, match=f"The server at controller:3306 .*{words}"):
        accounts.check_server(server, "controller:3306")


def test_read_only_server_is_refused_only_where_something_changes() -> None:
    replica = SERVER._replace(is_read_only=True)
    accounts.check_writable(replica, Plan(), "db")
    with pytest.raises(GlanceError, match=r"read-only .* \(database glance\)"):
        accounts.check_writable(replica, Plan((Step("database glance", "create"),)), "db")


@pytest.mark.parametrize(
    ("hosts", "other", "words"),
    [
        pytest.param([ANYWHERE], Account("", HERE), "an anonymous account, ''@'localhost'", id="anonymous"),
        pytest.param(
            [ANYWHERE], Account("glance", "controller"), "another password, 'glance'@'controller'", id="other"
        ),
        pytest.param([ANYWHERE], RIGHT._replace(host="controller"), None, id="the same password"),
        pytest.param([ANYWHERE, HERE], Account("", HERE), None, id="ours is as specific"),
        pytest.param([HERE], Account("", "controller"), None, id="another place"),
        pytest.param(["10.0._.%"], Account("glance", "10.0.1.5"), "'10.0.1.5'", id="wildcards"),
        pytest.param(["10.0.1.5"], Account("glance", ANYWHERE), None, id="less specific"),
    ],
)
def test_accounts_that_shadow_ours_are_told(hosts: list[str], other: Account, words: str | None) -> None:
    told = accounts.warnings({**WANTED, "hosts": hosts}, found(accounts=[RIGHT, other]))
    assert [words in warning for warning in told if words] == [True] * bool(words)
    assert len(told) == bool(words)


def test_power_over_all_databases_is_told() -> None:
    (told,) = accounts.warnings(WANTED, account(rules_all=True))
    assert "glance@localhost has privileges on all databases" in told


ROW = {"User": "glance", "Host": "%"}
OLD = {**ROW, "Password": "*1", "plugin": "", "authentication_string": "", "ssl_type": "ANY", "is_role": "N"}


def priv(**facts: Any) -> dict[str, Any]:
    return {**ROW, "Priv": json.dumps({"access": 0, **facts})}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            priv(plugin="mysql_native_password", authentication_string="*1", password_last_changed=1),
            Account("glance", "%", hash="*1"),
            id="plain",
        ),
        pytest.param(
            priv(plugin="mysql_native_password", auth_or=[{}, {"plugin": "unix_socket"}], access=1),
            Account("glance", "%", logins=("mysql_native_password", "unix_socket"), rules_all=True),
            id="two ways",
        ),
        pytest.param(
            priv(plugin="ed25519", ssl_type=2, account_locked=True, password_last_changed=0),
            Account("glance", "%", logins=("ed25519",), tls="X509", locked=True, expired=True),
            id="everything else",
        ),
        pytest.param(priv(is_role=True), None, id="role"),
        pytest.param(OLD, Account("glance", "%", hash="*1", tls="ANY"), id="before 10.4"),
        pytest.param({**OLD, "is_role": "Y"}, None, id="role before 10.4"),
    ],
)
def test_account_is_read(row: dict[str, Any], expected: Account | None) -> None:
    assert accounts.account_of(row) == expected


def test_grants_are_read() -> None:
    on_database = {"Host": "%", "Db": "glance", "User": "glance", "Select_priv": "Y", "Create_tmp_table_priv": "Y",
                   "Grant_priv": "Y", "Drop_priv": "N"}  # fmt: skip
    on_table = {"Host": "%", "Db": "glance", "Table_name": "images", "Table_priv": "Select,Delete versioning rows",
                "Column_priv": "Insert"}  # fmt: skip
    assert accounts.grants_of([on_database], [on_table]) == [
        Grant("%", "glance", None, frozenset({"SELECT", "CREATE TEMPORARY TABLES", "GRANT OPTION"})),
        Grant("%", "glance", "images", frozenset({"SELECT", "DELETE HISTORY", "INSERT"})),
    ]
    assert accounts.known_privileges(["Host", "Select_priv", "Grant_priv"]) == {"SELECT", "GRANT OPTION"}


@pytest.mark.parametrize(
    ("version", "table"), [pytest.param("10.3.39-MariaDB", "user"), pytest.param("10.5.1-MariaDB", "global_priv")]
)
def test_accounts_are_asked_for_where_they_are_kept(version: str, table: str) -> None:
    sql, arguments = accounts.accounts_question(Server(version), "glance")
    assert f"mysql.{table} " in sql
    assert arguments == ("glance",)
