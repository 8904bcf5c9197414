# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module config_drift."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "files": {"type": "dict", "required": True, "no_log": True},
    "mode": {"type": "str", "choices": ["replace", "merge"], "default": "replace"},
    "managed_marker": {"type": "str", "required": True},
    "package_defaults": {"type": "dict", "default": {}},
    "unit_files": {"type": "list", "elements": "path", "default": []},
    "policy": {
        "type": "dict",
        "default": {},
        "options": {
            "path": {"type": "path"},
            "rules": {"type": "dict", "default": {}},
            "files": {"type": "list", "elements": "path", "default": []},
        },
    },
    "host": {"type": "str", "required": True},
}
