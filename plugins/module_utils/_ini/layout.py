# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the place of new options and sections in a document, next to the comments that describe them."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Iterator, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.document import (
    COMMENT_MARKS,
    NAMELESS,
    Document,
    Section,
)

COMMENTED = re.compile(r"[ \t]*[#;]([ \t]?)([\w.-]+)([ \t]*[=:][ \t]*)(.*)")


class Default(NamedTuple):
    """A commented-out option: `#name = value`.

    delimiter: with the blanks around it; None if the option has no value, so that its spacing is unclear.
    """

    line: int
    delimiter: str | None


class Layout:
    """The sections, options and comments of a document by their lines."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.starts = [option.start for option in document.options]
        self.headers = [section.start for section in document.sections[1:]]
        self.sections: dict[str, list[Section]] = {}
        for section in document.sections:
            self.sections.setdefault(section.key, []).append(section)
        self._defaults: dict[str, dict[str, Default]] = {}

    def has_section(self, key: str) -> bool:
        """Return whether a section exists; the one without a name exists once it has an option."""
        return key in self.sections and (key != NAMELESS or self._has_options(self.sections[key][0]))

    def _has_options(self, first: Section) -> bool:
        return any(first.body <= start < first.end for start in self.starts[:1])

    def has_comments(self, key: str) -> bool:
        """Return whether a section holds comments, except for those within a value, which are removed with it."""
        numbers = (number for section in self.sections[key] for number in range(section.body, section.end))
        return any(self.document.lines[number].strip() and not self.is_inside(number) for number in numbers)

    def refuse_directives(self, section: Section) -> None:
        """Raise GlanceError for a section with lines such as `!includedir`, which apply to the whole file."""
        marks = tuple(self.document.dialect.directives)
        for number in range(section.body, section.end):
            if marks and self.document.lines[number].lstrip().startswith(marks):
                raise GlanceError(
                    f"[{section.name}] cannot be removed: line {number + 1} in it is a directive for "
                    f"{self.document.dialect.reader}. Move the line to another section, or keep this section"
                )

    def defaults(self, key: str) -> dict[str, Default]:
        """Return the commented-out options of a section by name; of several, the last that is certainly not prose."""
        if key not in self._defaults:
            found: dict[str, Default] = {}
            certain: set[str] = set()
            for number, match in self._commented(key):
                name, is_certain = self.document.dialect.option(match[2]), not match[1]
                if is_certain or name not in certain:
                    found[name] = Default(number, match[3] if match[4].strip() else None)
                if is_certain:
                    certain.add(name)
            self._defaults[key] = found
        return self._defaults[key]

    def _commented(self, key: str) -> Iterator[tuple[int, re.Match[str]]]:
        for section in self.sections.get(key, ()):
            for number in range(section.body, section.end):
                match = COMMENTED.match(self.document.lines[number])
                if match and is_default(match) and not self.is_inside(number):
                    yield number, match

    def is_inside(self, number: int) -> bool:
        """Return whether a line is part of a value."""
        before = bisect_right(self.starts, number) - 1
        return before >= 0 and number < self.document.options[before].end

    def lead_at(self, line: int) -> str:
        """Return the blanks before an option at this line: those of the previous option in its section, or the next."""
        if self.document.dialect.continuation != "deeper":
            return ""
        position = bisect_right(self.headers, line - 1)
        low, high = ([0, *self.headers, len(self.document.lines)][position + side] for side in (0, 1))
        around = bisect_right(self.starts, line - 1)
        near = [start for start in self.starts[max(around - 1, 0) : around + 1] if low <= start < high]
        text = self.document.lines[near[0]] if near else ""
        return text[: len(text) - len(text.lstrip())]

    def end(self, key: str) -> int:
        """Return the line before which a new option at the end of a section is added."""
        section = self.sections[key][0]
        line = self.last_content(self.own_end(section), section.body) + 1
        # A blank line after a backslash is the last line of a value.
        last = bisect_right(self.starts, line) - 1
        return max(line, self.document.options[last].end) if last >= 0 else line

    def own_end(self, section: Section) -> int:
        """Return the end of a section without the comment that introduces the next one."""
        end = section.end
        if end == len(self.document.lines):
            return end
        while end > section.body and self._introduces_next(end - 1):
            end -= 1
        return end

    def _introduces_next(self, number: int) -> bool:
        line = self.document.lines[number]
        match = COMMENTED.match(line)
        return is_comment(line) and not (match and is_default(match)) and not self.is_inside(number)

    def last_content(self, end: int, start: int) -> int:
        """Return the last line before `end` that is not blank, or the one before `start`."""
        return next((line for line in range(end - 1, start - 1, -1) if self.document.lines[line].strip()), start - 1)

    def top(self) -> int:
        """Return the line before the first header and the comment that introduces it, after a comment on the file."""
        if not self.headers:
            return len(self.document.lines)
        line = self.headers[0]
        while line and is_comment(self.document.lines[line - 1]):
            line -= 1
        return line or self.headers[0]


def is_default(match: re.Match[str]) -> bool:
    """Return whether a comment that is similar to an option is one. After `# `, a value of many words is prose."""
    return not match[1] or len(match[4].split()) <= 1


def is_comment(line: str) -> bool:
    return line.lstrip()[:1] in tuple(COMMENT_MARKS)
