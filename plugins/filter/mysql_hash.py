# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from hashlib import sha1
from typing import Any, Callable

from ansible.errors import AnsibleFilterError


def mysql_hash(password: Any) -> str:
    """Return the hash that MariaDB keeps of a password (mysql_native_password), for the bytes that PyMySQL sends."""
    try:
        # PyMySQL, in Connection.__init__: password.encode("latin1").
        sent = str(password).encode("latin1")
    except UnicodeEncodeError:
        raise AnsibleFilterError(
            "mysql_hash: the password holds a character that PyMySQL cannot send, which is any that is not Latin-1."
        ) from None
    return f"*{sha1(sha1(sent).digest()).hexdigest().upper()}"


class FilterModule:
    """The password of a database account."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mysql_hash": mysql_hash}
