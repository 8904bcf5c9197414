# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module service."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._host.credentials import KINDS
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import LOG_OPTIONS

OPTIONS: dict[str, Any] = {
    **LOG_OPTIONS,
    "state": {"type": "str", "choices": ["started", "stopped", "restored"], "default": "started"},
    "current_accounts": {"type": "list", "elements": "str", "choices": [*KINDS], "default": [*KINDS]},
    "restart": {"type": "bool", "default": False},
    "keep_copies": {"type": "bool", "default": True},
    "endpoint": {"type": "str"},
    "drain": {
        "type": "dict",
        "options": {
            "file": {"type": "path", "required": True},
            "port": {"type": "int", "required": True},
            "delay": {"type": "float", "default": 10.0},
            "timeout": {"type": "float", "default": 300.0},
        },
    },
    "drain_marker": {"type": "path"},
    "check_stores": {"type": "bool", "default": False},
    "stores": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 60},
    "command_timeout": {"type": "int", "default": 300},
}
