# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network addresses in the options of checks."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

DEFAULT_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """A host and a port to connect to."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address_of(entry: Mapping[str, Any]) -> Address:
    """Return the address in an entry, from `url` or from `host` and `port`; raise GlanceError if it is invalid."""
    if not entry.get("url"):
        return Address(required_value(entry.get("host")), int(entry["port"]))
    url = required_value(entry["url"])
    shown = without_credentials(url)
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError as error:
        raise GlanceError(f"{shown} is not a valid URL ({error})") from error
    if not parts.hostname or not parts.scheme:
        raise GlanceError(f"{shown} is not a valid URL: it contains no host")
    if not port:
        raise GlanceError(f"{shown} has no port")
    return Address(parts.hostname, port)


def required_value(value: str | None) -> str:
    """Return a value that must be set and must not contain spaces; raise GlanceError otherwise."""
    if not value:
        raise GlanceError("the value is empty")
    if re.search(r"\s", value):
        raise GlanceError(f"{without_credentials(value)!r} contains a space")
    return value


def without_credentials(url: str) -> str:
    """Return a URL without the user and the password that it may contain."""
    return re.sub(r"//[^/]*@", "//", url)
