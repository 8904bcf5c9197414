# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL statements and their place in a plan.

All statements have arguments, so a percent sign in an identifier is always doubled.
"""

from __future__ import annotations

from typing import Any, Mapping, Tuple

Statement = Tuple[str, Tuple[Any, ...]]  # an SQL text and its arguments


def quote_identifier(name: str) -> str:
    """Return an identifier in backticks."""
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"


def step_arguments(*statements: Statement) -> Mapping[str, Any]:
    """Return the arguments of a step that executes the statements in this order."""
    return {"statements": statements}


def without_none(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that have a value."""
    return {name: value for name, value in attributes.items() if value is not None}
