# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.module_utils._mysql import hash_of
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError


def mysql_hash(password: Any) -> str:
    """Return the hash that MariaDB keeps of a password, for the bytes that PyMySQL sends."""
    try:
        return hash_of(str(password))
    except GlanceError as error:
        raise AnsibleFilterError(f"mysql_hash: the password {error}.") from None


class FilterModule:
    """The password of a database account."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mysql_hash": mysql_hash}
