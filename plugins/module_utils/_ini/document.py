# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of sections and options, read as the programs read it that it is for, and printed byte for byte.

The rules of each dialect are in _ini_dialect.py.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import Dialect

BOM = "\ufeff"
LF = "\n"
COMMENT_MARKS = "#;"
# What stands before the first section header is the section without a name.
NAMELESS = ""
_TAILED_HEADER = re.compile(r"(\[[^\[\]\r\n]+\])[^\]\r\n]*(?=[\r\n]|\Z)")


class ParseError(GlanceError):
    """A line that the dialect's own parser refuses. It never says what the line holds, which may be a secret."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass
class Section:
    """One header and what follows it, up to the next: lines [start, end). The first section has no name and no header.

    body: the first line that is not the header.
    """

    name: str
    key: str
    start: int
    body: int
    end: int = 0


@dataclass
class Option:
    """One place where an option is set: lines [start, end).

    value: where it spans lines, with line feeds; None where the option stands without one.
    """

    __slots__ = ("section", "name", "start", "end", "indent", "value")

    section: str
    name: str
    start: int
    end: int
    indent: int
    value: str | None


class Place(NamedTuple):
    """Under which names an option is found."""

    section: str
    option: str


@dataclass
class Document:
    """A file that was parsed.

    lines: the text, with its line ends; the byte order mark is not in it.
    sections, options: what stands in them, in their order.
    places: the options again, by what they are found under.
    """

    dialect: Dialect
    lines: list[str]
    bom: bool = False
    sections: list[Section] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    places: dict[Place, list[Option]] = field(default_factory=dict)

    def text(self) -> str:
        """Return the file's text, byte for byte what was parsed."""
        return BOM * self.bom + "".join(self.lines)

    def place(self, section: str, option: str) -> Place:
        """Return what an option is found under, by the names that a person gives it."""
        return Place(self.dialect.section(section), self.dialect.option(option))

    def values(self, section: str, option: str) -> tuple[str | None, ...]:
        """Return all values of an option in their order, wherever they are set; none where it is not."""
        return self.values_at(self.place(section, option))

    def values_at(self, place: Place) -> tuple[str | None, ...]:
        found = self.places.get(place)
        if found and len(found) == 1:
            return (found[0].value,)
        return tuple(option.value for option in found or ())

    def eol(self) -> str:
        """Return the line end that most lines have; a lone carriage return only where there is no other."""
        text = "".join(self.lines)
        feeds = text.count(LF)
        if not feeds:
            return "\r" if "\r" in text else LF
        return "\r\n" if text.count("\r\n") * 2 > feeds else LF


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends, of which there are three kinds."""
    return list(io.StringIO(text, newline=""))


def parse(text: str, dialect: Dialect) -> Document:
    """Return the document that the dialect's parser would see; Fault with the line where that one fails."""
    bom = text.startswith(BOM)
    document = Document(dialect, lines_of(text[bom:]), bom)
    if bom and not dialect.bom:
        raise ParseError(1, f"there is a byte order mark, with which {dialect.reader} cannot read the file")
    for number, line in enumerate(document.lines, 1):
        if line.endswith("\r") and not dialect.returns:
            raise ParseError(number, f"a carriage return alone ends no line for {dialect.reader}")
    _Reader(document).read()
    return document


def decoded(content: bytes) -> str:
    """Return the text in a file; bytes that are not UTF-8 can be had again from it."""
    return content.decode("utf-8", "surrogateescape")


def document_of(content: bytes, path: str, dialect: Dialect, *, mend: bool = False) -> Document:
    """Return the document in a file's bytes; GlanceError with line and way out where the program cannot read it.

    Bytes that are not UTF-8 come back as they were. A byte order mark that the program cannot read is left out.
    mend: whether repair() is tried first.
    """
    if b"\0" in content:
        raise GlanceError(
            f"{path} is not a text file: it holds zero bytes, as binary files and UTF-16 do. Nothing was changed."
        )
    text = decoded(content)
    if not dialect.bom and text.startswith(BOM):
        text = text[1:]
    try:
        return parse(repair(text) if mend else text, dialect)
    except ParseError as fault:
        way_out = ", or say `repair: true`" if _is_mended_by_repair(text, dialect) else ""
        raise GlanceError(
            f"{path}:{fault.line}: {fault.reason}, so {dialect.reader} cannot read the file. Nothing was changed. "
            f"Mend this line first{way_out}."
        ) from fault


def _is_mended_by_repair(text: str, dialect: Dialect) -> bool:
    try:
        parse(repair(text), dialect)
    except ParseError:
        return False
    return True


def repair(text: str) -> str:
    """Return the text without a byte order mark, without anything behind a header, and with an end to its last line."""
    lines = lines_of(text.lstrip(BOM))
    repaired = "".join(_TAILED_HEADER.sub(r"\1", line, count=1) if line[0] == "[" else line for line in lines)
    return repaired if not repaired or repaired[-1] in "\r\n" else repaired + "\n"


class _Reader:
    """Reads the lines of a document one by one, and notes what stands in them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.dialect = document.dialect
        self.strip = str.strip if self.dialect.indented else str.rstrip
        self.comments = COMMENT_MARKS + self.dialect.directives
        self.section = Section(NAMELESS, NAMELESS, 0, 0)
        self.headers: dict[str, int] = {}
        self.open: Option | None = None
        self.blanks = 0

    def read(self) -> None:
        self.document.sections.append(self.section)
        if self.dialect.continuation == "backslash":
            self.read_joined()
        else:
            self.read_lines()
        self.section.end = len(self.document.lines)

    def read_lines(self) -> None:
        strip, blanks, comments = self.strip, self.dialect.blanks, self.comments
        ends = self.dialect.continuation == "indented"
        for number, line in enumerate(self.document.lines):
            text = strip(line, blanks)
            if text and text[0] not in comments:
                self.content(number, line, text)
            elif ends:
                self.open = None
            elif not text:
                self.blanks += 1

    def read_joined(self) -> None:
        """Read lines of which a backslash at the end joins the next one; comments between them do not count."""
        start, joined = 0, ""
        for number, line in enumerate(self.document.lines):
            text = line.rstrip("\r\n")
            if text.strip(self.dialect.blanks)[:1] in tuple(COMMENT_MARKS):
                continue
            start, joined = start if joined else number, joined + text
            if (len(joined) - len(joined.rstrip("\\"))) % 2:
                joined = f"{joined[:-1]} "
                continue
            self.joined(start, number + 1, joined)
            joined = ""
        self.joined(start, len(self.document.lines), joined)

    def joined(self, start: int, end: int, line: str) -> None:
        """Note what lines that belong together say."""
        text = line.strip(self.dialect.blanks)
        if text:
            known = len(self.document.options)
            self.content(start, line, text)
            for option in self.document.options[known:]:
                option.end = end

    def content(self, number: int, line: str, text: str) -> None:
        """Note a line that is neither blank nor a comment."""
        indent = len(line) - len(line.lstrip())
        if self.continues(number, text, indent):
            return
        name = self.header(number, text)
        if name:
            self.begin(number, name)
        else:
            self.assign(number, text, indent)

    def continues(self, number: int, text: str, indent: int) -> bool:
        """Say whether a line continues the value before it, and add it there."""
        option = self.open
        if self.dialect.continuation == "indented":
            if text[0] not in " \t":
                return False
            if not option:
                raise ParseError(number + 1, "it is indented, and so continues a value, but there is none before it")
        elif not option or self.dialect.continuation != "deeper" or indent <= option.indent:
            return False
        option.value = f"{option.value}\n{self.blanks * LF}{text.lstrip()}"
        option.end = number + 1
        self.blanks = 0
        return True

    def header(self, number: int, text: str) -> str | None:
        """Return the name of the section that a line begins."""
        if text[0] != "[":
            return None
        if self.dialect.header:
            found = self.dialect.header.match(text)
            return found[1] if found else None
        if text[-1] != "]":
            raise ParseError(number + 1, "a section header must end with a closing bracket, with nothing behind it")
        if text == "[]":
            raise ParseError(number + 1, "the section has no name")
        return text[1:-1]

    def begin(self, number: int, name: str) -> None:
        key = self.dialect.section(name)
        if self.dialect.strict and key != "DEFAULT" and key in self.headers:
            raise ParseError(number + 1, f"the section is there already, from line {self.headers[key]} on")
        self.headers[key] = number + 1
        self.section.end = number
        self.section = Section(name, key, number, number + 1)
        self.document.sections.append(self.section)
        self.open = None

    def assign(self, number: int, text: str, indent: int) -> None:
        """Note a line that sets an option."""
        if len(self.document.sections) == 1 and not self.dialect.nameless:
            raise ParseError(number + 1, "there is an option before the first section")
        dialect = self.dialect
        text = dialect.uncommented(text)
        delimiter = dialect.delimiter.search(text)
        value = None
        if delimiter:
            value = dialect.meaning(text[delimiter.end() :].strip(dialect.blanks))
        elif not dialect.bare:
            raise ParseError(number + 1, f"there is {dialect.missing} in it")
        name = (text[: delimiter.start()] if delimiter else text).strip(dialect.blanks)
        if not name:
            raise ParseError(number + 1, "the option has no name")
        self.note(Option(self.section.key, name, number, number + 1, indent, value))

    def note(self, option: Option) -> None:
        place = Place(option.section, self.dialect.option(option.name))
        others = self.document.places.setdefault(place, [])
        if self.dialect.strict and others:
            raise ParseError(option.start + 1, f"the option is there already, in line {others[0].start + 1}")
        others.append(option)
        self.document.options.append(option)
        self.open, self.blanks = option, 0
