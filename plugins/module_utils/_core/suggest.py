# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggest the name that the operator probably meant."""

from __future__ import annotations

from typing import Iterable


def closest_match(name: str, candidates: Iterable[str], cutoff: float = 0.7) -> str | None:
    """Return the most similar candidate, without regard to case; None if none is similar enough.

    cutoff: the least similarity, from 0 to 1, as in difflib.get_close_matches().
    """
    # Only a failure needs it, and the import delays every run.
    from difflib import get_close_matches

    folded = {candidate.casefold(): candidate for candidate in sorted(candidates)}
    matches = get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)
    return folded[matches[0]] if matches else None
