# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module preflight."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "str"}
REQUIRED_TEXT: dict[str, Any] = {"type": "str", "required": True}
STATUS_CODES: dict[str, Any] = {"type": "list", "elements": "int", "default": []}
PATH: dict[str, Any] = {"type": "path", "required": True}
VARIABLE_AND_HINT: dict[str, Any] = {"variable": REQUIRED_TEXT, "hint": TEXT}
REQUIRED: dict[str, Any] = {"required": {"type": "bool", "default": True}}
# A list, or a dictionary of lists by distribution family.
NAMES: dict[str, Any] = {"type": "raw", "default": []}
# An option that is a list of entries.
ENTRIES: dict[str, Any] = {"type": "list", "elements": "dict", "default": []}

OPTIONS: dict[str, Any] = {
    "reach": {
        **ENTRIES,
        "options": {
            **VARIABLE_AND_HINT,
            **REQUIRED,
            "host": TEXT,
            "port": {"type": "int"},
            "url": TEXT,
            "ip_version": {"type": "int", "choices": [4, 6]},
            "accept_refused": {"type": "bool", "default": False},
        },
        "required_one_of": [("host", "url")],
        "mutually_exclusive": [("host", "url"), ("port", "url")],
        "required_by": {"host": "port"},
    },
    "resolve": {**ENTRIES, "options": {**VARIABLE_AND_HINT, **REQUIRED, "host": REQUIRED_TEXT, "concerns": TEXT}},
    "local": {**ENTRIES, "options": {**VARIABLE_AND_HINT, "host": REQUIRED_TEXT}},
    "http": {**ENTRIES, "options": {**VARIABLE_AND_HINT, "url": REQUIRED_TEXT, "status_code": STATUS_CODES}},
    "files": {
        **ENTRIES,
        "options": {**VARIABLE_AND_HINT, "path": PATH, "reader": TEXT, "ceph_client": TEXT},
        "required_by": {"ceph_client": "reader"},
    },
    "ports": {
        **ENTRIES,
        "options": {**VARIABLE_AND_HINT, "host": REQUIRED_TEXT, "port": {"type": "int", "required": True}},
    },
    "directories": {
        **ENTRIES,
        "options": {
            **VARIABLE_AND_HINT,
            "path": PATH,
            "free": {"type": "float", "default": 0.0},
            "shared": {"type": "bool", "default": False},
            "owner": TEXT,
            "group": TEXT,
            "mode": TEXT,
        },
    },
    "access": {
        **ENTRIES,
        "options": {
            **REQUIRED,
            "path": REQUIRED_TEXT,
            "user": {"type": "str", "default": "glance"},
            "write": {"type": "bool", "default": True},
        },
    },
    "packages": NAMES,
    "available_packages": NAMES,
    "removed": NAMES,
    "upgrades": {"type": "bool", "default": False},
    "lock_timeout": {"type": "float"},
    "gather": {"type": "bool", "default": True},
    "units": NAMES,
    "stat_files": NAMES,
    "timeout": {"type": "float", "default": 5.0},
}
