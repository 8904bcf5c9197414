# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the sections and options that an edit removes although no setting names them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Iterable, Iterator, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._ini.document import NAMELESS, Document, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting


class Removal(NamedTuple):
    """The result of plan_removal().

    sections: the keys of the sections to remove.
    options: settings that remove options from the sections that stay.
    """

    sections: frozenset[str]
    options: tuple[Setting, ...]


def plan_removal(document: Document, layout: Layout, desired: Desired) -> Removal:
    """Return the sections to remove, and the options that `exclusive` removes from other sections."""
    dropped = _dropped_sections(document, layout, desired)
    options = tuple(_excluded_options(document, desired, dropped))
    if desired.remove_empty:
        dropped = dropped | _emptied_sections(document, layout, [*desired.settings, *options])
    return Removal(frozenset(dropped), options)


def _dropped_sections(document: Document, layout: Layout, desired: Desired) -> set[str]:
    present = set(layout.sections)
    keys = {document.dialect.section(name) for name in desired.drop}
    if desired.exclusive == "file":
        kept = {place.section for place in document.places if _is_kept(place, desired)}
        keys |= present - _named_sections(document, desired) - kept - {NAMELESS}
    return keys & present


def _named_sections(document: Document, desired: Desired) -> set[str]:
    names = [*desired.named, *(setting.section for setting in desired.settings)]
    return set(map(document.dialect.section, names))


def _is_kept(place: Place, desired: Desired) -> bool:
    return any(fnmatchcase("/".join(place), pattern) for pattern in desired.keep)


def _excluded_options(document: Document, desired: Desired, dropped: set[str]) -> Iterator[Setting]:
    """Yield the removal of each option that is not desired and that `exclusive` covers."""
    if desired.exclusive == "none":
        return
    requested = {document.place(setting.section, setting.option) for setting in desired.settings}
    named = _named_sections(document, desired)
    for place, options in document.places.items():
        is_covered = place.section not in dropped and (desired.exclusive == "file" or place.section in named)
        if is_covered and place not in requested and not _is_kept(place, desired):
            yield Setting(place.section, options[0].name, ())


def _emptied_sections(document: Document, layout: Layout, settings: Iterable[Setting]) -> set[str]:
    """Return the sections that lose all of their options and hold only blank lines otherwise."""
    remains = dict.fromkeys(document.places, True)
    for setting in settings:
        remains[document.place(setting.section, setting.option)] = bool(setting.values) or setting.append
    emptied = {place.section for place in remains} - {place.section for place, stays in remains.items() if stays}
    emptied &= set(layout.sections) - {NAMELESS}
    return {key for key in emptied if not layout.has_comments(key)}
