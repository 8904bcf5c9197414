# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A schema of the tests of the module ini."""

from __future__ import annotations

from typing import Any


def schema_option(name: str, kind: str = "string value", **other: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "choices": [],
        "min": None,
        "max": None,
        "secret": False,
        "deprecated_opts": [],
        "default": None,
    }
    return {"name": name, "dest": name, "type": kind, **empty, **other}


SCHEMA: dict[str, Any] = {
    "options": {
        "a": {
            "opts": [
                schema_option("debug", "boolean value"),
                schema_option("workers", "integer value", min=1),
                schema_option("choice", choices=[["one", None], ["two", None]]),
            ]
        }
    },
    "deprecated_options": {"a": [{"name": "verbose", "replacement_group": "a", "replacement_name": "debug"}]},
}
