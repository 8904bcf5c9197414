# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check settings against the option definitions that `oslo-config-generator --format json` prints."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import IsSecretName, is_secret
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting

BOOLEANS = frozenset({"true", "1", "on", "yes", "false", "0", "off", "no"})
NUMBERS: dict[str, tuple[Callable[[str], float], str]] = {
    "integer value": (int, "an integer"),
    "port value": (int, "a port"),
    "port": (int, "a port"),
    "floating point value": (float, "a number"),
}
# The plugin that this option names has options that no schema lists. In its section, an unknown option is a fault only
# if it is very similar to a listed one.
LOADS_PLUGIN = "auth_type"
SIMILAR, MISSPELT = 0.6, 0.9


def schema_faults(schema: Mapping[str, Any], settings: Iterable[Setting], is_secret_name: IsSecretName) -> list[str]:
    """Return the faults of settings, by a parsed schema; GlanceError if it is not valid."""
    try:
        definitions = _Definitions(schema)
    except (AttributeError, KeyError, TypeError) as error:
        raise GlanceError("the schema is not the output of oslo-config-generator --format json") from error
    faults = (fault for setting in settings if setting.values for fault in definitions.faults(setting, is_secret_name))
    return list(dict.fromkeys(faults))


class _Definitions:
    """The options of a service, by the names that it reads in a file."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        section = DIALECTS["oslo"].section
        self.sections = {section(name): None for name in schema["options"]}
        self.options: dict[Place, Mapping[str, Any]] = {
            Place(section(name), entry["dest"]): entry
            for name, group in schema["options"].items()
            for entry in group["opts"]
        }
        # The schema may name the replacement with dashes, as on the command line.
        self.renamed = {
            Place(section(name), row["name"]): f"{row['replacement_group']}/{row['replacement_name'].replace('-', '_')}"
            for name, rows in schema["deprecated_options"].items()
            for row in rows
        }

    def faults(self, setting: Setting, is_secret_name: IsSecretName) -> Iterator[str]:
        place = Place(DIALECTS["oslo"].section(setting.section), setting.option)
        if place in self.options:
            entry = self.options[place]
            yield from (f"{setting} {fault}" for fault in _value_faults(entry, place, setting, is_secret_name))
        elif place in self.renamed:
            yield f"{setting} is deprecated; use {self.renamed[place]}"
        elif place.section not in self.sections:
            hint = self._similar_section(place)
            yield f"[{setting.section}] is not in the schema{hint}; its options were not checked"
        else:
            yield from self._unknown(setting, place)

    def _unknown(self, setting: Setting, place: Place) -> Iterator[str]:
        """Yield the fault of an unknown option, with the one that was probably meant."""
        has_plugin = Place(place.section, LOADS_PLUGIN) in self.options
        names = [defined.option for defined in self.options if defined.section == place.section]
        near = closest_match(place.option, names, MISSPELT if has_plugin else SIMILAR)
        if near or not has_plugin:
            hint = self._other_sections(place.option)
            hint = hint or (f"did you mean {near}?" if near else self._similar_option(place.option))
            yield f"{setting} is not an option of the service" + (f"; {hint}" if hint else "")

    def _other_sections(self, option: str) -> str:
        sections = [defined.section for defined in self.options if defined.option == option]
        return f"it belongs in {' or '.join(f'[{section}]' for section in sections)}" if sections else ""

    def _similar_option(self, option: str) -> str:
        places = {defined.option: defined for defined in self.options}
        near = closest_match(option, places, SIMILAR)
        return f"did you mean {'/'.join(places[near])}?" if near else ""

    def _similar_section(self, place: Place) -> str:
        names = {name.lower(): name for name in self.sections}
        near = closest_match(place.section.lower(), names, SIMILAR)
        return f" (did you mean [{names[near]}]?)" if near else ""


def _value_faults(
    entry: Mapping[str, Any], place: Place, setting: Setting, is_secret_name: IsSecretName
) -> Iterator[str]:
    """Yield the faults of the values of a defined option."""
    if entry["type"] == "list value" and len(setting.values) > 1:
        yield "is a list, and oslo.config reads only its last line; set list_style: comma"
    for value in setting.values:
        # The value of a reference is not known here.
        fault = _value_fault(entry, value) if value is not None and "$" not in value else ""
        if fault:
            yield fault if entry["secret"] or is_secret(place, value, is_secret_name) else f"{fault}, not {value!r}"


def _value_fault(entry: Mapping[str, Any], value: str) -> str:
    kind, choices = entry["type"], [choice for choice, _meaning in entry["choices"]]
    if kind == "boolean value":
        return "" if value.lower() in BOOLEANS else "must be true or false"
    if kind in NUMBERS:
        return _number_fault(entry, value, choices)
    # The schema does not specify whether case matters.
    is_valid = not choices or value.lower() in (str(choice).lower() for choice in choices)
    return "" if is_valid else _choices_fault(choices)


def _number_fault(entry: Mapping[str, Any], value: str, choices: Sequence[float]) -> str:
    convert, noun = NUMBERS[entry["type"]]
    low, high = entry["min"], entry["max"]
    # oslo.config reads an empty number as none.
    if not value.strip():
        return ""
    try:
        number = convert(value)
    except ValueError:
        return f"must be {noun}"
    if choices:
        return "" if number in choices else _choices_fault(choices)
    if low is not None and number < low:
        return f"must be at least {low}"
    return f"must be at most {high}" if high is not None and number > high else ""


def _choices_fault(choices: Iterable[Any]) -> str:
    return f"must be one of {', '.join(map(str, choices))}"
