# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module virtualenv."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import SourceFiles

OPTIONS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "packages": {"type": "list", "elements": "str", "required": True},
    "constraints": {"type": "list", "elements": "str", "default": []},
    "python": {"type": "str", "default": "python3"},
    "virtualenv": {"type": "str", "default": "virtualenv<20.22"},
    "index_url": {"type": "str", "no_log": True},
    "find_links": {"type": "str"},
    "no_index": {"type": "bool", "default": False},
    "source_files": {
        "type": "dict",
        "options": {name: {"type": "str", "required": True} for name in SourceFiles._fields},
    },
    "link": {"type": "str", "default": "current"},
    "keep": {"type": "int", "default": 1},
}
