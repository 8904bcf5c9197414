# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake MariaDB server for the tests of the module."""

from __future__ import annotations

import json
import re
from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash

PASSWORD = "s3same-é"
COLUMNS = ("Host", "Db", "User", "Select_priv", "Drop_priv", "Grant_priv")
OPTIONS = {"name": "glance", "user": "glance", "password": PASSWORD, "login_unix_socket": "/run/db.sock"}
STRONG = "s3same-É"

Run = Callable[..., Any]


class FakeServer:
    """The part of MariaDB that the module uses: queries of its tables, and statements that change them."""

    def __init__(self) -> None:
        self.variables = {"version": "10.11.6-MariaDB", "read_only": "OFF", "lower_case_table_names": "0"}
        self.databases: dict[str, tuple[str, str]] = {}
        self.accounts: dict[tuple[str, str], dict[str, Any]] = {}
        self.grants: dict[tuple[str, str, str], set[str]] = {}
        self.executed: list[str] = []
        self.arguments: dict[str, Any] = {}
        self.failures: dict[str, Exception] = {}
        # Returns the messages of a password validation plugin for a password; empty if it is accepted.
        self.policy: Callable[[str], list[str]] | None = None
        self.warnings: list[dict[str, Any]] = []
        self.connections: list[dict[str, Any]] = []
        self.logs: dict[str, bool] = {"general_log": False}
        self.charsets: list[str] = []
        self.issued_warnings: list[str] = []

    def execute(self, sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        for pattern, error in self.failures.items():
            if pattern in sql:
                raise error
        if re.match("SHOW|SELECT", sql):
            return self._query(sql, arguments)
        if sql.startswith("SET SESSION"):
            return []
        self.executed.append(sql)
        verb = "_" + "_".join(sql.split()[: 1 if sql.startswith(("GRANT", "REVOKE")) else 2]).lower()
        getattr(self, verb)(sql, *arguments)
        return []

    def _query(self, sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
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
            return [{"encoding": "utf8mb3"}]
        if "SCHEMATA" in sql:
            # MariaDB ignores case in this comparison.
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
                {"User": user, "Host": host, "Priv": json.dumps(attributes)}
                for (user, host), attributes in self.accounts.items()
                if user in users
            ]
        if "mysql.db" in sql:
            return [
                {
                    "Host": host,
                    "Db": name,
                    "User": user,
                    **{f"{privilege.title()}_priv": "Y" for privilege in privileges},
                }
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
        return native_password_hash(password)

    def _drop_user(self, sql: str, user: str, host: str) -> None:
        self.accounts.pop((user, host), None)
        self.grants = {key: value for key, value in self.grants.items() if key[:2] != (user, host)}

    def _grant(self, sql: str, user: str, host: str) -> None:
        match = re.search("GRANT (.*) ON", sql)
        assert match
        privileges = {"SELECT", "DROP"} if "ALL" in sql else set(match[1].split(", "))
        self.grants.setdefault((user, host, sql.split("`")[1]), set()).update(privileges)

    def _revoke(self, sql: str, user: str, host: str) -> None:
        match = re.search("REVOKE (.*) ON", sql)
        assert match
        self.grants[user, host, sql.split("`")[1]] -= set(match[1].split(", "))


class FakeError(Exception):
    """An error of PyMySQL: a number and a message."""


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
