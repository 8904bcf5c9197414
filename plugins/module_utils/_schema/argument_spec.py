# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module db_sync."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "config_file": {"type": "path", "default": "/etc/glance/glance-api.conf"},
    "user": {"type": "str", "default": "glance"},
    "glance_manage": {"type": "str", "default": "glance-manage"},
    "phase": {"type": "str", "choices": ["all", "rolling", "expand", "migrate", "contract", "none"], "default": "all"},
    "absent_hosts": {"type": "list", "elements": "str", "default": []},
    "metadefs": {"type": "path"},
    "metadefs_merge": {"type": "bool", "default": False},
    "check": {"type": "str", "choices": ["command", "version"], "default": "command"},
    "timeout": {"type": "int", "default": 600},
    "lock_timeout": {"type": "int", "default": 60},
}
