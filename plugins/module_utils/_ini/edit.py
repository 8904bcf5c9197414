# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set options in a document and keep every other line byte for byte."""

from __future__ import annotations

from typing import Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.compare import compare_sections, opcodes
from ansible_collections.osops.glance.plugins.module_utils._ini.document import (
    LF,
    NAMELESS,
    Document,
    Option,
    Place,
    parse,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout
from ansible_collections.osops.glance.plugins.module_utils._ini.model import (
    Change,
    Desired,
    EditResult,
    LineEdit,
    Setting,
    action_between,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.removal import plan_removal
from ansible_collections.osops.glance.plugins.module_utils._ini.render import OptionWriter, line_end

# Sections that are written before all others.
TOPMOST = (NAMELESS, "DEFAULT")

Values = Mapping[Place, "tuple[str | None, ...]"]


def edit(document: Document, desired: Desired) -> EditResult:
    """Return the document in its desired state; GlanceError if its dialect cannot express that."""
    editor = _Editor(document, desired)
    editor.run()
    line_edits = editor.line_edits
    after = parse(_assemble(document, line_edits), document.dialect) if line_edits else document
    after.bom = document.bom
    _verify(document, after, editor.expected_values())
    return EditResult(
        before=document,
        after=after,
        changes=editor.changes,
        line_edits=line_edits,
        unchanged=editor.unchanged,
        **compare_sections(document, after),
    )


class _Editor:
    """Computes the line edits."""

    def __init__(self, document: Document, desired: Desired) -> None:
        self.document = document
        self.dialect = document.dialect
        self.desired = desired
        self.layout = Layout(document)
        self.writer = OptionWriter(document, desired.style)
        self.removal = plan_removal(document, self.layout, desired)
        self.line_edits: list[LineEdit] = []
        self.changes: list[Change] = []
        self.unchanged = 0
        self.values: dict[Place, tuple[str | None, ...]] = {}
        self.new_sections: dict[str, list[tuple[Setting, Change]]] = {}

    def run(self) -> None:
        for key in self.layout.sections:
            if key in self.removal.sections:
                self.remove_section(key)
        for setting in (*self.desired.settings, *self.removal.options):
            if self.dialect.section(setting.section) not in self.removal.sections:
                self.apply_setting(setting)
        self.add_sections()

    def expected_values(self) -> Values:
        """Return the values of all options after the edit."""
        stays = {
            place: () if place.section in self.removal.sections else self.document.values_at(place)
            for place in self.document.places
        }
        return {**stays, **self.values}

    def remove_section(self, key: str) -> None:
        """Remove a section, except for the comment that introduces the next one."""
        remaining = (section for section in self.document.sections if section.key not in self.removal.sections)
        last_start = max(section.start for section in remaining)
        for section in self.layout.sections[key]:
            self.layout.refuse_directives(section)
            start = section.start
            # At the end of the file, the blank lines before the section separate nothing any more.
            if start > last_start and start > self.layout.headers[0]:
                start = self.layout.last_content(start, 0) + 1
            self.line_edits.append(LineEdit(start, self.layout.own_end(section), []))
        for place, options in self.document.places.items():
            if place.section == key:
                before = tuple(option.value for option in options)
                self.changes.append(Change(key, options[0].name, "removed", before, (), options[0].start + 1))

    def apply_setting(self, setting: Setting) -> None:
        """Set one option to its desired values."""
        place = self.document.place(setting.section, setting.option)
        present = self.document.places.get(place, [])
        before = self.document.values_at(place)
        after = self.values_after(setting, before)
        if len(after) > 1 and not self.dialect.repeats:
            raise GlanceError(
                f"{setting} has {len(after)} values, but {self.dialect.reader} keeps only the last line of an option; "
                "set list_style to write the list as one value"
            )
        self.values[place] = after
        change = Change(setting.section, setting.option, action_between(before, after), before, after)
        if before == after and (self.desired.style != "enforce" or not present):
            self.unchanged += 1
        elif present:
            self.rewrite(setting, present, change)
        else:
            self.add_option(setting, change)

    def values_after(self, setting: Setting, before: tuple[str | None, ...]) -> tuple[str | None, ...]:
        """Return the values of an option after the edit."""
        after = setting.values
        # An empty value removes those before it, also those in other files. It stays unless the new values have one.
        reset = len(before) - before[::-1].index("") if self.dialect.resets and "" in before else 0
        if setting.append:
            return before + tuple(value for value in after if value not in before[reset:])
        return before[:reset] + after if reset and after and "" not in after else after

    def rewrite(self, setting: Setting, present: list[Option], change: Change) -> None:
        """Change the lines of an option that exists, and only those that differ."""
        line_edits = [
            line_edit
            for line_edit in self.occurrence_edits(setting, present, change)
            if self.document.lines[line_edit.start : line_edit.end] != line_edit.lines
        ]
        if not line_edits:
            self.unchanged += 1
            return
        change.line = present[0].start + 1
        self.line_edits += line_edits
        self.changes.append(change)

    def occurrence_edits(self, setting: Setting, present: list[Option], change: Change) -> Iterator[LineEdit]:
        """Yield the edit of each occurrence of an option. Of a single value, the last occurrence takes effect."""
        if len(change.after) == 1:
            yield from (LineEdit(option.start, option.end, [], change) for option in present[:-1])
            yield self.replacement(present[-1], change.after[0], change)
            return
        for _kind, low, high, first, last in opcodes(change.before, change.after):
            olds, news = present[low:high], change.after[first:last]
            for option, value in zip(olds, news):
                yield self.replacement(option, value, change)
            for option in olds[len(news) :]:
                yield LineEdit(option.start, option.end, [], change)
            neighbour = present[max(high, 1) - 1]
            line = neighbour.end if high else neighbour.start
            for value in news[len(olds) :]:
                yield LineEdit(line, line, self.writer.repeated(setting.option, value, neighbour), change)

    def replacement(self, option: Option, value: str | None, change: Change) -> LineEdit:
        return LineEdit(option.start, option.end, self.writer.rewritten(option, value), change)

    def add_option(self, setting: Setting, change: Change) -> None:
        """Add an option below its commented default, or else at the end of its section."""
        key = self.dialect.section(setting.section)
        self.changes.append(change)
        default = self.layout.defaults(key).get(self.dialect.option(setting.option))
        if not default and not self.layout.has_section(key):
            self.new_sections.setdefault(key, []).append((setting, change))
            return
        if default:
            line, delimiter = default.line, default.delimiter
        else:
            line, delimiter = self.layout.end(key) - 1, None
        start = line if default and setting.replace_default else line + 1
        delimiter = delimiter if delimiter and self.desired.style == "keep" else self.writer.delimiter
        lines = self.setting_lines(setting, self.layout.lead_at(start), delimiter)
        self.line_edits.append(LineEdit(start, line + 1, lines, change))

    def setting_lines(self, setting: Setting, lead: str, delimiter: str) -> list[str]:
        return [text for value in setting.values for text in self.writer.lines(setting.option, value, lead, delimiter)]

    def add_sections(self) -> None:
        """Add the new sections: the one without a name and DEFAULT at the top, the others at the end."""
        for key in sorted(self.new_sections, key=lambda key: (key not in TOPMOST, key != NAMELESS)):
            self.add_section(key, self.layout.top() if key in TOPMOST else len(self.document.lines))

    def add_section(self, key: str, line: int) -> None:
        """Add a section before a line, separated by blank lines."""
        settings, eol = self.new_sections[key], self.writer.eol
        here = [line_edit for line_edit in self.line_edits if line_edit.start == line and line_edit.lines]
        above = here[-1].lines[-1] if here else "".join(self.document.lines[max(line - 1, 0) : line])
        below = "".join(self.document.lines[line : line + 1])
        header = [f"[{settings[0][0].section}]{eol}"] if key != NAMELESS else []
        self.line_edits.append(LineEdit(line, line, [eol] * bool(above.strip()) + header))
        for setting, change in settings:
            lines = self.setting_lines(setting, "", self.writer.delimiter)
            self.line_edits.append(LineEdit(line, line, lines, change))
        self.line_edits.append(LineEdit(line, line, [eol] * bool(below.strip())))


def _assemble(document: Document, line_edits: list[LineEdit]) -> str:
    """Return the edited text; sort the edits, and set the new line of each change."""
    line_edits.sort(key=lambda line_edit: (line_edit.start, line_edit.end))
    out: list[str] = []
    position = 0
    for line_edit in line_edits:
        # The blank lines before a removed section may be removed or replaced by an earlier edit.
        line_edit.start = max(line_edit.start, position)
        line_edit.end = max(line_edit.end, line_edit.start)
        _append(out, document.lines[position : line_edit.start])
        if line_edit.lines and out and not line_end(out[-1]):
            out[-1] += document.eol()
        if line_edit.lines and line_edit.change:
            line_edit.change.line = len(out) + 1
        _append(out, line_edit.lines)
        position = line_edit.end
    _append(out, document.lines[position:])
    return "".join(out)


def _append(out: list[str], lines: list[str]) -> None:
    """Add lines to others. After a lone carriage return, a line feed would become part of that line's end."""
    if lines and out and out[-1].endswith("\r") and lines[0] == LF:
        lines = ["\r", *lines[1:]]
    out += lines


def _verify(before: Document, after: Document, expected: Values) -> None:
    """Raise GlanceError if the new document does not hold exactly the expected values."""
    places = {**expected, **after.places}
    wrong = [place for place in places if after.values_at(place) != expected.get(place, ())]
    if wrong:
        names = ", ".join("/".join(place) for place in wrong)
        raise GlanceError(f"{before.dialect.reader} would not read back the desired values of {names}")
