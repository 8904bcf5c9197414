# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person should know about a file of options, beside what becomes of it.

All but shadowed, shadow_in_words and restart hold for oslo.config alone, and are to be asked for its dialect only.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Collection, Iterable, Iterator, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import has_url_password
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import Change, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout

Secret = Callable[[str, str], bool]

DEFAULT = "DEFAULT"
SHOWN_LINES = 5
# The options that oslo.config itself has, whatever the service.
OWN_OPTIONS = frozenset({"config_dir", "config_file", "config_source"})
# Two dollar signs are one; a name may begin with what is no letter of a name, and may end with a dot, as it does there.
_REFERENCE = re.compile(r"\$(?:\$|([_a-z][._a-z0-9]*)|\{([_a-z][._a-z0-9]*)\})", re.IGNORECASE)
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")


def _is_secret(place: Place, value: str | None, secret: Secret) -> bool:
    """Say whether a value is nobody's business, by the name of its option or by an account in it."""
    return secret(*place) or any(map(has_url_password, (value or "").split()))


# Dashes ----------------------------------------------------------------------------------------------------------


def with_underscores(layout: Layout, settings: Sequence[Setting], allow_dash: bool) -> tuple[list[Setting], list[str]]:
    """Return the settings under the names that oslo.config reads, and a warning for each that was given otherwise."""
    asked = {layout.document.place(setting.section, setting.option) for setting in settings}
    named: list[Setting] = []
    warnings: list[str] = []
    for setting in settings:
        meant = setting if allow_dash else _with_underscores(layout, setting, asked)
        if meant.option != setting.option:
            asked.add(layout.document.place(meant.section, meant.option))
            warnings.append(
                f"[{setting.section}] {setting.option}: oslo.config reads {meant.option} and ignores {setting.option}; "
                f"{meant.option} was {'set' if setting.values else 'removed'}. Say {meant.option}, or allow_dash: true "
                f"to write {setting.option}"
            )
        named.append(meant)
    return named, warnings


def _with_underscores(layout: Layout, setting: Setting, asked: Collection[Place]) -> Setting:
    """Return a setting under the name that the file has for it."""
    document, option = layout.document, setting.option.replace("-", "_")
    place = document.place(setting.section, option)
    if option == setting.option or not (place in document.places or option in layout.defaults(place.section)):
        return setting
    if setting.values and place in asked:
        raise GlanceError(
            f"{setting} and {setting.section}/{option} are both given, and oslo.config reads {option} alone: leave "
            f"{setting.option} out, or say allow_dash: true. Nothing was changed."
        )
    # Who takes an ignored line away does not want to lose the one that counts.
    is_there = document.place(setting.section, setting.option) in document.places
    return setting if not setting.values and (is_there or place in asked) else setting._replace(option=option)


# What oslo.config would make of the file -------------------------------------------------------------------------


def warnings_of(
    document: Document,
    layout: Layout,
    references: Sequence[Setting],
    secret: Secret,
    settings: Sequence[Setting] = (),
) -> list[str]:
    """Return what oslo.config would stumble over, or read over, in a document that is brought to these settings.

    references: those settings in which a dollar sign refers to another option.
    settings: all of them, or the others.
    """
    asked = [*references, *settings]
    places = {*document.places, *(document.place(setting.section, setting.option) for setting in asked)}

    def is_known(place: Place) -> bool:
        return place in places or place.option in layout.defaults(place.section)

    found = [*_unreadable(document), *_ignored(document, asked)]
    for setting in references:
        found += _unknown_references(setting, document.place(setting.section, setting.option), is_known, secret)
    return list(dict.fromkeys(found))


def _unreadable(document: Document) -> Iterator[str]:
    lines = enumerate(document.lines, 1)
    numbers = [number for number, line in lines if not line.isascii() and _NOT_UTF_8.search(line)]
    if numbers:
        shown = ", ".join(map(str, numbers[:SHOWN_LINES]))
        more = f" and {len(numbers) - SHOWN_LINES} more" if len(numbers) > SHOWN_LINES else ""
        what = "there are bytes that are not UTF-8: oslo.config cannot read this file"
        yield f"line{'s' * (len(numbers) > 1)} {shown}{more}: {what}"


def _ignored(document: Document, settings: Iterable[Setting]) -> Iterator[str]:
    names = [section.name for section in document.sections[1:]]
    names += (setting.section for setting in settings if setting.values)
    for name in names:
        if name != DEFAULT and name.strip().lower() == DEFAULT.lower():
            yield f"oslo.config ignores [{name}]: its own section is [{DEFAULT}]"


def _unknown_references(
    setting: Setting, place: Place, is_known: Callable[[Place], bool], secret: Secret
) -> Iterator[str]:
    for value in setting.values:
        for name in names_in(value or ""):
            if any(is_known(referred) for referred in referred_places(place.section, name)):
                continue
            # What follows a dollar sign in a password is a piece of the password.
            what = "an option" if _is_secret(place, value, secret) else f"${name}"
            yield (
                f"{setting} refers to {what} with a dollar sign, and the file has no such option, not even commented "
                f"out, where oslo.config looks for it. If the service has none either, it fails on reading {setting}. "
                "For the sign itself, write $$, say literal: true, or give the value in secrets"
            )


def names_in(value: str) -> Iterator[str]:
    """Yield the names that a value refers to, but for oslo.config's own options."""
    for found in _REFERENCE.finditer(value.replace(r"\$", "$$")):
        name = found[1] or found[2]
        if name and name not in OWN_OPTIONS:
            yield name


def referred_places(section: str, name: str) -> list[Place]:
    """Return where oslo.config looks for what an option of this section refers to."""
    group, dot, option = name.partition(".")
    if not dot:
        return [Place(section, name), Place(DEFAULT, name)]
    # It knows no section DEFAULT here, and of the others only the exact name, which is in lower case.
    return [Place(group, option)] if group != DEFAULT else []


# What the service knows ------------------------------------------------------------------------------------------

BOOLEANS = frozenset({"true", "1", "on", "yes", "false", "0", "off", "no"})
NUMBERS: dict[str, tuple[Callable[[str], float], str]] = {
    "integer value": (int, "an integer"),
    "port value": (int, "a port"),
    "port": (int, "a port"),
    "floating point value": (float, "a number"),
}
# The plugin that this option names has options that no schema lists. What is unknown beside it is a fault only where it
# is nearly one that is listed.
LOADS_PLUGIN = "auth_type"
ALIKE, MISSPELT = 0.6, 0.9


def schema_faults(schema: Mapping[str, Any], settings: Iterable[Setting], secret: Secret) -> list[str]:
    """Return what is wrong with the settings, by what `oslo-config-generator --format json` prints, parsed."""
    try:
        known = _Known(schema)
    except (AttributeError, KeyError, TypeError) as error:
        raise GlanceError("the schema is not what oslo-config-generator --format json prints") from error
    found = (fault for setting in settings if setting.values for fault in known.faults(setting, secret))
    return list(dict.fromkeys(found))


class _Known:
    """The options that a service knows, under the names that it reads in a file."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        section = DIALECTS["oslo"].section
        self.sections = {section(name): None for name in schema["options"]}
        self.options: dict[Place, Mapping[str, Any]] = {
            Place(section(name), entry["dest"]): entry
            for name, group in schema["options"].items()
            for entry in group["opts"]
        }
        # An option may be named there with dashes, as on the command line.
        self.renamed = {
            Place(section(name), row["name"]): f"{row['replacement_group']}/{row['replacement_name'].replace('-', '_')}"
            for name, rows in schema["deprecated_options"].items()
            for row in rows
        }

    def faults(self, setting: Setting, secret: Secret) -> Iterator[str]:
        place = Place(DIALECTS["oslo"].section(setting.section), setting.option)
        if place in self.options:
            yield from (f"{setting} {fault}" for fault in _value_faults(self.options[place], place, setting, secret))
        elif place in self.renamed:
            yield f"{setting} is the old name of {self.renamed[place]}: use that"
        elif place.section not in self.sections:
            yield f"[{setting.section}] is not in the schema{self.like_section(place)}; its options were not checked"
        else:
            yield from self.unknown(setting, place)

    def unknown(self, setting: Setting, place: Place) -> Iterator[str]:
        """Yield that the service does not know an option, and which one was probably meant."""
        plugin = Place(place.section, LOADS_PLUGIN) in self.options
        own = [known.option for known in self.options if known.section == place.section]
        near = _nearest(place.option, own, MISSPELT if plugin else ALIKE)
        if near or not plugin:
            hint = self.elsewhere(place.option) or (f"did you mean {near}?" if near else self.like(place.option))
            yield f"{setting} is no option of the service" + (f"; {hint}" if hint else "")

    def elsewhere(self, option: str) -> str:
        """Return in which sections an option is, in words."""
        sections = [known.section for known in self.options if known.option == option]
        return f"it belongs in {' or '.join(f'[{section}]' for section in sections)}" if sections else ""

    def like(self, option: str) -> str:
        """Return an option of any section that is named like this one, in words."""
        places = {known.option: known for known in self.options}
        near = _nearest(option, places, ALIKE)
        return f"did you mean {'/'.join(places[near])}?" if near else ""

    def like_section(self, place: Place) -> str:
        names = {name.lower(): name for name in self.sections}
        near = _nearest(place.section.lower(), names, ALIKE)
        return f" (did you mean [{names[near]}]?)" if near else ""


def _nearest(word: str, words: Iterable[str], cutoff: float) -> str:
    # Most runs find no fault, and need not wait for this module.
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(words), 1, cutoff)), "")


def _value_faults(entry: Mapping[str, Any], place: Place, setting: Setting, secret: Secret) -> Iterator[str]:
    """Yield what is wrong with the values of an option that is known."""
    if entry["type"] == "list value" and len(setting.values) > 1:
        yield "is a list, and oslo.config reads its last line alone: say list_style: comma"
    for value in setting.values:
        # What it refers to is not known here.
        fault = _value_fault(entry, value) if value is not None and "$" not in value else ""
        if fault:
            yield fault if entry["secret"] or _is_secret(place, value, secret) else f"{fault}, not {value!r}"


def _value_fault(entry: Mapping[str, Any], value: str) -> str:
    kind, choices = entry["type"], [choice for choice, _meaning in entry["choices"]]
    if kind == "boolean value":
        return "" if value.lower() in BOOLEANS else "must be true or false"
    if kind in NUMBERS:
        return _number_fault(entry, value, choices)
    # Whether upper case counts, the schema does not say.
    is_one = not choices or value.lower() in (str(choice).lower() for choice in choices)
    return "" if is_one else _one_of(choices)


def _number_fault(entry: Mapping[str, Any], value: str, choices: Sequence[float]) -> str:
    read, noun = NUMBERS[entry["type"]]
    low, high = entry["min"], entry["max"]
    # An empty number stands for none.
    if not value.strip():
        return ""
    try:
        number = read(value)
    except ValueError:
        return f"must be {noun}"
    if choices:
        return "" if number in choices else _one_of(choices)
    if low is not None and number < low:
        return f"must be at least {low}"
    return f"must be at most {high}" if high is not None and number > high else ""


def _one_of(choices: Iterable[Any]) -> str:
    return f"must be one of {', '.join(map(str, choices))}"


# What counts more than the file ----------------------------------------------------------------------------------


def shadowed(settings: Sequence[Setting], others: Iterable[tuple[str, Document]]) -> list[dict[str, Any]]:
    """Return which settings are set again in files that are read later, and in which line of them for the last time.

    An option that may be repeated has the values of all files together; of any other, the last one holds.
    """
    return [
        {"section": setting.section, "option": setting.option, "path": path, "line": there[-1].start + 1}
        for path, document in others
        for setting in settings
        for there in [document.places.get(document.place(setting.section, setting.option))]
        if setting.values and there
    ]


def shadowed_by_environment(settings: Iterable[Setting], environment: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return which settings the environment of the service overrides, by which variable; an empty one does so too."""
    names = ((setting, f"OS_{setting.section.upper()}__{setting.option.upper()}") for setting in settings)
    return [
        {"section": setting.section, "option": setting.option, "variable": name}
        for setting, name in names
        if setting.values and name in environment
    ]


def shadow_in_words(shadow: Mapping[str, Any]) -> str:
    """Return one of what shadowed and shadowed_by_environment found, as a warning."""
    if "variable" in shadow:
        what = "the environment of the service sets it with {variable}, and that holds"
    else:
        what = "{path}, line {line}, sets it again and is read later; unless the option may be repeated, that one holds"
    return f"{{section}}/{{option}}: {what}".format_map(shadow)


# What the service must do ----------------------------------------------------------------------------------------


def restart(changes: Iterable[Change], mutable: Collection[str]) -> tuple[bool, bool]:
    """Say whether the service must be restarted, and whether it need only be told to read its files again.

    Of these, at most one is true. Another style says nothing new to the service, and needs neither. All else does, also
    where it only drops or moves repeated lines: of an option with several values, these are other values.

    mutable: the options, as `section/option`, that the service takes over when it reads its files again.
    """
    told = [f"{change.section}/{change.option}" for change in changes if change.action != "restyled"]
    reload_only = bool(told) and all(name in mutable for name in told)
    return bool(told) and not reload_only, reload_only
