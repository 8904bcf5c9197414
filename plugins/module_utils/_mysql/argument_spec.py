# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the module database."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "encoding": {"type": "str"},
    "collation": {"type": "str"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "hosts": {"type": "list", "elements": "str", "default": ["localhost", "%"]},
    "privileges": {"type": "list", "elements": "str", "default": ["ALL"]},
    "tls": {"type": "bool"},
    "remove_data": {"type": "bool", "default": False},
    "dump_directory": {"type": "path"},
    "login_host": {"type": "str"},
    "login_port": {"type": "int", "default": 3306},
    "login_unix_socket": {"type": "list", "elements": "path"},
    "login_user": {"type": "str"},
    "login_password": {"type": "str", "no_log": True},
    "login_ca_cert": {"type": "path"},
    "config_file": {"type": "path", "default": "~/.my.cnf"},
    "connect_timeout": {"type": "int", "default": 30},
    "lock_timeout": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 300},
}
