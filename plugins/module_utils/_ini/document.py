# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse a file of sections and options by the rules of the program that reads it, and print it byte for byte.

The rules of each dialect are in dialect.py.
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
# The section without a name holds the lines before the first header.
NAMELESS = ""
_TAILED_HEADER = re.compile(r"(\[[^\[\]\r\n]+\])[^\]\r\n]*(?=[\r\n]|\Z)")


class ParseError(GlanceError):
    """A line that the dialect's own parser refuses. The message omits its content, which may be a secret."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass
class Section:
    """A header and the lines up to the next one: lines [start, end). The first section has no name and no header.

    key: the name by which the dialect compares sections.
    body: the first line after the header.
    """

    name: str
    key: str
    start: int
    body: int
    end: int = 0


@dataclass
class Option:
    """One occurrence of an option: lines [start, end).

    section: the key of its section.
    value: with line feeds if it spans several lines; None for an option without a value.
    """

    __slots__ = ("section", "name", "start", "end", "indent", "value")

    section: str
    name: str
    start: int
    end: int
    indent: int
    value: str | None


class Place(NamedTuple):
    """The names by which the dialect compares options."""

    section: str
    option: str


@dataclass
class Document:
    """A parsed file.

    lines: the text with its line ends, without the byte order mark.
    bom: whether the file begins with a byte order mark.
    sections, options: in the order of the file.
    places: all occurrences of each option.
    """

    dialect: Dialect
    lines: list[str]
    bom: bool = False
    sections: list[Section] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    places: dict[Place, list[Option]] = field(default_factory=dict)

    def text(self) -> str:
        """Return the text, byte for byte as it was parsed."""
        return BOM * self.bom + "".join(self.lines)

    def place(self, section: str, option: str) -> Place:
        """Return the place of an option, for names as an operator writes them."""
        return Place(self.dialect.section(section), self.dialect.option(option))

    def values(self, section: str, option: str) -> tuple[str | None, ...]:
        """Return the values of all occurrences of an option, in their order; an empty tuple if it is not set."""
        return self.values_at(self.place(section, option))

    def values_at(self, place: Place) -> tuple[str | None, ...]:
        """Return the values of all occurrences of the option at a place."""
        found = self.places.get(place)
        if found and len(found) == 1:
            return (found[0].value,)
        return tuple(option.value for option in found or ())

    def eol(self) -> str:
        """Return the line end of most lines; a lone carriage return only if there is no other."""
        text = "".join(self.lines)
        feeds = text.count(LF)
        if not feeds:
            return "\r" if "\r" in text else LF
        return "\r\n" if text.count("\r\n") * 2 > feeds else LF


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends, which are CR, LF or CRLF."""
    return list(io.StringIO(text, newline=""))


def parse(text: str, dialect: Dialect) -> Document:
    """Return the document as the dialect's parser reads it; ParseError with the line at which that parser fails."""
    bom = text.startswith(BOM)
    document = Document(dialect, lines_of(text[bom:]), bom)
    if bom and not dialect.bom:
        raise ParseError(1, f"the file begins with a byte order mark, which {dialect.reader} cannot read")
    for number, line in enumerate(document.lines, 1):
        if line.endswith("\r") and not dialect.returns:
            raise ParseError(number, f"a lone carriage return is not a line end for {dialect.reader}")
    _Parser(document).parse()
    return document


def decoded(content: bytes) -> str:
    """Return the text of a file. Bytes that are not UTF-8 become surrogates, from which they can be restored."""
    return content.decode("utf-8", "surrogateescape")


def document_of(content: bytes, path: str, dialect: Dialect, *, repairs: bool = False) -> Document:
    """Return the document in the content of a file; GlanceError with the line if the program cannot read it.

    Bytes that are not UTF-8 are preserved. A byte order mark that the program cannot read is removed.

    repairs: whether repair() is applied first.
    """
    if b"\0" in content:
        raise GlanceError(
            f"{path} is not a text file: it has null bytes, as binary files and UTF-16 have. Nothing was changed."
        )
    text = decoded(content)
    if not dialect.bom and text.startswith(BOM):
        text = text[1:]
    try:
        return parse(repair(text) if repairs else text, dialect)
    except ParseError as fault:
        alternative = ", or set `repair: true`" if _is_repairable(text, dialect) else ""
        raise GlanceError(
            f"{path}:{fault.line}: {fault.reason}, so {dialect.reader} cannot read the file. Nothing was changed. "
            f"Correct this line{alternative}."
        ) from fault


def _is_repairable(text: str, dialect: Dialect) -> bool:
    try:
        parse(repair(text), dialect)
    except ParseError:
        return False
    return True


def repair(text: str) -> str:
    """Return the text without a byte order mark and without text after headers, and with an end of its last line."""
    lines = lines_of(text.lstrip(BOM))
    repaired = "".join(_TAILED_HEADER.sub(r"\1", line, count=1) if line[0] == "[" else line for line in lines)
    return repaired if not repaired or repaired[-1] in "\r\n" else repaired + "\n"


class _Parser:
    """Reads the lines of a document one by one and adds its sections and options."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.dialect = document.dialect
        self.strip = str.strip if self.dialect.indented else str.rstrip
        self.comments = COMMENT_MARKS + self.dialect.directives
        self.section = Section(NAMELESS, NAMELESS, 0, 0)
        self.headers: dict[str, int] = {}
        self.open: Option | None = None
        self.blanks = 0

    def parse(self) -> None:
        self.document.sections.append(self.section)
        if self.dialect.continuation == "backslash":
            self._parse_joined_lines()
        else:
            self._parse_lines()
        self.section.end = len(self.document.lines)

    def _parse_lines(self) -> None:
        strip, blanks, comments = self.strip, self.dialect.blanks, self.comments
        ends = self.dialect.continuation == "indented"
        for number, line in enumerate(self.document.lines):
            text = strip(line, blanks)
            if text and text[0] not in comments:
                self._add_content(number, line, text)
            elif ends:
                self.open = None
            elif not text:
                self.blanks += 1

    def _parse_joined_lines(self) -> None:
        """Parse lines that a backslash at the end joins with the next one; comments between them are skipped."""
        start, joined = 0, ""
        for number, line in enumerate(self.document.lines):
            text = line.rstrip("\r\n")
            if text.strip(self.dialect.blanks)[:1] in tuple(COMMENT_MARKS):
                continue
            start, joined = start if joined else number, joined + text
            if (len(joined) - len(joined.rstrip("\\"))) % 2:
                joined = f"{joined[:-1]} "
                continue
            self._add_joined(start, number + 1, joined)
            joined = ""
        self._add_joined(start, len(self.document.lines), joined)

    def _add_joined(self, start: int, end: int, line: str) -> None:
        """Add the section or option in joined lines."""
        text = line.strip(self.dialect.blanks)
        if text:
            count = len(self.document.options)
            self._add_content(start, line, text)
            for option in self.document.options[count:]:
                option.end = end

    def _add_content(self, number: int, line: str, text: str) -> None:
        """Add a line that is neither blank nor a comment."""
        indent = len(line) - len(line.lstrip())
        if self._continues(number, text, indent):
            return
        name = self._header_name(number, text)
        if name:
            self._add_section(number, name)
        else:
            self._add_option(number, text, indent)

    def _continues(self, number: int, text: str, indent: int) -> bool:
        """Return whether a line continues the previous value, and add it to that value."""
        option = self.open
        if self.dialect.continuation == "indented":
            if text[0] not in " \t":
                return False
            if not option:
                raise ParseError(number + 1, "the line is indented and continues a value, but no option precedes it")
        elif not option or self.dialect.continuation != "deeper" or indent <= option.indent:
            return False
        option.value = f"{option.value}\n{self.blanks * LF}{text.lstrip()}"
        option.end = number + 1
        self.blanks = 0
        return True

    def _header_name(self, number: int, text: str) -> str | None:
        """Return the name of the section that a line begins; None if it is not a header."""
        if text[0] != "[":
            return None
        if self.dialect.header:
            found = self.dialect.header.match(text)
            return found[1] if found else None
        if text[-1] != "]":
            raise ParseError(number + 1, "a section header must end with a closing bracket, without text after it")
        if text == "[]":
            raise ParseError(number + 1, "the section has no name")
        return text[1:-1]

    def _add_section(self, number: int, name: str) -> None:
        key = self.dialect.section(name)
        if self.dialect.strict and key != "DEFAULT" and key in self.headers:
            raise ParseError(number + 1, f"the section exists already in line {self.headers[key]}")
        self.headers[key] = number + 1
        self.section.end = number
        self.section = Section(name, key, number, number + 1)
        self.document.sections.append(self.section)
        self.open = None

    def _add_option(self, number: int, text: str, indent: int) -> None:
        """Add the option that a line sets."""
        if len(self.document.sections) == 1 and not self.dialect.nameless:
            raise ParseError(number + 1, "the option is before the first section")
        dialect = self.dialect
        text = dialect.uncommented(text)
        delimiter = dialect.delimiter.search(text)
        value = None
        if delimiter:
            value = dialect.meaning(text[delimiter.end() :].strip(dialect.blanks))
        elif not dialect.bare:
            raise ParseError(number + 1, f"the line has {dialect.missing}")
        name = (text[: delimiter.start()] if delimiter else text).strip(dialect.blanks)
        if not name:
            raise ParseError(number + 1, "the option has no name")
        self._append(Option(self.section.key, name, number, number + 1, indent, value))

    def _append(self, option: Option) -> None:
        place = Place(option.section, self.dialect.option(option.name))
        others = self.document.places.setdefault(place, [])
        if self.dialect.strict and others:
            raise ParseError(option.start + 1, f"the option is set already in line {others[0].start + 1}")
        others.append(option)
        self.document.options.append(option)
        self.open, self.blanks = option, 0
