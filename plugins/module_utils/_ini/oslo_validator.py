# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain what oslo-config-validator refuses, with the option definitions of the installed release."""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import contextmanager
from typing import Any, Iterable, Iterator, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match
from ansible_collections.osops.glance.plugins.module_utils._core.validator import Diagnosis, no_diagnosis
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place, document_of
from ansible_collections.osops.glance.plugins.module_utils._ini.kept_options import KeptOptions
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.schema import schema_faults

VALIDATOR, GENERATOR = "oslo-config-validator", "oslo-config-generator"
# Sections of stores have names of their own; their options are defined in this section and with this namespace.
STORE, STORE_NAMESPACE = "glance_store", "glance.multi_store"
# The sections whose options the validator does not know (oslo_config/validator.py, KNOWN_BAD_GROUPS).
INCOMPLETE_SECTIONS = frozenset({"keystone_authtoken"})
# Options of every store, which no release defines.
COMMON_STORE_OPTIONS = frozenset({"store_description", "weight"})
SIMILAR, MISSPELT = 0.6, 0.8

_REFUSED = re.compile(r"^ERROR:\w+:(?P<section>.+)/(?P<option>\S+) is not part of the sample config$", re.MULTILINE)


@contextmanager
def diagnosis_of(command: list[str], keep: bool = False) -> Iterator[Diagnosis]:
    """Explain the refusals of a validator of oslo.config; add nothing to other commands.

    keep: whether the option definitions are kept for is_accepted().
    """
    if os.path.basename(command[0]) != VALIDATOR:
        with no_diagnosis(command) as diagnosis:
            yield diagnosis
        return
    generator = Generator(command, keep)
    try:
        yield lambda new, output: generator.faults(read(new) or b"", output)
    finally:
        generator.stop()


def is_accepted(command: list[str], new: str) -> bool:
    """Return whether a validator of oslo.config would accept a file, as the kept option definitions show.

    command: of the validator. new: the path of the file.
    False if this is not known, or if any option needs an explanation: then the validator decides.
    """
    generator = generator_command(command) if os.path.basename(command[0]) == VALIDATOR else []
    schema = KeptOptions(generator).read() if generator else None
    if not schema:
        return False
    try:
        excluded = _excluded(command)
        release = ReleaseOptions(schema, excluded)
        document = document_of(read(new) or b"", "the new file", DIALECTS["oslo"])
        checked = (place for place in document.places if place.section not in INCOMPLETE_SECTIONS.union(excluded))
        unknown = (place.option not in release.sections.get(place.section, ()) for place in checked)
        return not any(unknown) and not any(release.faults(document))
    except (GlanceError, AttributeError, KeyError, TypeError, ValueError):
        return False


def generator_command(validator: Sequence[str]) -> list[str]:
    """Return the command that prints the definitions which a validator uses; empty if it names no namespace."""
    namespaces = [f"--namespace={name}" for name in _option_values(validator, "--namespace")]
    program = os.path.join(os.path.dirname(validator[0]), GENERATOR)
    return [program, "--format=json", *namespaces] if namespaces else []


def _excluded(validator: Sequence[str]) -> frozenset[str]:
    return frozenset(_option_values(validator, "--exclude-group"))


class Generator:
    """oslo-config-generator, which runs in parallel with the validator."""

    def __init__(self, validator: Sequence[str], keep: bool = False) -> None:
        """Start the generator for the namespaces in a validator's command.

        keep: whether its output is kept for later runs.
        """
        self.excluded = _excluded(validator)
        self.command = generator_command(validator)
        self.keep = keep
        self.process: subprocess.Popen[bytes] | None = None
        if self.command:
            try:
                # It runs while the module parses the file; run_command() would block.
                self.process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                    self.command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError:
                # Without the generator, only the output of the validator is explained.
                self.process = None

    def schema(self) -> Any:
        """Return the option definitions; None if there are none."""
        if not self.process:
            return None
        output, _none = self.process.communicate()
        try:
            schema = json.loads(output)
        except ValueError:
            return None
        if self.keep:
            KeptOptions(self.command).write(schema)
        return schema

    def stop(self) -> None:
        """Stop the generator if it still runs."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def faults(self, content: bytes, output: str) -> list[str]:
        """Return a sentence for each invalid option of a new file.

        output: the output of the validator.
        """
        schema = self.schema()
        refused = [Place(match["section"], match["option"]) for match in _REFUSED.finditer(output)]
        try:
            document = document_of(content, "the new file", DIALECTS["oslo"])
            release = ReleaseOptions(schema, self.excluded) if schema else None
            return [
                *(unknown_option(place, release) for place in refused),
                *(release.faults(document) if release else ()),
            ]
        except (GlanceError, AttributeError, KeyError, TypeError, ValueError):
            # Other versions of the generator may print another format; the output of the validator is sufficient.
            return [unknown_option(place, None) for place in refused]


def _option_values(command: Sequence[str], name: str) -> Iterator[str]:
    """Yield the values of a command-line option, as `NAME VALUE` or `NAME=VALUE`."""
    for word, following in zip(command, [*command[1:], ""]):
        if word == name:
            yield following
        elif word.startswith(f"{name}="):
            yield word[len(name) + 1 :]


def unknown_option(place: Place, release: ReleaseOptions | None) -> str:
    """Return the fault of an option that the release does not have, with the one that was probably meant."""
    hint = release.hint(place) if release else ""
    return f"[{place.section}] {place.option} is not an option of the installed release{f'; {hint}' if hint else '.'}"


class ReleaseOptions:
    """The options that the installed release defines.

    excluded: the sections that the validator does not check, among them those of stores.
    """

    def __init__(self, schema: Mapping[str, Any], excluded: Iterable[str] = ()) -> None:
        self.schema = schema
        self.sections: dict[str, set[str]] = {
            section: {entry["dest"] for entry in group["opts"]} for section, group in schema["options"].items()
        }
        self.stores = [section for section in excluded if section not in self.sections]
        self.store_options = {
            entry["dest"]: entry
            for section, group in schema["options"].items()
            for entry in group["opts"]
            if section == STORE or entry.get("namespace") == STORE_NAMESPACE
        }

    def hint(self, place: Place) -> str:
        """Return a sentence with the option that was probably meant; an empty string if none is similar."""
        others = [section for section, options in self.sections.items() if place.option in options]
        if others:
            return f"it belongs in {' or '.join(f'[{section}]' for section in sorted(others))}."
        near = closest_match(place.option, self.sections.get(place.section, ()), SIMILAR)
        if near:
            return f"did you mean {near}?"
        near = closest_match(
            place.option, {option for options in self.sections.values() for option in options}, MISSPELT
        )
        others = [section for section, options in self.sections.items() if near in options]
        return f"did you mean {near} in [{others[0]}]?" if others else ""

    def faults(self, document: Document) -> Iterator[str]:
        """Yield the faults that the validator does not report: invalid values, and options of excluded stores."""
        settings = [
            Setting(place.section, place.option, document.values_at(place))
            for place in document.places
            if place.option in self.sections.get(place.section, ())
        ]
        yield from _value_faults(settings, self.schema)
        stores = [
            Setting(place.section, place.option, document.values_at(place))
            for place in document.places
            if place.section in self.stores
        ]
        if self.store_options:
            yield from self._store_faults(stores)

    def _store_faults(self, settings: Iterable[Setting]) -> Iterator[str]:
        """Yield the faults in the sections of stores; external drivers may have options of their own."""
        defined = [setting for setting in settings if setting.option in self.store_options]
        options = {section: {"opts": list(self.store_options.values())} for section in self.stores}
        yield from _value_faults(defined, {"options": options, "deprecated_options": {}})
        for setting in settings:
            near = closest_match(setting.option, self.store_options, MISSPELT)
            if near and setting.option not in COMMON_STORE_OPTIONS.union(self.store_options):
                reason = "is not an option of a store in the installed release"
                yield f"[{setting.section}] {setting.option} {reason}; did you mean {near}?"


def _value_faults(settings: Sequence[Setting], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the faults of values as sentences that name options in the form `[section] option`."""
    prefixes = {f"{setting} ": f"[{setting.section}] {setting.option} " for setting in settings}
    for fault in schema_faults(schema, settings, lambda _section, option: bool(SECRET_NAME.search(option))):
        prefix = next((prefix for prefix in prefixes if fault.startswith(prefix)), "")
        yield f"{prefixes.get(prefix, '')}{fault[len(prefix) :]}."
