# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encode and hash passwords as PyMySQL and MariaDB do."""

from __future__ import annotations

from hashlib import sha1

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


def encode_password(password: str) -> bytes:
    """Return the bytes that PyMySQL sends for a password.

    PyMySQL encodes passwords in Connection.__init__. GlanceError if it cannot encode this one; the message is a
    predicate, to be preceded by the name of the option.
    """
    try:
        return password.encode("latin1")
    except UnicodeEncodeError:
        raise GlanceError(
            "contains a character that PyMySQL cannot send to the server: use only characters of Latin-1"
        ) from None


def native_password_hash(password: str) -> str:
    """Return the hash that MariaDB stores for a password (mysql_native_password)."""
    return f"*{sha1(sha1(encode_password(password)).digest()).hexdigest().upper()}"
