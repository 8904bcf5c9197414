# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Glance can be told in its configuration files, release by release, and what is wrong with what it is told."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest
from ansible_collections.osops.glance.plugins.module_utils._core.words import in_words

RELEASES = (
    *("icehouse", "juno", "kilo", "liberty", "mitaka", "newton", "ocata", "pike", "queens", "rocky", "stein", "train"),
    *("ussuri", "victoria", "wallaby", "xena", "yoga", "zed", "2023.1", "2023.2", "2024.1", "2024.2"),
    *("2025.1", "2025.2", "2026.1", "2026.2"),
)

# In the table: the section of any store, and any section with the credentials of a service user.
STORE, AUTH = "<store>", "<auth>"
# A store may have any option of [glance_store], which described the stores before each had a section of its own.
STORE_PLACES = (STORE, "glance_store")
AUTH_SECTIONS = frozenset({"barbican_service_user", "keystone_authtoken", "oslo_limit"})
RESERVED_STORES = frozenset({"os_glance_staging_store", "os_glance_tasks_store"})
# Secure RBAC has two switches from Wallaby to Zed; glance-api compares them when it starts.
SWITCHES = (("DEFAULT", "enforce_secure_rbac"), ("oslo_policy", "enforce_new_defaults"))
_IN_WORDS = {STORE: "the section of a store", AUTH: "sections with credentials, such as [keystone_authtoken]"}

# What the guides write where a password belongs, and what people put there for the time being.
_GUIDE_WORD = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]*_(DB)?PASS(?![A-Za-z0-9_])")
_STOPGAP = re.compile(r"change[_-]?me!?|password|secret|openstack|123456|<.*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Name:
    """A name that an option can be given under: its own, or an older one, of which `now` says what it is today."""

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


Table = Mapping[str, Mapping[str, List[Name]]]


@lru_cache(maxsize=None)
def load() -> Table:
    """Return the table of the collection."""
    path = Path(__file__).parent / "data" / "options.tsv"
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Table:
    """Return the names in the table's text, by section and option."""
    table: dict[str, dict[str, list[Name]]] = {}
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        for name in _names(row):
            table.setdefault(name.section, {}).setdefault(name.option, []).append(name)
    return table


def _names(row: Mapping[str, str]) -> Iterator[Name]:
    section, option, first, last = (row[column] for column in ("section", "option", "first", "last"))
    own = Name(section, option, first, last, row["kind"], row["file"], deprecated=row["deprecated_from"])
    yield own
    for alias in filter(None, row["aliases"].split(",")):
        name, dots, until = alias.partition("..")
        section, option = name.split("/")
        # oslo.config reads the names of sections without regard to case, but for DEFAULT.
        section = section if section == "DEFAULT" else section.lower()
        yield Name(section, option, own.first, until if dots else own.last, own.kind, own.file, now=str(own))


def find(table: Table, sections: Iterable[str], option: Any) -> list[Name]:
    """Return what is known of an option in any of the sections; a dash is as good as an underscore."""
    normal = str(option).replace("-", "_")
    return [name for section in sections for name in table.get(section, {}).get(normal, [])]


def kind(section: str, option: str) -> str:
    """Return how a list is written for an option: multi, bounds, list, dict, or nothing where that is not known."""
    table = load()
    names = find(table, (section,) if section in table else STORE_PLACES, option)
    return names[0].kind if names else ""


def covers(name: Name, release: str | None, tolerance: int = 0) -> bool:
    """Say whether a release has an option under this name; where the release is not known, it has."""
    if release not in RELEASES:
        return True
    now, first, last = map(RELEASES.index, (release, name.first, name.last))
    return first - tolerance <= now <= last + tolerance


def nearest(name: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """Return the known name that was probably meant."""
    folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    near = closest(name.casefold(), folded, cutoff)
    return folded[near] if near else None


def is_placeholder(value: Any) -> bool:
    """Say whether a secret is one of the words that stand for it in guides and examples."""
    text = str(value).strip()
    return bool(_GUIDE_WORD.search(text) or _STOPGAP.fullmatch(text))


def config_faults(
    variable: str, config: Any, file: str = "api", stores: Iterable[str] = (), release: str | None = None
) -> Iterator[str]:
    """Yield what is wrong with a variable that holds sections of a configuration file, a line for each fault."""
    if not isinstance(config, Mapping):
        yield f"{variable} must be a dictionary of sections ({{section: {{option: value}}}}), not {in_words(config)}"
        return
    document = _document(config, variable=variable, file=file, stores=stores, release=release)
    drivers = _words(config, "DEFAULT", "config_source")
    for section, options in config.items():
        if str(section) not in drivers:
            yield from document.section_faults(str(section), options)
    yield from document.switch_faults(config)


def _document(
    config: Mapping[str, Any], variable: str, file: str, stores: Iterable[str], release: str | None
) -> Document:
    return Document(variable, file, release, frozenset(stores) | _backends(config), _auth_sections(config), load())


def other_names(
    config: Mapping[str, Any], release: str | None, file: str = "api", stores: Iterable[str] = ()
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the options that the release has under another name, older or newer, and that name: (section, option)."""
    document = _document(config, variable="", file=file, stores=stores, release=release)
    given = [(section, option) for section, options in config.items() for option in options]
    others = {(section, option): document.other_name(str(section), str(option)) for section, option in given}
    return {name: other for name, other in others.items() if other}


def renamed(
    config: Mapping[str, Mapping[str, Any]],
    release: str | None,
    file: str = "api",
    stores: Iterable[str] = (),
) -> dict[str, dict[str, Any]]:
    """Return the sections with each option under the name that the release has for it."""
    result = {section: dict(options) for section, options in config.items()}
    for (section, option), (home, name) in other_names(config, release, file, stores).items():
        value = result[section].pop(option)
        if str(result.setdefault(home, {}).setdefault(name, value)) != str(value):
            raise GlanceError(
                f"{section}/{option} and {home}/{name} are one option of Glance {_title(release)}, "
                "and have different values: leave the first one out"
            )
    return {section: options for section, options in result.items() if options or not config.get(section)}


def _words(config: Mapping[str, Any], section: str, option: str) -> frozenset[str]:
    """Return the names in an option that is a list, a dictionary, or a string with commas."""
    options = config.get(section)
    value = options.get(option) if isinstance(options, Mapping) else None
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, Mapping)) else []
    return frozenset(str(item).split(":", maxsplit=1)[0].strip() for item in items)


def _backends(config: Mapping[str, Any]) -> frozenset[str]:
    return RESERVED_STORES | _words(config, "DEFAULT", "enabled_backends")


def _auth_sections(config: Mapping[str, Any]) -> frozenset[str]:
    return AUTH_SECTIONS.union(*(_words(config, section, "auth_section") for section in AUTH_SECTIONS))


@dataclass(frozen=True)
class Document:
    """A variable that holds sections of a configuration file, and what is known of the host that it is for."""

    variable: str
    file: str
    release: str | None
    stores: frozenset[str]
    auth_sections: frozenset[str]
    table: Table

    def section_faults(self, section: str, options: Any) -> Iterator[str]:
        """Yield what is wrong with one section."""
        if not any(self.options_of(place) for place in self.places(section)):
            yield f"{self.variable}: {self.unknown_section(section, options)}"
        elif options is None:
            yield f"{self.variable}: [{section}] holds nothing: give it options, or leave the section out"
        elif not isinstance(options, Mapping):
            yield f"{self.variable}: [{section}] must be a dictionary of options, not {in_words(options)}"
        else:
            for option, value in options.items():
                yield from self.option_faults(section, str(option), value)

    def option_faults(self, section: str, option: str, value: Any) -> Iterator[str]:
        """Yield what is wrong with one option, without its value."""
        where = f"{self.variable}: {section}/{option}"
        names = self.known(self.places(section), option)
        if not names:
            yield f"{where} is not an option of Glance{self.hint(section, option)}"
            return
        yield from (
            f"{where} is not an option of Glance {_title(self.release)}: {why}" for why in self.not_in_release(names)
        )
        if not _fits(value, names[0].kind):
            dictionary = "a dictionary, " if names[0].kind == "dict" else ""
            yield f"{where} must be one value, {dictionary}a list of values or null, not {_shape(value)}"
        elif _holds_placeholder(option, value):
            yield f"{where} still holds a placeholder: put the real value there"

    def switch_faults(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield that the switches of secure RBAC differ, with which a release that has both does not start."""
        sections = {name: options for name, options in config.items() if isinstance(options, Mapping)}
        values = [sections.get(section, {}).get(option) for section, option in SWITCHES]
        if self.release and all(map(self.has, map("/".join, SWITCHES))) and len(set(map(_is_on, values))) > 1:
            names = " and ".join(map("/".join, SWITCHES))
            yield f"{self.variable}: {names} must have the same value, or Glance {_title(self.release)} does not start"

    def other_name(self, section: str, option: str) -> tuple[str, str] | None:
        """Return the section and the name that the release has for an option instead; nothing where it has this one."""
        names = next(filter(None, (self.known([place], option) for place in self.places(section))), [])
        own = [name for name in names if not name.now and covers(name, self.release)]
        if self.release not in RELEASES or any(not self.is_deprecated(name) for name in own):
            return None
        others = self.successors(names) or (set() if own else self.predecessors(names))
        if len(others) != 1:
            return None
        home, other = others.pop().split("/")
        return (section if home in (STORE, AUTH) else home, other)

    def is_deprecated(self, name: Name) -> bool:
        """Say whether the release warns of an option."""
        return bool(name.deprecated) and RELEASES.index(name.deprecated) <= RELEASES.index(str(self.release))

    def successors(self, names: Iterable[Name]) -> set[str]:
        """Return what the release calls options of which these are older names."""
        found: set[str] = set()
        for now in {name.now for name in names if name.now}:
            section, option = now.split("/")
            found |= {now} if self.has(now) else self.successors(self.known([section], option))
        return found

    def predecessors(self, names: Iterable[Name]) -> set[str]:
        """Return the older names that the release, which has none of these yet, has as options."""
        newer = {str(name) for name in names if not name.now}
        aliases = (name for options in self.table.values() for others in options.values() for name in others)
        return {str(alias) for alias in aliases if alias.now in newer and self.has(str(alias))}

    def places(self, section: str) -> tuple[str, ...]:
        """Return the sections of the table in which the options of a section stand."""
        if section in self.stores:
            return (section, *STORE_PLACES)
        if section in self.auth_sections:
            return (section, AUTH)
        return () if section in (STORE, AUTH) else (section,)

    def known(self, sections: Iterable[str], option: Any) -> list[Name]:
        """Return what is known of an option of this file in any of the sections."""
        return [name for name in find(self.table, sections, option) if name.file in (self.file, "both")]

    def options_of(self, section: str) -> list[str]:
        """Return the names of a section's options in this file."""
        return [option for option in self.table.get(section, {}) if self.known([section], option)]

    def homes(self, option: str) -> list[str]:
        """Return the sections in which the release has an option."""
        names = self.known(self.table, option)
        own = [name for name in names if not name.now] or names
        sections = {name.section for name in own if covers(name, self.release)}
        return sorted(sections - AUTH_SECTIONS if AUTH in sections else sections)

    def unknown_section(self, section: str, options: Any) -> str:
        """Return what is wrong with the name of a section."""
        homes = [] if isinstance(options, Mapping) else self.homes(section)
        if homes:
            return f"{section} is an option, not a section; it stands in {_listed(homes)}"
        sections = [place for place in self.table if self.options_of(place)]
        near = nearest(section, {*sections, *self.stores} - {STORE, AUTH})
        if near:
            return f"[{section}] is not a section of Glance; did you mean [{near}]?"
        if isinstance(options, Mapping) and options and all(self.known([STORE], option) for option in options):
            return f"[{section}] holds options of a store, but no store of glance_stores has this name"
        return f"[{section}] is not a section of Glance"

    def hint(self, section: str, option: str) -> str:
        """Return where an option stands that its section does not have, or which one was probably meant."""
        homes = self.homes(option)
        if homes:
            return f"; it stands in {_listed(homes)}"
        near = nearest(option, [name for place in self.places(section) for name in self.options_of(place)])
        if near:
            return f"; did you mean {section}/{near}?"
        near = nearest(option, [name for place in self.table for name in self.options_of(place)], cutoff=0.8)
        return f"; did you mean {near} in {_listed(self.homes(near))}?" if near and self.homes(near) else ""

    def not_in_release(self, names: list[Name]) -> Iterator[str]:
        """Yield since or until when the release lacks an option, where it surely does."""
        if self.release is None or any(self.may_have(name) for name in names):
            return
        now = RELEASES.index(self.release)
        gone = [RELEASES.index(name.last) + 1 for name in names if RELEASES.index(name.last) < now]
        if gone:
            yield f"{_title(RELEASES[max(gone)])} removed it{self.replacement(names)}"
        else:
            yield f"{_title(min((name.first for name in names), key=RELEASES.index))} brought it"

    def may_have(self, name: Name) -> bool:
        """Say whether the release may have an option: the edges of the table can be one release off."""
        if self.release not in RELEASES or covers(name, self.release, tolerance=1):
            return True
        now, first = RELEASES.index(self.release), RELEASES.index(name.first)
        # The samples before Liberty were written by hand, and leave out what libraries define;
        # and a section can have been read for years before the samples showed it.
        shown = min(RELEASES.index(other.first) for others in self.table[name.section].values() for other in others)
        return now < first and (first <= RELEASES.index("liberty") or now < shown)

    def replacement(self, names: list[Name]) -> str:
        """Return what the release has instead of an option that is gone."""
        now = sorted({name.now for name in names if name.now and self.has(name.now)})
        if now:
            return f"; use {' or '.join(now)} instead"
        homes = [home for home in self.homes(names[0].option) if home != names[0].section]
        return f"; it stands in {_listed(homes)} now" if homes else ""

    def has(self, option: str) -> bool:
        section, name = option.split("/")
        return any(covers(found, self.release) for found in self.known([section], name) if not found.now)


def _is_on(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1")


def _fits(value: Any, kind_: str) -> bool:
    if isinstance(value, Mapping):
        return kind_ == "dict" and all(map(_is_plain, value.values()))
    return not isinstance(value, (list, tuple)) or all(map(_is_plain, value))


def _is_plain(value: Any) -> bool:
    return value is not None and not isinstance(value, (Mapping, list, tuple))


def _shape(value: Any) -> str:
    return in_words(value) if isinstance(value, Mapping) else "a list of something else"


def _holds_placeholder(option: str, value: Any) -> bool:
    texts = value if isinstance(value, (list, tuple)) else [value]
    if SECRET_NAME.search(option):
        return any(is_placeholder(text) for text in texts)
    return any(_GUIDE_WORD.search(str(text)) for text in texts)


def _listed(sections: Iterable[str]) -> str:
    return " or ".join(_IN_WORDS.get(section, f"[{section}]") for section in sections)


def _title(release: str | None) -> str:
    return str(release).capitalize()
