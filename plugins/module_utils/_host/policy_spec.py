# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module policy."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "rules": {"type": "dict", "default": {}},
}
