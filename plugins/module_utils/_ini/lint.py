# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find settings that oslo.config ignores or cannot read. Only for the dialect oslo."""

from __future__ import annotations

import re
from typing import Callable, Collection, Iterable, Iterator, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import IsSecretName, is_secret
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting

DEFAULT = "DEFAULT"
MAX_LINES = 5
# The options of oslo.config itself, which every service has.
OSLO_CONFIG_OPTIONS = frozenset({"config_dir", "config_file", "config_source"})
# The pattern of oslo.config's template: two dollar signs are one, and the last character of a name may be a dot.
_REFERENCE = re.compile(r"\$(?:\$|([_a-z][._a-z0-9]*)|\{([_a-z][._a-z0-9]*)\})", re.IGNORECASE)
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")


def use_underscores(layout: Layout, settings: Sequence[Setting], allow_dash: bool) -> tuple[list[Setting], list[str]]:
    """Return the settings under the names that oslo.config reads, and a warning for each that was renamed."""
    places = {layout.document.place(setting.section, setting.option) for setting in settings}
    renamed: list[Setting] = []
    warnings: list[str] = []
    for setting in settings:
        new = setting if allow_dash else _with_underscores(layout, setting, places)
        if new.option != setting.option:
            places.add(layout.document.place(new.section, new.option))
            warnings.append(
                f"[{setting.section}] {setting.option}: oslo.config reads {new.option} and ignores {setting.option}; "
                f"{new.option} was {'set' if setting.values else 'removed'}. Use {new.option}, or set "
                f"allow_dash: true to write {setting.option}"
            )
        renamed.append(new)
    return renamed, warnings


def _with_underscores(layout: Layout, setting: Setting, places: Collection[Place]) -> Setting:
    """Return a setting under the name that the file has for it.

    places: those of all settings.
    """
    document, option = layout.document, setting.option.replace("-", "_")
    place = document.place(setting.section, option)
    if option == setting.option or not (place in document.places or option in layout.defaults(place.section)):
        return setting
    if setting.values and place in places:
        raise GlanceError(
            f"{setting} and {setting.section}/{option} are both specified, and oslo.config reads only {option}. Remove "
            f"{setting.option}, or set allow_dash: true. Nothing was changed."
        )
    # The removal of an ignored line must not remove the option that takes effect.
    is_present = document.place(setting.section, setting.option) in document.places
    return setting if not setting.values and (is_present or place in places) else setting._replace(option=option)


def oslo_warnings(
    document: Document,
    layout: Layout,
    references: Sequence[Setting],
    is_secret_name: IsSecretName,
    settings: Sequence[Setting] = (),
) -> list[str]:
    """Return warnings about parts of a document, edited by these settings, that oslo.config ignores or cannot read.

    references: the settings in which a dollar sign refers to another option.
    settings: all of them, or the others.
    """
    desired = [*references, *settings]
    places = {*document.places, *(document.place(setting.section, setting.option) for setting in desired)}

    def is_defined(place: Place) -> bool:
        return place in places or place.option in layout.defaults(place.section)

    warnings = [*_unreadable_lines(document), *_ignored_sections(document, desired)]
    for setting in references:
        place = document.place(setting.section, setting.option)
        warnings += _unknown_references(setting, place, is_defined, is_secret_name)
    return list(dict.fromkeys(warnings))


def _unreadable_lines(document: Document) -> Iterator[str]:
    lines = enumerate(document.lines, 1)
    numbers = [number for number, line in lines if not line.isascii() and _NOT_UTF_8.search(line)]
    if numbers:
        listed = ", ".join(map(str, numbers[:MAX_LINES]))
        more = f" and {len(numbers) - MAX_LINES} more" if len(numbers) > MAX_LINES else ""
        plural = "s" if len(numbers) > 1 else ""
        yield f"line{plural} {listed}{more}: some bytes are not UTF-8; oslo.config cannot read this file"


def _ignored_sections(document: Document, settings: Iterable[Setting]) -> Iterator[str]:
    names = [section.name for section in document.sections[1:]]
    names += (setting.section for setting in settings if setting.values)
    for name in names:
        if name != DEFAULT and name.strip().lower() == DEFAULT.lower():
            yield f"oslo.config ignores [{name}]; the name of its default section is [{DEFAULT}]"


def _unknown_references(
    setting: Setting, place: Place, is_defined: Callable[[Place], bool], is_secret_name: IsSecretName
) -> Iterator[str]:
    for value in setting.values:
        for name in names_in(value or ""):
            if any(is_defined(referred) for referred in referred_places(place.section, name)):
                continue
            # The text after a dollar sign in a password is a piece of the password.
            target = "an option" if is_secret(place, value, is_secret_name) else f"${name}"
            yield (
                f"{setting} refers to {target} with a dollar sign, but the file has no such option, not even commented "
                f"out. If the service does not define it either, reading {setting} fails. "
                "For a literal dollar sign, write $$, set literal: true, or specify the value in secrets"
            )


def names_in(value: str) -> Iterator[str]:
    """Yield the names that a value refers to, except for oslo.config's own options."""
    for found in _REFERENCE.finditer(value.replace(r"\$", "$$")):
        name = found[1] or found[2]
        if name and name not in OSLO_CONFIG_OPTIONS:
            yield name


def referred_places(section: str, name: str) -> list[Place]:
    """Return the places where oslo.config searches the target of a reference in an option of this section."""
    group, dot, option = name.partition(".")
    if not dot:
        return [Place(section, name), Place(DEFAULT, name)]
    # A reference cannot name the section DEFAULT, and another section only by its exact name, which is in lower case.
    return [Place(group, option)] if group != DEFAULT else []
