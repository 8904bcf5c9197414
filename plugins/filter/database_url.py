# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Any, Callable, Mapping
from urllib.parse import quote

from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.module_utils._mysql.url import URL_PARTS

REQUIRED = ("user", "password", "host", "name")
DEFAULTS = {"driver": "mysql+pymysql", "port": None, "query": {"charset": "utf8"}}


def database_url(parts: Mapping[str, Any]) -> str:
    """Return the URL from which SQLAlchemy, and oslo.config before it, read back exactly these parts."""
    _check_names(parts)
    whole = {**DEFAULTS, **parts}
    user, password = (quote(str(whole[part]), safe="") for part in ("user", "password"))
    address = _host(str(whole["host"])) + ("" if whole["port"] is None else f":{_plain('port', whole['port'])}")
    url = f"{_plain('driver', whole['driver'])}://{user}:{password}@{address}/{_plain('name', whole['name'])}"
    query = "&".join(_query(whole["query"] or {}))
    return f"{url}?{query}" if query else url


def _check_names(parts: Any) -> None:
    if not isinstance(parts, Mapping):
        raise AnsibleFilterError("database_url: the input must be a dictionary with user, password, host and name.")
    missing = [part for part in REQUIRED if parts.get(part) in (None, "")]
    if missing:
        raise AnsibleFilterError(f"database_url: {', '.join(missing)} must be given, and not be empty.")
    unknown = sorted(str(part) for part in parts if part not in (*REQUIRED, *DEFAULTS))
    if unknown:
        raise AnsibleFilterError(f"database_url: no URL has the part {', '.join(unknown)}.")


def _host(host: str) -> str:
    """Return a host as it stands in a URL: the address of an IPv6 host in brackets."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return f"[{IPv6Address(bare)}]"
    except ValueError:
        return _plain("host", host)


def _plain(part: str, value: Any) -> str:
    if not URL_PARTS[part].fullmatch(str(value)):
        raise AnsibleFilterError(f"database_url: {part} holds a character that cannot stand there in a URL.")
    return str(value)


def _query(query: Mapping[str, Any]) -> list[str]:
    """Return the assignments after the question mark; a list repeats its key, null and empty text omit it.

    Before ansible-core 2.19, null that passes through a template is empty text.
    """
    items = [(key, item) for key, value in query.items() for item in (value if isinstance(value, list) else [value])]
    return [f"{quote(str(key), safe='')}={quote(str(item), safe='')}" for key, item in items if item not in (None, "")]


class FilterModule:
    """The URL of a database from its parts."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"database_url": database_url}
