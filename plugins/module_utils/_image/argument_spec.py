# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module image."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._content.source_options import SOURCE_OPTIONS

METHODS = ["upload", "glance-direct", "web-download", "glance-download"]
IMAGE_OPTIONS: dict[str, Any] = {
    **SOURCE_OPTIONS,
    "name": {"type": "str"},
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent", "active", "deactivated"], "default": "present"},
    "convert": {"type": "str", "choices": ["qcow2", "raw"]},
    "disk_format": {"type": "str"},
    "container_format": {"type": "str"},
    "method": {"type": "str", "choices": METHODS, "default": "upload"},
    "from_region": {"type": "str"},
    "from_image": {"type": "str"},
    "from_interface": {"type": "str", "choices": ["public", "internal", "admin"]},
    "stores": {"type": "list", "elements": "str"},
    "all_stores": {"type": "bool", "default": False},
    "all_stores_must_succeed": {"type": "bool"},
    "stores_mode": {"type": "str", "choices": ["merge", "replace"], "default": "merge"},
    "select": {"type": "str", "choices": ["fail", "newest"], "default": "fail"},
    "compare": {"type": "str", "choices": ["record", "hash"], "default": "record"},
    "replace": {"type": "str", "choices": ["delete", "rotate", "hide", "never"], "default": "delete"},
    "keep": {"type": "int"},
    "force": {"type": "bool", "default": False},
    "visibility": {"type": "str", "choices": ["public", "private", "shared", "community"]},
    "protected": {"type": "bool"},
    "hidden": {"type": "bool"},
    "min_disk": {"type": "str"},
    "min_ram": {"type": "int"},
    "architecture": {"type": "str"},
    "os_distro": {"type": "str"},
    "os_version": {"type": "str"},
    "description": {"type": "str"},
    "kernel": {"type": "str"},
    "ramdisk": {"type": "str"},
    "properties": {"type": "dict"},
    "properties_mode": {"type": "str", "choices": ["merge", "replace"], "default": "merge"},
    "tags": {"type": "list", "elements": "str"},
    "tags_mode": {"type": "str", "choices": ["replace", "merge"], "default": "replace"},
    "members": {"type": "raw"},
    "members_mode": {"type": "str", "choices": ["replace", "merge"], "default": "replace"},
    "owner": {"type": "str"},
    "owner_domain": {"type": "str"},
}
RULES: dict[str, Any] = {"mutually_exclusive": [("src", "url", "from_image"), ("convert", "disk_format")]}
OPTIONS: dict[str, Any] = {
    **IMAGE_OPTIONS,
    "images": {
        "type": "list",
        "elements": "dict",
        "options": IMAGE_OPTIONS,
        "required_one_of": [("name", "id")],
        **RULES,
    },
    "convert_directory": {"type": "path", "default": "/var/tmp"},
    "parallel": {"type": "int", "default": 4},
    "timeout": {"type": "int", "default": 3600},
    "stall_timeout": {"type": "int", "default": 300},
    "retries": {"type": "int", "default": 3},
    "retry_delay": {"type": "int", "default": 5},
    "verify_content": {"type": "bool", "default": True},
    "stale_after": {"type": "int"},
}
