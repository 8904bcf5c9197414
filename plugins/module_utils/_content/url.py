# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs: their server, their credentials, and their form in messages."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit, urlunsplit

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

DEFAULT_PORTS = {"http": 80, "https": 443}


def redacted_url(url: str) -> str:
    """Return a URL without its credentials, its query and its fragment, any of which may be secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def server_of(url: str) -> tuple[str, str | None, int | None]:
    """Return the scheme, the host and the port of a URL; raise ValueError for an invalid port or host."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


def split_credentials(url: str) -> tuple[str, str | None, str | None]:
    """Return a URL without its credentials, the username and the password; the username is None if there is none.

    Raise GlanceError for a URL that is not an HTTP or HTTPS URL with a host.
    """
    try:
        parts = urlsplit(url)
        has_server = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise GlanceError(
            "The URL has no valid host and port. Percent-encode the special characters of a password in it."
        ) from error
    if parts.scheme not in DEFAULT_PORTS or not has_server:
        raise GlanceError(f"The URL {redacted_url(url)} is neither http nor https")
    account, _at, host = parts.netloc.rpartition("@")
    username, _colon, password = account.partition(":")
    address = urlunsplit(parts._replace(netloc=host))
    return (address, unquote(username), unquote(password)) if account else (address, None, None)
