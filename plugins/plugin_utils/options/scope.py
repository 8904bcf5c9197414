# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that are valid for one configuration file of one host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.osops.glance.plugins.plugin_utils.options.table import (
    AUTH,
    AUTH_SECTIONS,
    RELEASES,
    RESERVED_STORES,
    STORE,
    STORE_PLACES,
    Name,
    Table,
    covers,
    find,
    load,
)


@dataclass(frozen=True)
class OptionScope:
    """The part of the table that applies to a configuration file.

    file: `api` or `registry`.
    release: the release of the host; None if it is not known yet.
    stores: the names of the sections of stores.
    auth_sections: the names of the sections with credentials.
    """

    file: str
    release: str | None
    stores: frozenset[str]
    auth_sections: frozenset[str]
    table: Table

    def places(self, section: str) -> tuple[str, ...]:
        """Return the sections of the table that contain the options of a section."""
        if section in self.stores:
            return (section, *STORE_PLACES)
        if section in self.auth_sections:
            return (section, AUTH)
        return () if section in (STORE, AUTH) else (section,)

    def find(self, places: Iterable[str], option: Any) -> list[Name]:
        """Return the names of an option of this file in any of the sections of the table."""
        return [name for name in find(self.table, places, option) if name.file in (self.file, "both")]

    def options_of(self, place: str) -> list[str]:
        """Return the names of the options of this file in a section of the table."""
        return [option for option in self.table.get(place, {}) if self.find([place], option)]

    def places_of(self, option: str) -> list[str]:
        """Return the sections of the table in which the release has an option."""
        names = self.find(self.table, option)
        current = [name for name in names if not name.now] or names
        places = {name.section for name in current if covers(name, self.release)}
        return sorted(places - AUTH_SECTIONS if AUTH in places else places)

    def has(self, option: str) -> bool:
        """Return whether section/option is the current name of an option in the release."""
        section, name = option.split("/")
        return any(covers(found, self.release) for found in self.find([section], name) if not found.now)

    def may_have(self, name: Name) -> bool:
        """Return whether the release possibly has an option: the table can be one release off."""
        if self.release not in RELEASES or covers(name, self.release, tolerance=1):
            return True
        index, first = RELEASES.index(self.release), RELEASES.index(name.first)
        # The samples before Liberty were written by hand and omit the options of libraries; and a section can have
        # been read for years before the samples contained it.
        in_samples = min(RELEASES.index(other.first) for names in self.table[name.section].values() for other in names)
        return index < first and (first <= RELEASES.index("liberty") or index < in_samples)


def option_scope(config: Mapping[str, Any], file: str, stores: Iterable[str], release: str | None) -> OptionScope:
    """Return the scope for sections of a configuration file; they can define stores and sections with credentials."""
    defined = RESERVED_STORES | option_items(config, "DEFAULT", "enabled_backends")
    auth_sections = AUTH_SECTIONS.union(*(option_items(config, name, "auth_section") for name in AUTH_SECTIONS))
    return OptionScope(file, release, frozenset(stores) | defined, auth_sections, load())


def option_items(config: Mapping[str, Any], section: str, option: str) -> frozenset[str]:
    """Return the items of an option, without the values of a dictionary; a list can be text with commas."""
    options = config.get(section)
    value = options.get(option) if isinstance(options, Mapping) else None
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, Mapping)) else []
    return frozenset(str(item).split(":", maxsplit=1)[0].strip() for item in items)
