# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers of the tests of preflight checks."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    "variable": "glance_it",
    "host": None,
    "port": None,
    "url": None,
    "hint": None,
    "status_code": [],
    "reader": None,
}


def entry(**options: Any) -> dict[str, Any]:
    """Return an entry of an option of the module preflight."""
    return {**DEFAULTS, **options}


def directory_entry(path: Any, **options: Any) -> dict[str, Any]:
    """Return an entry of the option `directories`."""
    defaults = {"free": 0.0, "shared": False, "owner": "glance", "group": "glance", "mode": "0750"}
    return entry(path=str(path), **{**defaults, **options})
