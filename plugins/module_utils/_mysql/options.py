# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the options of the module and convert them to the server's terms."""

from __future__ import annotations

import re

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Desired, Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash

_NOT_EMPTY = ("name", "encoding", "collation", "user", "password", "hosts")
_SYSTEM_DATABASES = ("information_schema", "mysql", "performance_schema", "sys")
_WORD = re.compile(r"[A-Za-z0-9_]+")


def check_options(desired: Desired) -> None:
    """Raise GlanceError if the server cannot accept the value of an option."""
    for option in _NOT_EMPTY:
        if desired[option] == "" or (option == "hosts" and "" in desired[option]):
            raise GlanceError(f"`{option}` contains an empty string: set a value, or omit the option.")
    if desired["name"].lower() in _SYSTEM_DATABASES:
        raise GlanceError(f"`name` is {desired['name']!r}, a system database of the server: use another name.")
    for option in ("encoding", "collation"):
        if desired[option] and not _WORD.fullmatch(desired[option]):
            raise GlanceError(
                f"`{option}` is {desired[option]!r}: it may contain letters, digits and underscores only."
            )
    if desired["password"] is not None:
        desired_password_hash(desired)


def database_name(server: Server, desired: Desired) -> str:
    """Return the name of the database as the server stores it."""
    name: str = desired["name"]
    return name.lower() if server.lowercases_names else name


def account_hosts(desired: Desired) -> list[str]:
    """Return the hosts of the accounts as the server stores them, without duplicates."""
    return list(dict.fromkeys(host.lower() for host in desired["hosts"])) if desired["user"] is not None else []


def desired_password_hash(desired: Desired) -> str:
    """Return the hash of the desired password; GlanceError if PyMySQL cannot send the password."""
    try:
        return native_password_hash(desired["password"])
    except GlanceError as error:
        raise GlanceError(f"`password` {error}.") from None
