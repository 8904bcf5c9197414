# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write options so that their program reads back the same values."""

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import Dialect
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Option, ParseError, parse

# The number of options whose spacing determines that of a file.
SAMPLE_SIZE = 1000
DELIMITERS = {"spaces": " = ", "nospaces": "=", "enforce": " = "}


class OptionWriter:
    """Writes the lines of options in the style of a document.

    style: as in Desired.
    """

    def __init__(self, document: Document, style: str) -> None:
        self.document = document
        self.dialect = document.dialect
        self.is_enforced = style == "enforce"
        self.eol = document.eol()
        self.delimiter = DELIMITERS.get(style) or usual_delimiter(document)

    def lines(self, name: str, value: str | None, lead: str, delimiter: str, margin: str = "") -> list[str]:
        """Return the lines that set an option.

        lead: the blanks before the option.
        margin: the blanks before the lines that continue the value.
        """
        margin = margin if len(margin) > len(lead) else lead + "    "
        lines = render(self.dialect, name, value, delimiter, margin)
        return [lead + lines[0] + self.eol, *(line + self.eol for line in lines[1:])]

    def rewritten(self, option: Option, value: str | None) -> list[str]:
        """Return the lines of an option with a new value, or its current lines if nothing in them has to change."""
        lines = self.document.lines[option.start : option.end]
        if option.value == value and not self.is_enforced:
            return lines
        end = line_end(lines[-1])
        lines = self.lines(option.name, value, self.lead(option), self.delimiter_of(option), self._margin(option))
        lines[-1] = lines[-1][: -len(self.eol)] + end
        return lines

    def repeated(self, name: str, value: str | None, neighbour: Option) -> list[str]:
        """Return the lines of one more occurrence of an option, in the style of another one."""
        return self.lines(name, value, self.lead(neighbour), self.delimiter_of(neighbour))

    def lead(self, option: Option) -> str:
        """Return the blanks before an option."""
        return self.document.lines[option.start][: option.indent]

    def delimiter_of(self, option: Option) -> str:
        """Return the delimiter of an option with the blanks around it."""
        found = delimiter_in(self.document.lines[option.start], self.dialect)
        if not found or self.is_enforced:
            return self.delimiter
        # An empty value leaves no blanks after the delimiter to copy.
        return found if option.value != "" else found.rstrip() + (" " if found[0].isspace() else "")

    def _margin(self, option: Option) -> str:
        line = self.document.lines[option.end - 1]
        return line[: len(line) - len(line.lstrip())]


def render(dialect: Dialect, name: str, value: str | None, delimiter: str, margin: str) -> list[str]:
    """Return the lines, without their ends, from which the dialect reads this value; GlanceError if there are none."""
    if value is None:
        candidates = [[name]]
    else:
        candidates = [_split(name + delimiter + text, margin) for text in dialect.spellings(value)]
    for lines in candidates:
        if _is_read_back(dialect, lines, name, value):
            return lines
    raise GlanceError(_reason(dialect, name, value))


def _split(text: str, margin: str) -> list[str]:
    """Return the lines of an option, with a margin before those that continue its value."""
    first, *rest = text.split("\n")
    return [first.rstrip(" \t"), *(margin + line if line else "" for line in rest)]


def _is_read_back(dialect: Dialect, lines: list[str], name: str, value: str | None) -> bool:
    """Return whether these lines set this option to this value, and nothing else."""
    try:
        document = parse("[x]\n" + "\n".join(lines), dialect)
    except ParseError:
        return False
    found = [(option.name, option.value) for option in document.options]
    return found == [(name, value)] and len(document.sections) == 2


def _reason(dialect: Dialect, name: str, value: str | None) -> str:
    """Return why an option cannot be written, without its value."""
    if value is None:
        return f"{name!r} cannot be written without a value: {dialect.reader} does not read it as an option"
    if not _is_read_back(dialect, [f"{name} = 1"], name, "1"):
        return f"{name!r} is not a valid option name: {dialect.reader} does not read it as an option"
    if "\n" in value and dialect.continuation in ("none", "backslash"):
        return f"the value of {name} has a line break, which {dialect.reader} cannot read back"
    if "\n" in value:
        return (
            f"the value of {name} has lines that {dialect.reader} cannot read back: a line must not be empty or end "
            "with a blank, and lines after the first must not begin with a blank or a comment sign"
        )
    return f"the value of {name} begins or ends with a blank, or has characters that {dialect.reader} cannot read back"


def line_end(line: str) -> str:
    """Return the line end of a line; an empty string if it has none."""
    return line[len(line.rstrip("\r\n")) :]


def delimiter_in(line: str, dialect: Dialect) -> str:
    """Return the delimiter of an option with the blanks around it; an empty string if there is none."""
    found = dialect.delimiter.search(line)
    if not found:
        return ""
    before, behind = line[: found.start()], line[found.end() :].rstrip("\r\n")
    return before[len(before.rstrip(" \t")) :] + found[0] + behind[: len(behind) - len(behind.lstrip(" \t"))]


def usual_delimiter(document: Document) -> str:
    """Return the delimiter of most options in a file, with or without blanks."""
    sample = document.options[:SAMPLE_SIZE]
    tight = sum(1 for option in sample if len(delimiter_in(document.lines[option.start], document.dialect)) == 1)
    return "=" if tight * 2 > len(sample) else " = "
