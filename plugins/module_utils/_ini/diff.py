# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of a file of options and its changes: everything but the secrets in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import groupby
from typing import Any, Collection, Iterable, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import has_url_password, redact
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Option, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import Change, EditResult
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import is_comment

BARE = "(no value)"
# Lines around a change: enough to see the commented default above it, and still short with many changes.
CONTEXT = 1
# A shorter secret turns up by chance in what is none; one that is known by its name only must be longer still.
GIVEN_LENGTH, FOUND_LENGTH = 4, 8
_ASSIGNED = re.compile(r"[^=:]*[=:]\s*")
_WORD = re.compile(r"[\w.-]+")
# Where more lines of comments go than this, their number is shown in place of them.
MANY = 20


class Mask:
    """Knows which values are secret: by the names of their options, by their looks, or because they were given as such.

    more: patterns, searched in `section/option`, beside those that are always searched in the name of the option.
    places: where the secrets belong that were named secret.
    given: the values of these, which are hidden wherever they turn up.
    """

    def __init__(self, places: Collection[Place] = (), given: Iterable[str | None] = ()) -> None:
        self.judged: dict[str, bool] = {}
        self.more: list[re.Pattern[str]] = []
        self.places = places
        self.known = {part for value in given for part in _telling(value, GIVEN_LENGTH)}

    def redact(self, patterns: Iterable[str]) -> Mask:
        """Search these patterns too; GlanceError where one is none, after the others were taken."""
        faults = []
        for pattern in patterns:
            try:
                self.more.append(re.compile(pattern, re.IGNORECASE))
            except re.error as error:
                faults.append(str(error))
        if faults:
            raise GlanceError(f"`redact` holds something that is no regular expression: {'; '.join(faults)}.")
        return self

    def learn(self, document: Document) -> None:
        """Note the secrets that stand in a document, so that they are hidden also where they do not belong."""
        for option in document.options:
            if self.is_named(option.section, document.dialect.option(option.name)):
                self.known.update(_telling(option.value, FOUND_LENGTH))

    def is_named(self, section: str, option: str) -> bool:
        """Say whether an option is secret, whatever its value."""
        if option not in self.judged:
            self.judged[option] = bool(SECRET_NAME.search(option))
        if self.judged[option] or Place(section, option) in self.places:
            return True
        return any(pattern.search(f"{section}/{option}") for pattern in self.more)

    def gives_away(self, text: str) -> bool:
        """Say whether a text holds an account or a secret that is known."""
        return any(map(has_url_password, text.split())) or any(secret in text for secret in self.known)

    def value(self, section: str, option: str, value: Any) -> Any:
        """Return a value as it may be shown. Nobody's secret is called true or false, unless it was given as one."""
        is_given = Place(section, option) in self.places
        if value is None or (str(value).lower() in ("true", "false") and not is_given):
            return value
        return SECRET if self.is_named(section, option) or self.gives_away(str(value)) else value

    def text(self, text: str) -> str:
        """Return the output of another program without the secrets that are known."""
        return redact(text, self.known)


class Masked:
    """The lines of a document as they may be shown."""

    def __init__(self, mask: Mask, document: Document) -> None:
        self.mask = mask
        self.document = document
        self.starts = [option.start for option in document.options]

    def __getitem__(self, number: int) -> str:
        line = self.document.lines[number].rstrip("\r\n")
        position = bisect_right(self.starts, number) - 1
        option = self.document.options[position] if position >= 0 else None
        if option and number < option.end:
            return self.in_option(line, number - option.start, option)
        # What stands behind a header, where no program reads it, is as good as a comment.
        header = line[: line.find("]") + 1] if line[:1] == "[" else ""
        return header + self.in_comment(line[len(header) :])

    def in_comment(self, line: str) -> str:
        """Return a comment; the word before the first delimiter is taken for the name of an option."""
        found = _ASSIGNED.match(line)
        name = (_WORD.findall(found[0]) if found else [""])[-1:]
        if found and name and self.mask.is_named("", name[0]):
            return found[0] + str(self.mask.value("", name[0], line[found.end() :]))
        if not self.mask.gives_away(line):
            return line
        return f"{line.lstrip()[0]} {SECRET}" if is_comment(line) else f" {SECRET}"

    def in_option(self, line: str, offset: int, option: Option) -> str:
        place = option.section, self.document.dialect.option(option.name)
        if self.mask.value(*place, option.value) == option.value:
            return line
        if offset:
            return line[: len(line) - len(line.lstrip())] + SECRET
        found = _ASSIGNED.match(line)
        return (found[0] if found else "") + SECRET

    def section(self, number: int) -> str:
        """Return the header that a line stands under."""
        headers = self.document.sections[1:]
        position = bisect_right([section.start for section in headers], number) - 1
        return f"[{headers[position].name}]" if position >= 0 else ""


class Block(NamedTuple):
    """Lines [start, end) of the old text became lines [new_start, new_end) of the new one."""

    start: int
    end: int
    new_start: int
    new_end: int


def blocks_of(edited: EditResult) -> list[Block]:
    """Return where an edit changed something; its splices are in order."""
    blocks: list[Block] = []
    shift = 0
    for splice in edited.splices:
        start = splice.start + shift
        shift += len(splice.lines) - (splice.end - splice.start)
        blocks.append(Block(splice.start, splice.end, start, splice.end + shift))
    return blocks


def unified(path: str, edited: EditResult, mask: Mask) -> str:
    """Return the changes as `diff --unified` shows them, with the section behind each position, and secrets masked."""
    old, new = Masked(mask, edited.before), Masked(mask, edited.after)
    blocks = blocks_of(edited)
    lines = [f"--- {path}", f"+++ {path}"] if blocks else []
    for hunk in _hunks(blocks):
        lines += _hunk(hunk, old, new)
    return "".join(f"{line}\n" for line in lines)


def _hunks(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield the blocks together whose surroundings touch."""
    hunk: list[Block] = []
    for block in blocks:
        if hunk and block.start - hunk[-1].end > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(block)
    if hunk:
        yield hunk


def _hunk(hunk: list[Block], old: Masked, new: Masked) -> Iterator[str]:
    start = max(hunk[0].start - CONTEXT, 0)
    end = min(hunk[-1].end + CONTEXT, len(old.document.lines))
    new_start = hunk[0].new_start - (hunk[0].start - start)
    new_end = hunk[-1].new_end + (end - hunk[-1].end)
    yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@ {new.section(hunk[0].new_start)}".rstrip()
    position = start
    for block in hunk:
        yield from (f" {old[number]}" for number in range(position, block.start))
        yield from _removed(old, block)
        yield from (f"+{new[number]}" for number in range(block.new_start, block.new_end))
        position = block.end
    yield from (f" {old[number]}" for number in range(position, end))


def _removed(old: Masked, block: Block) -> Iterator[str]:
    """Yield the lines that go; of many comments, their number."""
    for tells, numbers in groupby(range(block.start, block.end), lambda number: is_told(old.document.lines[number])):
        gone = list(numbers)
        if not tells and len(gone) > MANY:
            yield f"-... {len(gone)} lines of comments and blank lines"
        else:
            yield from (f"-{old[number]}" for number in gone)


def is_told(line: str) -> bool:
    return bool(line.strip()) and not is_comment(line)


def _range(start: int, end: int) -> str:
    return f"{start + (end > start)},{end - start}"


def changes_of(changes: Iterable[Change], document: Document, mask: Mask) -> list[dict[str, Any]]:
    """Return the changes as data: what became of each option, where, and its values as they may be shown."""
    return [
        {
            "section": change.section,
            "option": change.option,
            "action": change.action,
            "before": _shown(change, change.before, document, mask),
            "after": _shown(change, change.after, document, mask),
            "line": change.line,
        }
        for change in changes
    ]


def _shown(change: Change, values: tuple[str | None, ...], document: Document, mask: Mask) -> Any:
    """Return one value as it is, several as a list, and none as null."""
    place = document.place(change.section, change.option)
    shown = [BARE if value is None else mask.value(*place, value) for value in values]
    return shown if len(shown) > 1 else shown[0] if shown else None


def values_of(document: Document, asked: Mapping[str, Any] | None, mask: Mask | None) -> dict[str, dict[str, Any]]:
    """Return the options that are asked for, by section; with several values as a list, and with secrets masked.

    asked: sections with lists of options, or with null for all of the section; null for everything.
    """
    wanted = None if asked is None else {document.dialect.section(str(name)): names for name, names in asked.items()}
    found: dict[str, dict[str, Any]] = {}
    for place, options in document.places.items():
        names = None if wanted is None else wanted.get(place.section, ())
        if names is None or place.option in map(document.dialect.option, map(str, names)):
            values = [mask.value(*place, option.value) if mask else option.value for option in options]
            found.setdefault(place.section, {})[options[0].name] = values if len(values) > 1 else values[0]
    return found


def mask_of(params: Mapping[str, Any]) -> Mask:
    """Return what knows the secrets among a task's parameters, but not yet its patterns."""
    given = list(_leaves(params["secrets"]))
    given += _leaves([row["value"] for row in params["settings"] if row["secret"]])
    return Mask(given=given)


def _telling(value: str | None, length: int) -> Iterator[str]:
    """Yield a secret and, as other lines may stand between them, its lines; but what is too short to be told by."""
    text = value or ""
    yield from (part for part in (text, *text.split("\n")) if len(part) >= length)


def _leaves(value: Any) -> Iterator[str]:
    """Yield the plain values in a structure, as they are given and as a file holds them."""
    if isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(item)
    elif value is not None:
        texts = {str(value), *(dialect.literal(str(value)) for dialect in DIALECTS.values())}
        yield from texts | {spelling for dialect in DIALECTS.values() for spelling in dialect.spellings(str(value))}


def parameters(params: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return a task's parameters as they may be shown."""
    shown = dict(params)
    shown["options"] = {
        section: {name: mask.value(str(section), str(name), value) for name, value in options.items()}
        if isinstance(options, Mapping)
        else mask.value("", str(section), options)
        for section, options in params["options"].items()
    }
    shown["secrets"] = {
        section: dict.fromkeys(options, SECRET) if isinstance(options, Mapping) else options and SECRET
        for section, options in params["secrets"].items()
    }
    shown["environment"] = {name: mask.value("", name, value) for name, value in params["environment"].items()}
    shown["settings"] = [
        {**row, "value": SECRET if row["secret"] else mask.value(row["section"], row["option"], row["value"])}
        for row in params["settings"]
    ]
    shown["base"] = None if params["base"] is None else f"({len(params['base'].splitlines())} lines)"
    return shown
