# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge dictionaries of sections."""

from __future__ import annotations

from typing import Any, Mapping


def merge(*documents: Mapping[str, Any]) -> dict[str, Any]:
    """Return one dictionary with the content of all. A later value replaces an earlier one; dictionaries are merged."""
    merged: dict[str, Any] = {}
    for document in documents:
        for name, value in document.items():
            current = merged.get(name)
            both = isinstance(current, Mapping) and isinstance(value, Mapping)
            merged[name] = merge(current, value) if both else value  # type: ignore[arg-type]
    return merged
