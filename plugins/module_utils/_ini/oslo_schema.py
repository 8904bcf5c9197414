# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What oslo-config-validator refuses, in sentences, with the option definitions that the installed release prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
from difflib import get_close_matches
from typing import Any, Iterable, Iterator, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place, document_of
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.lint import schema_faults

GENERATOR = "oslo-config-generator"
# Sections of stores have names of their own; their options are defined under these.
STORE, STORE_NAMESPACE = "glance_store", "glance.multi_store"
# Options that every store has, and no release defines anywhere.
OF_ALL_STORES = frozenset({"store_description", "weight"})
ALIKE, MISSPELT = 0.6, 0.8

_REFUSED = re.compile(r"^ERROR:\w+:(?P<section>.+)/(?P<option>\S+) is not part of the sample config$", re.MULTILINE)


class Definitions:
    """The option definitions of the installed release, which are generated beside the validator's own work."""

    def __init__(self, validator: Sequence[str]) -> None:
        """Start the generator for the namespaces of a command."""
        self.excluded = frozenset(_given(validator, "--exclude-group"))
        namespaces = [f"--namespace={name}" for name in _given(validator, "--namespace")]
        generator = os.path.join(os.path.dirname(validator[0]), GENERATOR)
        self.process: subprocess.Popen[bytes] | None = None
        if namespaces:
            try:
                self.process = subprocess.Popen(
                    [generator, "--format=json", *namespaces],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError:
                # Then the validator's words have to do.
                self.process = None

    def schema(self) -> Any:
        """Return what was generated, or None where nothing was."""
        if not self.process:
            return None
        output, _none = self.process.communicate()
        try:
            return json.loads(output)
        except ValueError:
            return None

    def stop(self) -> None:
        """End the generator where it still runs."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def faults(self, content: bytes, said: str) -> list[str]:
        """Return a sentence for each option of a new file that is wrong, given what the validator said of it."""
        schema = self.schema()
        refused = [Place(match["section"], match["option"]) for match in _REFUSED.finditer(said)]
        try:
            document = document_of(content, "the new file", DIALECTS["oslo"])
            known = Known(schema, self.excluded) if schema else None
            return [
                *(unknown(place, known) for place in refused),
                *(known.faults(document) if known else ()),
            ]
        except (GlanceError, AttributeError, KeyError, TypeError, ValueError):
            # Other versions of the generator may print something else; the validator's words are enough to refuse.
            return [unknown(place, None) for place in refused]


def is_validator(command: Sequence[str]) -> bool:
    return os.path.basename(command[0]) == "oslo-config-validator"


def _given(command: Sequence[str], name: str) -> Iterator[str]:
    """Yield the values of an option of a command, in both ways of giving them."""
    for word, following in zip(command, [*command[1:], ""]):
        if word == name:
            yield following
        elif word.startswith(f"{name}="):
            yield word[len(name) + 1 :]


def unknown(place: Place, known: Known | None) -> str:
    """Return that the release does not have an option, and which one was probably meant."""
    hint = known.hint(place) if known else ""
    return f"[{place.section}] {place.option} is not an option of the installed release{f'; {hint}' if hint else '.'}"


class Known:
    """The options that the release defines."""

    def __init__(self, schema: Mapping[str, Any], excluded: Iterable[str] = ()) -> None:
        self.schema = schema
        self.sections: dict[str, set[str]] = {
            section: {entry["dest"] for entry in group["opts"]} for section, group in schema["options"].items()
        }
        self.stores = [section for section in excluded if section not in self.sections]
        self.of_stores = {
            entry["dest"]: entry
            for section, group in schema["options"].items()
            for entry in group["opts"]
            if section == STORE or entry.get("namespace") == STORE_NAMESPACE
        }

    def hint(self, place: Place) -> str:
        """Return which option was probably meant, in words."""
        homes = [section for section, options in self.sections.items() if place.option in options]
        if homes:
            return f"it stands in {' or '.join(f'[{home}]' for home in sorted(homes))}."
        near = _nearest(place.option, self.sections.get(place.section, ()), ALIKE)
        if near:
            return f"did you mean {near}?"
        near = _nearest(place.option, {option for options in self.sections.values() for option in options}, MISSPELT)
        homes = [section for section, options in self.sections.items() if near in options]
        return f"did you mean {near} in [{homes[0]}]?" if homes else ""

    def faults(self, document: Document) -> Iterator[str]:
        """Yield what is wrong with the options that the validator accepts, or does not look at."""
        settings = [
            Setting(place.section, place.option, document.values_at(place))
            for place in document.places
            if place.option in self.sections.get(place.section, ())
        ]
        yield from self.wrong_values(settings, self.schema)
        stores = [
            Setting(place.section, place.option, document.values_at(place))
            for place in document.places
            if place.section in self.stores
        ]
        if self.of_stores:
            yield from self.store_faults(stores)

    def store_faults(self, settings: Iterable[Setting]) -> Iterator[str]:
        """Yield what is wrong in the sections of stores; drivers from elsewhere may have options of their own."""
        own = [setting for setting in settings if setting.option in self.of_stores]
        options = {section: {"opts": list(self.of_stores.values())} for section in self.stores}
        yield from self.wrong_values(own, {"options": options, "deprecated_options": {}})
        for setting in settings:
            near = _nearest(setting.option, self.of_stores, MISSPELT)
            if near and setting.option not in OF_ALL_STORES.union(self.of_stores):
                what = "is not an option of a store in the installed release"
                yield f"[{setting.section}] {setting.option} {what}; did you mean {near}?"

    @staticmethod
    def wrong_values(settings: Sequence[Setting], schema: Mapping[str, Any]) -> Iterator[str]:
        starts = {f"{setting} ": f"[{setting.section}] {setting.option} " for setting in settings}
        for fault in schema_faults(schema, settings, lambda _section, option: bool(SECRET_NAME.search(option))):
            start = next((start for start in starts if fault.startswith(start)), "")
            yield f"{starts.get(start, '')}{fault[len(start) :]}."


def _nearest(word: str, words: Iterable[str], cutoff: float) -> str:
    return next(iter(get_close_matches(word, sorted(words), 1, cutoff)), "")
