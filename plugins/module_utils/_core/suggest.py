# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggest the name that the operator probably meant."""

from __future__ import annotations

from typing import Iterable


def closest(name: str, names: Iterable[str], cutoff: float) -> str:
    """Return the name that is most similar to a given one; an empty string if none is similar enough.

    cutoff: the least similarity, from 0 to 1, as in difflib.get_close_matches().
    """
    # Only a failure needs it, and the import delays every run.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(names), 1, cutoff)), "")
