# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check sections and options against the options that Glance has, release by release.

A problem is a sentence without full stop that begins with the variable. It never contains the value of an option.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME
from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.plugin_utils.options.placeholders import (
    contains_guide_word,
    is_placeholder,
)
from ansible_collections.osops.glance.plugins.plugin_utils.options.scope import OptionScope, option_items, option_scope
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import AUTH, RELEASES, STORE, Name, title

_DESCRIPTIONS = {STORE: "the section of a store", AUTH: "sections with credentials, such as [keystone_authtoken]"}
# Secure RBAC has two switches from Wallaby to Zed; glance-api compares them when it starts.
_RBAC_SWITCHES = (("DEFAULT", "enforce_secure_rbac"), ("oslo_policy", "enforce_new_defaults"))


def config_problems(
    variable: str, config: Any, file: str = "api", stores: Iterable[str] = (), release: str | None = None
) -> Iterator[str]:
    """Yield the problems of a variable that contains sections of a configuration file.

    file: `api` or `registry`. stores: the names of the stores in glance_stores.
    release: the release of the host; None accepts the options of any release.
    """
    if not isinstance(config, Mapping):
        expected = "a dictionary of sections ({section: {option: value}})"
        yield f"{variable} must be {expected}, not {describe_type(config)}"
        return
    checker = ConfigChecker(variable, option_scope(config, file, stores, release))
    # The drivers of config_source have sections of their own, with options that the samples do not contain.
    drivers = option_items(config, "DEFAULT", "config_source")
    for section, options in config.items():
        if str(section) not in drivers:
            yield from checker.section_problems(str(section), options)
    yield from checker.rbac_problems(config)


@dataclass(frozen=True)
class ConfigChecker:
    """Check the sections in a variable against the options in scope."""

    variable: str
    scope: OptionScope

    def section_problems(self, section: str, options: Any) -> Iterator[str]:
        """Yield the problems of one section."""
        if not any(self.scope.options_of(place) for place in self.scope.places(section)):
            yield f"{self.variable}: {self._unknown_section(section, options)}"
        elif options is None:
            yield f"{self.variable}: [{section}] is null: set options in it, or remove the section"
        elif not isinstance(options, Mapping):
            yield f"{self.variable}: [{section}] must be a dictionary of options, not {describe_type(options)}"
        else:
            for option, value in options.items():
                yield from self._option_problems(section, str(option), value)

    def rbac_problems(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield that the switches of secure RBAC differ: a release that has both does not start."""
        sections = {name: options for name, options in config.items() if isinstance(options, Mapping)}
        values = [sections.get(section, {}).get(option) for section, option in _RBAC_SWITCHES]
        names = ["/".join(switch) for switch in _RBAC_SWITCHES]
        if self.scope.release and all(map(self.scope.has, names)) and len(set(map(_is_on, values))) > 1:
            release = title(self.scope.release)
            yield f"{self.variable}: {' and '.join(names)} must have the same value, or Glance {release} does not start"

    def _option_problems(self, section: str, option: str, value: Any) -> Iterator[str]:
        label = f"{self.variable}: {section}/{option}"
        names = self.scope.find(self.scope.places(section), option)
        if not names:
            yield f"{label} is not an option of Glance{self._suggestion(section, option)}"
            return
        for reason in self._release_problems(names):
            yield f"{label} is not an option of Glance {title(self.scope.release)}: {reason}"
        if not _is_valid_type(value, names[0].kind):
            dictionary = "a dictionary, " if names[0].kind == "dict" else ""
            yield f"{label} must be a single value, {dictionary}a list of values or null, not {_describe(value)}"
        elif _has_placeholder(option, value):
            yield f"{label} still contains a placeholder: set the real value"

    def _unknown_section(self, section: str, options: Any) -> str:
        """Return the problem of a section that Glance does not have."""
        places = [] if isinstance(options, Mapping) else self.scope.places_of(section)
        if places:
            return f"{section} is an option, not a section; it belongs to {_list_places(places)}"
        table = self.scope.table
        sections = {place for place in table if self.scope.options_of(place)} | self.scope.stores
        match = closest_match(section, sections - {STORE, AUTH})
        if match:
            return f"[{section}] is not a section of Glance; did you mean [{match}]?"
        if isinstance(options, Mapping) and options and all(self.scope.find([STORE], option) for option in options):
            return f"[{section}] contains options of a store, but glance_stores has no store with this name"
        return f"[{section}] is not a section of Glance"

    def _suggestion(self, section: str, option: str) -> str:
        """Return the section to which an option belongs, or the option that was probably meant."""
        places = self.scope.places_of(option)
        if places:
            return f"; it belongs to {_list_places(places)}"
        options = [name for place in self.scope.places(section) for name in self.scope.options_of(place)]
        match = closest_match(option, options)
        if match:
            return f"; did you mean {section}/{match}?"
        options = [name for place in self.scope.table for name in self.scope.options_of(place)]
        match = closest_match(option, options, cutoff=0.8)
        places = self.scope.places_of(match) if match else []
        return f"; did you mean {match} in {_list_places(places)}?" if places else ""

    def _release_problems(self, names: list[Name]) -> Iterator[str]:
        """Yield when an option was added or removed that the release certainly does not have."""
        release = self.scope.release
        if release is None or any(self.scope.may_have(name) for name in names):
            return
        removed = [RELEASES.index(name.last) + 1 for name in names if name.last in RELEASES[: RELEASES.index(release)]]
        if removed:
            yield f"it was removed in {title(RELEASES[max(removed)])}{self._replacement(names)}"
        else:
            yield f"it was added in {title(min((name.first for name in names), key=RELEASES.index))}"

    def _replacement(self, names: list[Name]) -> str:
        """Return what the release has instead of a removed option."""
        current = sorted({name.now for name in names if name.now and self.scope.has(name.now)})
        if current:
            return f"; use {' or '.join(current)} instead"
        places = [place for place in self.scope.places_of(names[0].option) if place != names[0].section]
        return f"; it belongs to {_list_places(places)} now" if places else ""


def _is_on(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1")


def _is_valid_type(value: Any, kind: str) -> bool:
    if isinstance(value, Mapping):
        return kind == "dict" and all(map(_is_scalar, value.values()))
    return not isinstance(value, (list, tuple)) or all(map(_is_scalar, value))


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, (Mapping, list, tuple))


def _describe(value: Any) -> str:
    return describe_type(value) if isinstance(value, Mapping) else "a list with null or nested values"


def _has_placeholder(option: str, value: Any) -> bool:
    texts = value if isinstance(value, (list, tuple)) else [value]
    check = is_placeholder if SECRET_NAME.search(option) else contains_guide_word
    return any(map(check, texts))


def _list_places(places: Iterable[str]) -> str:
    return " or ".join(_DESCRIPTIONS.get(place, f"[{place}]") for place in places)
