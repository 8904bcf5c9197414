# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values, in the words of a person."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple


class Unresolved(NamedTuple):
    """A value whose template cannot be rendered.

    why: the reason, as the end of a sentence that begins with the name of the variable.
    """

    why: str


_SHAPES: tuple[tuple[Any, str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a string"),
    (Mapping, "a dictionary"),
    ((list, tuple), "a list"),
)


def in_words(value: Any) -> str:
    """Return what a value is, for a person."""
    if value is None:
        return "nothing"
    return next((words for shape, words in _SHAPES if isinstance(value, shape)), f"a {type(value).__name__}")
