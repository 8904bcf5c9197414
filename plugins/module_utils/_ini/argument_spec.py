# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module ini."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._ini.request import DOCUMENT_OPTIONS

LIST_STYLES = ["repeat", "comma", "bracket", "lines"]
OPTIONS: dict[str, Any] = {
    **DOCUMENT_OPTIONS,
    # no_log hides the values in the log and in messages about invalid parameters; IniFile masks all other output.
    "options": {"type": "dict", "default": {}, "no_log": True},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "settings": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "section": {"type": "str", "required": True},
            "option": {"type": "str", "required": True},
            "value": {"type": "raw", "no_log": True},
            "bare": {"type": "bool", "default": False},
            "secret": {"type": "bool", "default": False, "no_log": False},
            "literal": {"type": "bool"},
            "list_style": {"type": "str", "choices": LIST_STYLES},
            "append": {"type": "bool"},
            "commented_default": {"type": "str", "choices": ["keep", "replace"]},
        },
    },
    "literal": {"type": "bool", "default": False},
    "list_style": {"type": "str", "choices": LIST_STYLES, "default": "repeat"},
    "append": {"type": "bool", "default": False},
    "exclusive": {"type": "str", "choices": ["none", "sections", "file"], "default": "none"},
    "keep": {"type": "list", "elements": "str", "default": []},
    "base": {"type": "str", "no_log": True},
    "managed_marker": {"type": "str"},
    "package_defaults": {"type": "list", "elements": "path", "default": []},
    "commented_default": {"type": "str", "choices": ["keep", "replace"], "default": "keep"},
    "style": {"type": "str", "choices": ["keep", "spaces", "nospaces", "enforce"], "default": "keep"},
    "remove_empty": {"type": "bool", "default": False},
    "allow_dash": {"type": "bool", "default": False},
    "create": {"type": "bool", "default": True},
    "follow": {"type": "bool", "default": True},
    "backup": {"type": "bool", "default": False},
    "validate": {"type": "str"},
    "repair": {"type": "bool", "default": False},
    "schema": {"type": "path"},
    "schema_policy": {"type": "str", "choices": ["ignore", "warn", "error"], "default": "warn"},
    "also_read": {"type": "list", "elements": "path", "default": []},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "mutable": {"type": "list", "elements": "str", "default": []},
}
