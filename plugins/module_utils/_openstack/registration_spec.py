# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module keystone_service."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "password_refused": {"type": "bool", "default": False, "no_log": False},
    "email": {"type": "str"},
    "user_description": {"type": "str"},
    "enabled": {"type": "bool", "default": True},
    "project": {"type": "str", "default": "service"},
    "domain": {"type": "str", "default": "Default"},
    "roles": {"type": "list", "elements": "str", "default": ["admin"]},
    "type": {"type": "str", "default": "image"},
    "name": {"type": "str"},
    "description": {"type": "str"},
    "region": {"type": "str", "default": "RegionOne"},
    "endpoints": {"type": "dict"},
    "timeout": {"type": "int", "default": 300},
}
