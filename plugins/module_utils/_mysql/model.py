# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a MariaDB server: its settings, databases, accounts and grants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._mysql.password_statements import NATIVE

Desired = Mapping[str, Any]  # the options of the module
Row = Mapping[str, Any]  # a row as PyMySQL's DictCursor returns it

DEFAULT_ENCODING = "utf8"


class Server(NamedTuple):
    """The version and the relevant settings of a server.

    utf8: the encoding for which `utf8` is an alias.
    lowercases_names: whether the names of databases are stored in lower case.
    cluster: status variables of a node of a Galera cluster; None for any other server.
    validates_passwords: whether a plugin validates passwords, so that the server requires them as text.
    """

    version: str
    utf8: str = "utf8mb3"
    lowercases_names: bool = False
    is_read_only: bool = False
    cluster: Mapping[str, str] | None = None
    validates_passwords: bool = False

    @property
    def release(self) -> tuple[int, ...]:
        # Behind a proxy, and for old clients, MariaDB 10 reports a version that begins with 5.5.5-10.
        match = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)", self.version)
        return tuple(int(number) for number in match.groups()) if match else ()


class Account(NamedTuple):
    """An account of the server.

    plugins: the authentication plugins, any of which may log in.
    tls: the required level of TLS, as mysql.user names it.
    has_global_privileges: whether it has privileges on all databases (ON *.*).
    """

    user: str
    host: str
    plugins: tuple[str, ...] = (NATIVE,)
    password_hash: str = ""
    tls: str = ""
    locked: bool = False
    expired: bool = False
    has_global_privileges: bool = False

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"


class Grant(NamedTuple):
    """Privileges of an account on a table, or on all databases whose name matches a pattern."""

    host: str
    database: str
    table: str | None
    privileges: frozenset[str]


@dataclass(frozen=True)
class Current:
    """The current state of the server, as far as the options require it.

    encoding, collation: of the database; None if the database does not exist.
    accounts: the accounts of the user from any host, and the anonymous ones.
    grants: the grants of the user on the database.
    available_privileges: all privileges that can be granted on a database.
    desired_encoding: the server's name of the desired encoding.
    """

    server: Server
    encoding: str | None = None
    collation: str | None = None
    accounts: Sequence[Account] = ()
    grants: Sequence[Grant] = ()
    available_privileges: frozenset[str] = frozenset()
    desired_encoding: str | None = None
