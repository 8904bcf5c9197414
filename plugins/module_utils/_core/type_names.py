# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of the types of values, for messages."""

from __future__ import annotations

from typing import Any, Mapping

_DESCRIPTIONS: tuple[tuple[Any, str], ...] = (
    (bool, "a boolean"),
    ((int, float), "a number"),
    (str, "a string"),
    (Mapping, "a dictionary"),
    ((list, tuple), "a list"),
)


def describe_type(value: Any) -> str:
    """Return the type of a value as a message names it, such as `a list`."""
    if value is None:
        return "null"
    matches = (description for types, description in _DESCRIPTIONS if isinstance(value, types))
    return next(matches, f"a {type(value).__name__}")
