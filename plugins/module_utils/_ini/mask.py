# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hide the secrets of a configuration file by the place and the form of values."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, Callable, Collection, Iterable, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import has_url_password, redact
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Option, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import is_comment

# Returns whether an option of a section is secret by its name.
IsSecretName = Callable[[str, str], bool]

# Characters. A shorter text occurs by chance in text that is not secret; a value that is secret by the name of its
# option only must be longer than one that the operator declared secret.
MIN_DECLARED_LENGTH, MIN_NAMED_LENGTH = 4, 8
_ASSIGNMENT = re.compile(r"[^=:]*[=:]\s*")
_WORD = re.compile(r"[\w.-]+")


def is_secret(place: Place, value: str | None, is_secret_name: IsSecretName) -> bool:
    """Return whether a value is secret, by the name of its option or because it contains an account."""
    return is_secret_name(*place) or any(map(has_url_password, (value or "").split()))


class Mask:
    """Recognizes secrets by the names of their options, by their form, or because the operator declared them secret.

    places: the options that were declared secret.
    declared: their values, which are hidden wherever they occur.
    patterns: are searched in `section/option`, in addition to SECRET_NAME, which is searched in the option.
    """

    def __init__(self, places: Collection[Place] = (), declared: Iterable[str | None] = ()) -> None:
        self.places = places
        self.secrets = {part for value in declared for part in _parts(value, MIN_DECLARED_LENGTH)}
        self.patterns: list[re.Pattern[str]] = []
        self._secret_options: dict[str, bool] = {}

    def add_patterns(self, patterns: Iterable[str]) -> Mask:
        """Add patterns; GlanceError if one is not valid, after the others were added."""
        faults = []
        for pattern in patterns:
            try:
                self.patterns.append(re.compile(pattern, re.IGNORECASE))
            except re.error as error:
                faults.append(str(error))
        if faults:
            raise GlanceError(f"`redact` has an invalid regular expression: {'; '.join(faults)}.")
        return self

    def add_secrets_of(self, document: Document) -> None:
        """Add the secrets of a document, so that they are hidden also in other places."""
        for option in document.options:
            if self.is_secret_name(option.section, document.dialect.option(option.name)):
                self.secrets.update(_parts(option.value, MIN_NAMED_LENGTH))

    def is_secret_name(self, section: str, option: str) -> bool:
        """Return whether an option is secret, regardless of its value."""
        if option not in self._secret_options:
            self._secret_options[option] = bool(SECRET_NAME.search(option))
        if self._secret_options[option] or Place(section, option) in self.places:
            return True
        return any(pattern.search(f"{section}/{option}") for pattern in self.patterns)

    def has_secret(self, text: str) -> bool:
        """Return whether a text contains an account or a known secret."""
        return any(map(has_url_password, text.split())) or any(secret in text for secret in self.secrets)

    def value(self, section: str, option: str, value: Any) -> Any:
        """Return a value, or SECRET in its place. A boolean is a secret only if it was declared as one."""
        is_declared = Place(section, option) in self.places
        if value is None or (str(value).lower() in ("true", "false") and not is_declared):
            return value
        return SECRET if self.is_secret_name(section, option) or self.has_secret(str(value)) else value

    def text(self, text: str) -> str:
        """Return the output of another program without the known secrets."""
        return redact(text, self.secrets)


class MaskedLines:
    """The lines of a document without its secrets."""

    def __init__(self, mask: Mask, document: Document) -> None:
        self.mask = mask
        self.document = document
        self.starts = [option.start for option in document.options]
        self.headers = document.sections[1:]
        self.header_lines = [section.start for section in self.headers]

    def __getitem__(self, number: int) -> str:
        line = self.document.lines[number].rstrip("\r\n")
        position = bisect_right(self.starts, number) - 1
        option = self.document.options[position] if position >= 0 else None
        if option and number < option.end:
            return self._option_line(line, number - option.start, option)
        # Text after a header is not read by any program, and is masked as a comment.
        header = line[: line.find("]") + 1] if line[:1] == "[" else ""
        return header + self._comment(line[len(header) :])

    def section(self, number: int) -> str:
        """Return the header of the section that contains a line."""
        position = bisect_right(self.header_lines, number) - 1
        return f"[{self.headers[position].name}]" if position >= 0 else ""

    def _comment(self, line: str) -> str:
        """Return a comment; the word before the first delimiter is treated as the name of an option."""
        found = _ASSIGNMENT.match(line)
        name = (_WORD.findall(found[0]) if found else [""])[-1:]
        if found and name and self.mask.is_secret_name("", name[0]):
            return found[0] + str(self.mask.value("", name[0], line[found.end() :]))
        if not self.mask.has_secret(line):
            return line
        return f"{line.lstrip()[0]} {SECRET}" if is_comment(line) else f" {SECRET}"

    def _option_line(self, line: str, offset: int, option: Option) -> str:
        """Return a line of an option.

        offset: its number among the lines of the option, from 0.
        """
        place = option.section, self.document.dialect.option(option.name)
        if self.mask.value(*place, option.value) == option.value:
            return line
        if offset:
            return line[: len(line) - len(line.lstrip())] + SECRET
        found = _ASSIGNMENT.match(line)
        return (found[0] if found else "") + SECRET


def mask_for(params: Mapping[str, Any]) -> Mask:
    """Return a mask with the secrets among the parameters of a task, without the patterns of `redact`."""
    declared = list(_leaves(params["secrets"]))
    declared += _leaves([row["value"] for row in params["settings"] if row["secret"]])
    return Mask(declared=declared)


def masked_parameters(params: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return the parameters of a task without secrets."""
    masked = dict(params)
    masked["options"] = {
        section: {name: mask.value(str(section), str(name), value) for name, value in options.items()}
        if isinstance(options, Mapping)
        else mask.value("", str(section), options)
        for section, options in params["options"].items()
    }
    masked["secrets"] = {
        section: dict.fromkeys(options, SECRET) if isinstance(options, Mapping) else options and SECRET
        for section, options in params["secrets"].items()
    }
    masked["environment"] = {name: mask.value("", name, value) for name, value in params["environment"].items()}
    masked["settings"] = [
        {**row, "value": SECRET if row["secret"] else mask.value(row["section"], row["option"], row["value"])}
        for row in params["settings"]
    ]
    masked["base"] = None if params["base"] is None else f"({len(params['base'].splitlines())} lines)"
    return masked


def _parts(value: str | None, length: int) -> Iterator[str]:
    """Yield a secret and its lines, which other lines may separate, without those that are too short.

    length: the least number of characters.
    """
    text = value or ""
    yield from (part for part in (text, *text.split("\n")) if len(part) >= length)


def _leaves(value: Any) -> Iterator[str]:
    """Yield the scalar values in a structure, as they are specified and as a file holds them."""
    if isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(item)
    elif value is not None:
        texts = {str(value), *(dialect.literal(str(value)) for dialect in DIALECTS.values())}
        yield from texts | {spelling for dialect in DIALECTS.values() for spelling in dialect.spellings(str(value))}
