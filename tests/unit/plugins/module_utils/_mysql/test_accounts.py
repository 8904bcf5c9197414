# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql.accounts import accounts_query, parse_account
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Account, Current, Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.planner import make_plan
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import (
    ACCOUNT,
    DESIRED,
    NEW_USER,
    SET_PASSWORD,
    current,
    statements,
    with_account,
)


@pytest.mark.parametrize(
    ("changes", "state", "expected"),
    [
        pytest.param({}, with_account(password_hash="*0"), [SET_PASSWORD], id="other password"),
        pytest.param({}, with_account(password_hash=ACCOUNT.password_hash.lower()), [], id="hash in lower case"),
        pytest.param({"password": None}, with_account(password_hash="*0"), [], id="password omitted"),
        pytest.param({}, with_account(expired=True), [SET_PASSWORD], id="expired"),
        pytest.param({}, with_account(plugins=("unix_socket",)), [SET_PASSWORD], id="other plugin"),
        pytest.param(
            {}, with_account(plugins=("mysql_native_password", "unix_socket")), [SET_PASSWORD], id="two plugins"
        ),
        pytest.param({}, with_account(locked=True), ["ALTER USER 'glance'@'localhost' ACCOUNT UNLOCK"], id="locked"),
        pytest.param({"tls": True}, current(), ["ALTER USER 'glance'@'localhost' REQUIRE SSL"], id="TLS required"),
        pytest.param({"tls": True}, with_account(tls="ANY"), [], id="TLS already required"),
        pytest.param(
            {"tls": False},
            with_account(tls="X509"),
            ["ALTER USER 'glance'@'localhost' REQUIRE NONE"],
            id="TLS not required",
        ),
        pytest.param({}, with_account(tls="ANY"), [], id="TLS omitted"),
        pytest.param(
            {"tls": True},
            with_account(password_hash="*0", locked=True),
            [f"{SET_PASSWORD} REQUIRE SSL ACCOUNT UNLOCK"],
            id="one statement per account",
        ),
        pytest.param({"tls": True}, current(accounts=[]), [f"{NEW_USER} REQUIRE SSL"], id="new account with TLS"),
        pytest.param({"hosts": ["LocalHost", "localhost"]}, current(), [], id="hosts differ in case only"),
    ],
)
def test_account_is_created_or_changed(changes: dict[str, Any], state: Current, expected: list[str]) -> None:
    assert statements({**DESIRED, **changes}, state) == expected


def test_new_account_without_a_password_is_refused() -> None:
    with pytest.raises(GlanceError, match="account glance@localhost does not exist: set `password`"):
        make_plan({**DESIRED, "password": None}, current(accounts=[]))


ROW = {"User": "glance", "Host": "%"}
USER_ROW = {**ROW, "Password": "*1", "plugin": "", "authentication_string": "", "ssl_type": "ANY", "is_role": "N"}


def global_priv(**attributes: Any) -> dict[str, Any]:
    return {**ROW, "Priv": json.dumps({"access": 0, **attributes})}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            global_priv(plugin="mysql_native_password", authentication_string="*1", password_last_changed=1),
            Account("glance", "%", password_hash="*1"),
            id="password",
        ),
        pytest.param(
            global_priv(plugin="mysql_native_password", auth_or=[{}, {"plugin": "unix_socket"}], access=1),
            Account("glance", "%", plugins=("mysql_native_password", "unix_socket"), has_global_privileges=True),
            id="two plugins",
        ),
        pytest.param(
            global_priv(plugin="ed25519", ssl_type=2, account_locked=True, password_last_changed=0),
            Account("glance", "%", plugins=("ed25519",), tls="X509", locked=True, expired=True),
            id="other attributes",
        ),
        pytest.param(global_priv(is_role=True), None, id="role"),
        pytest.param(USER_ROW, Account("glance", "%", password_hash="*1", tls="ANY"), id="before 10.4"),
        pytest.param({**USER_ROW, "is_role": "Y"}, None, id="role before 10.4"),
    ],
)
def test_account_is_parsed(row: dict[str, Any], expected: Account | None) -> None:
    assert parse_account(row) == expected


@pytest.mark.parametrize(
    ("version", "table"), [pytest.param("10.3.39-MariaDB", "user"), pytest.param("10.5.1-MariaDB", "global_priv")]
)
def test_accounts_are_read_from_the_table_of_the_release(version: str, table: str) -> None:
    sql, arguments = accounts_query(Server(version), "glance")
    assert f"mysql.{table} " in sql
    assert arguments == ("glance",)
