# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.osops.glance.plugins.plugin_utils.deployment import authtoken


def oslo_literal(value: Any) -> str:
    r"""Return a string that oslo.config reads as exactly this value: a dollar sign begins no reference.

    `$$` means a dollar sign, and so does `\$`: after a backslash only the latter keeps both characters.
    """
    return authtoken.oslo_literal(str(value))


class FilterModule:
    """Escape values for oslo.config."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"oslo_literal": oslo_literal}
