# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rename options to the names that a release uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.options.scope import OptionScope, option_scope
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import (
    AUTH,
    RELEASES,
    STORE,
    Name,
    covers,
    title,
)


def other_names(
    config: Mapping[str, Any], release: str | None, file: str = "api", stores: Iterable[str] = ()
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the options that the release names differently, each with that name: (section, option)."""
    scope = option_scope(config, file, stores, release)
    options = [(section, option) for section, options in config.items() for option in options]
    others = {(section, option): _other_name(scope, str(section), str(option)) for section, option in options}
    return {name: other for name, other in others.items() if other}


def renamed(
    config: Mapping[str, Mapping[str, Any]],
    release: str | None,
    file: str = "api",
    stores: Iterable[str] = (),
) -> dict[str, dict[str, Any]]:
    """Return the sections with each option under the name that the release uses.

    Raises GlanceError if an option is set under two names with different values.
    """
    result = {section: dict(options) for section, options in config.items()}
    for (section, option), (new_section, name) in other_names(config, release, file, stores).items():
        value = result[section].pop(option)
        if str(result.setdefault(new_section, {}).setdefault(name, value)) != str(value):
            raise GlanceError(
                f"{section}/{option} and {new_section}/{name} are the same option in Glance {title(release)}, "
                "but have different values: remove the first one"
            )
    return {section: options for section, options in result.items() if options or not config.get(section)}


def _other_name(scope: OptionScope, section: str, option: str) -> tuple[str, str] | None:
    """Return the section and the name that the release uses for an option; None if it accepts this name."""
    names = next(filter(None, (scope.find([place], option) for place in scope.places(section))), [])
    accepted = [name for name in names if not name.now and covers(name, scope.release)]
    if scope.release not in RELEASES or any(not _is_deprecated(scope, name) for name in accepted):
        return None
    others = _successors(scope, names) or (set() if accepted else _predecessors(scope, names))
    if len(others) != 1:
        return None
    place, other = others.pop().split("/")
    return (section if place in (STORE, AUTH) else place, other)


def _is_deprecated(scope: OptionScope, name: Name) -> bool:
    """Return whether the release logs a deprecation warning for an option."""
    return bool(name.deprecated) and RELEASES.index(name.deprecated) <= RELEASES.index(str(scope.release))


def _successors(scope: OptionScope, names: Iterable[Name]) -> set[str]:
    """Return the names that the release uses for options of which these are aliases."""
    found: set[str] = set()
    for now in {name.now for name in names if name.now}:
        section, option = now.split("/")
        found |= {now} if scope.has(now) else _successors(scope, scope.find([section], option))
    return found


def _predecessors(scope: OptionScope, names: Iterable[Name]) -> set[str]:
    """Return the aliases that the release, which does not have these names yet, has as options."""
    newer = {str(name) for name in names if not name.now}
    aliases = (name for options in scope.table.values() for others in options.values() for name in others)
    return {str(alias) for alias in aliases if alias.now in newer and scope.has(str(alias))}
