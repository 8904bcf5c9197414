# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS


def oslo_literal(value: Any) -> str:
    r"""Return a string that oslo.config reads back as the value: a dollar sign begins no reference then.

    `$$` stands for a dollar sign, and so does `\$`: behind a backslash the latter is the only way to keep both.
    """
    return DIALECTS["oslo"].literal(str(value))


class FilterModule:
    """A value that oslo.config takes literally."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"oslo_literal": oslo_literal}
