# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a careful person would put a new option into a document."""

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
    """A commented-out option: `#name = value`. The delimiter is None where there is no value to tell its spacing by."""

    line: int
    delimiter: str | None


class Layout:
    """The lines of a document, as a person sees them who looks for the right place."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.starts = [option.start for option in document.options]
        self.headers = [section.start for section in document.sections[1:]]
        self.sections: dict[str, list[Section]] = {}
        for section in document.sections:
            self.sections.setdefault(section.key, []).append(section)
        self._defaults: dict[str, dict[str, Default]] = {}

    def is_home(self, key: str) -> bool:
        """Say whether a section is there; that without a name is, once it has an option."""
        return key in self.sections and (key != NAMELESS or self.is_inside_any(self.sections[key][0]))

    def is_inside_any(self, section: Section) -> bool:
        return any(section.body <= start < section.end for start in self.starts[:1])

    def has_comments(self, key: str) -> bool:
        """Say whether a section holds comments, beside those that stand within a value and go with it."""
        numbers = (number for section in self.sections[key] for number in range(section.body, section.end))
        return any(self.document.lines[number].strip() and not self.is_inside(number) for number in numbers)

    def refuse_directives(self, section: Section) -> None:
        """Raise GlanceError for a section with lines such as `!includedir`, which concern the whole file."""
        marks = tuple(self.document.dialect.directives)
        for number in range(section.body, section.end):
            if marks and self.document.lines[number].lstrip().startswith(marks):
                raise GlanceError(
                    f"[{section.name}] cannot be removed: line {number + 1} in it is a directive for "
                    f"{self.document.dialect.reader}. Move it to another section, or keep this one."
                )

    def defaults(self, key: str) -> dict[str, Default]:
        """Return the commented-out options of a section by name; of several, the last that is surely no prose."""
        if key not in self._defaults:
            found: dict[str, Default] = {}
            sure: set[str] = set()
            for number, match in self.commented(key):
                name, is_sure = self.document.dialect.option(match[2]), not match[1]
                if is_sure or name not in sure:
                    found[name] = Default(number, match[3] if match[4].strip() else None)
                if is_sure:
                    sure.add(name)
            self._defaults[key] = found
        return self._defaults[key]

    def commented(self, key: str) -> Iterator[tuple[int, re.Match[str]]]:
        for section in self.sections.get(key, ()):
            for number in range(section.body, section.end):
                match = COMMENTED.match(self.document.lines[number])
                if match and is_default(match) and not self.is_inside(number):
                    yield number, match

    def is_inside(self, number: int) -> bool:
        """Say whether a line stands within a value."""
        before = bisect_right(self.starts, number) - 1
        return before >= 0 and number < self.document.options[before].end

    def lead_at(self, line: int) -> str:
        """Return the blanks that an option at this line needs: those of the one before it in its section, or after."""
        if self.document.dialect.continuation != "deeper":
            return ""
        position = bisect_right(self.headers, line - 1)
        low, high = ([0, *self.headers, len(self.document.lines)][position + side] for side in (0, 1))
        around = bisect_right(self.starts, line - 1)
        near = [start for start in self.starts[max(around - 1, 0) : around + 1] if low <= start < high]
        text = self.document.lines[near[0]] if near else ""
        return text[: len(text) - len(text.lstrip())]

    def end(self, key: str) -> int:
        """Return the line before which a new last option of a section belongs."""
        section = self.sections[key][0]
        line = self.last_content(self.end_of_own(section), section.body) + 1
        # A blank line behind a backslash is the last line of a value.
        last = bisect_right(self.starts, line) - 1
        return max(line, self.document.options[last].end) if last >= 0 else line

    def end_of_own(self, section: Section) -> int:
        """Return where a section ends, and the comment that tells of the next one begins."""
        end = section.end
        if end == len(self.document.lines):
            return end
        while end > section.body and self.tells_of_next(end - 1):
            end -= 1
        return end

    def tells_of_next(self, number: int) -> bool:
        line = self.document.lines[number]
        match = COMMENTED.match(line)
        return is_comment(line) and not (match and is_default(match)) and not self.is_inside(number)

    def last_content(self, end: int, start: int) -> int:
        """Return the last line before `end` that is not blank, or the one before `start`."""
        return next((line for line in range(end - 1, start - 1, -1) if self.document.lines[line].strip()), start - 1)

    def top(self) -> int:
        """Return the line before the first header, and before the comment that tells of it; behind one on the file."""
        if not self.headers:
            return len(self.document.lines)
        line = self.headers[0]
        while line and is_comment(self.document.lines[line - 1]):
            line -= 1
        return line or self.headers[0]


def is_default(match: re.Match[str]) -> bool:
    """Say whether a comment that looks like an option is one. With a blank behind the sign, many words are prose."""
    return not match[1] or len(match[4].split()) <= 1


def is_comment(line: str) -> bool:
    return line.lstrip()[:1] in tuple(COMMENT_MARKS)
