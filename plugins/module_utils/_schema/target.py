# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the URL of a database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Mapping
from urllib.parse import parse_qsl, unquote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

_URL = re.compile(r"([\w+]+)://(.*)", re.DOTALL)
# An unencoded "@" or "/" after the host can only be part of a password that was not encoded. Such a URL is refused as a
# whole, because its "host" would contain a part of the password.
_MYSQL = re.compile(
    r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<ipv6>[^\]@]+)\]|(?P<host>[^:/?@]*))(?::(?P<port>\d+))?"
    r"(?:/(?P<name>[^/?@]*))?(?:\?(?P<options>.*))?"
)


@dataclass(frozen=True)
class Target:
    """The database to which a URL refers.

    address: the server and the name, for messages.
    options: the query parameters of the URL.
    """

    engine: str
    address: str
    host: str = ""
    port: int = 3306
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.address

    @property
    def is_mysql(self) -> bool:
        """Whether the engine is MySQL or MariaDB."""
        return self.engine.split("+")[0] in ("mysql", "mariadb")

    @property
    def supports_db_check(self) -> bool:
        """Whether `glance-manage db check` supports the engine: neither PostgreSQL nor mariadb:// are supported."""
        return self.engine.split("+")[0] in ("mysql", "sqlite")


def parse_database_url(url: str, config_file: str) -> Target:
    """Return the database to which a URL refers; GlanceError, without the URL, if it is invalid.

    config_file: the file with the URL, for messages.
    """
    match = _URL.fullmatch(url)
    engine, rest = match.groups() if match else ("", "")
    if engine.split("+")[0] not in ("mysql", "mariadb"):
        return _other_target(engine, rest, config_file)
    parts = _MYSQL.fullmatch(rest)
    if not parts or not parts.group("name"):
        raise _invalid_url(config_file)
    options = dict(parse_qsl(parts.group("options") or ""))
    host, port = parts.group("ipv6") or parts.group("host") or "localhost", int(parts.group("port") or 3306)
    return Target(
        engine=engine,
        address=f"{options.get('unix_socket', f'{host}:{port}')}/{parts.group('name')}",
        host=host,
        port=port,
        user=unquote(parts.group("user") or ""),
        password=unquote(parts.group("password") or ""),
        name=parts.group("name"),
        options=options,
    )


def _other_target(engine: str, rest: str, config_file: str) -> Target:
    """Return the database of an engine other than MySQL and MariaDB."""
    if not engine:
        raise _invalid_url(config_file)
    login, _at, address = rest.split("?")[0].rpartition("@")
    return Target(engine=engine, address=f"{engine}://{address}", password=unquote(login.partition(":")[2]))


def _invalid_url(config_file: str) -> GlanceError:
    return GlanceError(
        f"`connection` in section [database] of {config_file} is not of the form "
        "mysql+pymysql://user:password@host/name. Percent-encode characters such as @ : / % in the password."
    )
