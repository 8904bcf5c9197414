# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the options that are lost when a configuration file is replaced. Results hold names, never values."""

from __future__ import annotations

from typing import Iterable, Mapping, NamedTuple, Sequence, Tuple

from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place

Values = Mapping[Place, Tuple["str | None", ...]]

SHOWN = 20
COMMENT_MARKS = ("#", ";")


class Loss(NamedTuple):
    """Names of options, as `section/option`, that a new file lacks or to which it gives another value."""

    removed: Sequence[str] = ()
    changed: Sequence[str] = ()

    def sentences(self) -> list[str]:
        """Return one sentence for each kind of loss."""
        sentences = []
        if self.removed:
            sentences.append(f"Options that are removed: {listed(self.removed)}.")
        if self.changed:
            sentences.append(f"Options whose value changes: {listed(self.changed)}.")
        return sentences


def is_managed(text: str, marker: str) -> bool:
    """Return whether one of the comment lines at the top of a file contains the marker."""
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith(COMMENT_MARKS):
            return False
        if marker in line:
            return True
    return False


def values_of(document: Document) -> Values:
    """Return the values of all options in a document."""
    return {place: document.values_at(place) for place in document.places}


def set_by_hand(before: Values, defaults: Iterable[Values]) -> Values:
    """Return the options that differ from each of the files that the package provides."""
    packaged = list(defaults)
    return {place: values for place, values in before.items() if all(one.get(place) != values for one in packaged)}


def loss(before: Values, after: Values) -> Loss:
    """Return which of the options before are missing or different afterwards."""
    removed = [_name(place) for place in before if place not in after]
    changed = [_name(place) for place, values in before.items() if place in after and after[place] != values]
    return Loss(removed, changed)


def listed(names: Sequence[str], limit: int = SHOWN) -> str:
    """Return names with commas; of a long list the first ones and the number of the others."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def _name(place: Place) -> str:
    return f"{place.section}/{place.option}" if place.section else place.option
