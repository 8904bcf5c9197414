# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the options in the configuration files of Glance, from Icehouse to 2026.2: data/options.tsv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List

RELEASES = (
    *("icehouse", "juno", "kilo", "liberty", "mitaka", "newton", "ocata", "pike", "queens", "rocky", "stein", "train"),
    *("ussuri", "victoria", "wallaby", "xena", "yoga", "zed", "2023.1", "2023.2", "2024.1", "2024.2"),
    *("2025.1", "2025.2", "2026.1", "2026.2"),
)

# In the table: the section of any store, and any section with the credentials of a service user.
STORE, AUTH = "<store>", "<auth>"
# A store may have any option of [glance_store], which configured the stores before each had its own section.
STORE_PLACES = (STORE, "glance_store")
AUTH_SECTIONS = frozenset({"barbican_service_user", "keystone_authtoken", "oslo_limit"})
RESERVED_STORES = frozenset({"os_glance_staging_store", "os_glance_tasks_store"})


@dataclass(frozen=True)
class Name:
    """A name of an option.

    first, last: the releases that accept this name.
    kind: how a list is written, see kind().
    file: the file that has the option: `api`, `registry` or `both`.
    now: for an alias, the current name as section/option; empty for the current name itself.
    deprecated: the first release that logs a deprecation warning for the option; empty if none does.
    """

    section: str
    option: str
    first: str
    last: str
    kind: str
    file: str
    now: str = ""
    deprecated: str = ""

    def __str__(self) -> str:
        return f"{self.section}/{self.option}"


Table = Dict[str, Dict[str, List[Name]]]
"""The names by section and option."""


@lru_cache(maxsize=None)
def load() -> Table:
    """Return the table of the collection."""
    path = Path(__file__).parents[1] / "data" / "options.tsv"
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Table:
    """Return the table from its text, in tab-separated values."""
    table: Table = {}
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        for name in _names(row):
            table.setdefault(name.section, {}).setdefault(name.option, []).append(name)
    return table


def _names(row: Mapping[str, str]) -> Iterator[Name]:
    """Yield the current name of an option and its aliases."""
    section, option, first, last = (row[column] for column in ("section", "option", "first", "last"))
    current = Name(section, option, first, last, row["kind"], row["file"], deprecated=row["deprecated_from"])
    yield current
    for alias in filter(None, row["aliases"].split(",")):
        name, dots, until = alias.partition("..")
        section, option = name.split("/")
        # oslo.config ignores the case of section names, except for DEFAULT.
        section = section if section == "DEFAULT" else section.lower()
        last = until if dots else current.last
        yield Name(section, option, current.first, last, current.kind, current.file, now=str(current))


def find(table: Table, sections: Iterable[str], option: Any) -> list[Name]:
    """Return the names of an option in any of the sections; a dash is equivalent to an underscore."""
    normal = str(option).replace("-", "_")
    return [name for section in sections for name in table.get(section, {}).get(normal, [])]


def kind(section: str, option: str) -> str:
    """Return how a list is written for an option: multi, bounds, list, dict; empty for one value or if unknown."""
    table = load()
    names = find(table, (section,) if section in table else STORE_PLACES, option)
    return names[0].kind if names else ""


def covers(name: Name, release: str | None, tolerance: int = 0) -> bool:
    """Return whether a release accepts an option under this name; true for an unknown release.

    tolerance: the number of releases by which the table may be wrong.
    """
    if release not in RELEASES:
        return True
    index, first, last = map(RELEASES.index, (release, name.first, name.last))
    return first - tolerance <= index <= last + tolerance


def title(release: str | None) -> str:
    """Return the name of a release for messages, such as `Zed`."""
    return str(release).capitalize()
