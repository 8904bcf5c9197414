# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords of database accounts, as the driver of the services sends them."""

from __future__ import annotations

from hashlib import sha1

from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError


def sent(password: str) -> bytes:
    """Return the bytes that PyMySQL sends, as its Connection.__init__ encodes them; GlanceError if it cannot."""
    try:
        return password.encode("latin1")
    except UnicodeEncodeError:
        raise GlanceError("holds a character that PyMySQL cannot send to the server: use none beyond Latin-1") from None


def hash_of(password: str) -> str:
    """Return the hash that MariaDB keeps of a password (mysql_native_password)."""
    return f"*{sha1(sha1(sent(password)).digest()).hexdigest().upper()}"
