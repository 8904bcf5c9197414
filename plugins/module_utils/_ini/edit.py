# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a document to its settings, and leave every line alone that has nothing to do with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Collection, Iterable, Iterator, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import Dialect
from ansible_collections.osops.glance.plugins.module_utils._ini.document import (
    LF,
    NAMELESS,
    Document,
    Option,
    ParseError,
    Place,
    lines_of,
    parse,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout

# What is written before all other sections.
TOPMOST = (NAMELESS, "DEFAULT")
# So many options tell how a file is spaced.
SAMPLE = 1000
DELIMITERS = {"spaces": " = ", "nospaces": "=", "enforce": " = "}


class Setting(NamedTuple):
    """What an option is to be.

    values: as the file holds them, one for each time that the option is given; empty takes the option away, and None
      stands for an option without a value.
    append: whether the values are added to those that are there.
    replace_default: whether the option takes the place of its commented default, rather than standing below it.
    """

    section: str
    option: str
    values: tuple[str | None, ...]
    append: bool = False
    replace_default: bool = False

    def __str__(self) -> str:
        return f"{self.section}/{self.option}"


class Desired(NamedTuple):
    """What a document is to be.

    drop: sections that are taken away whole.
    exclusive: "sections" or "file": the sections that are named, or the whole file, hold nothing else; or "none".
    named: sections that are named without a setting; those of the settings are named anyway.
    keep: patterns of `section/option` that exclusive spares.
    remove_empty: whether a section goes with the last of its options, when there is nothing else in it.
    style: how what is written is spaced: "spaces", "nospaces", as the file does it ("keep"), or with spaces and also
      where the value is right already ("enforce").
    """

    settings: Sequence[Setting] = ()
    drop: Collection[str] = ()
    exclusive: str = "none"
    named: Collection[str] = ()
    keep: Collection[str] = ()
    remove_empty: bool = False
    style: str = "keep"


@dataclass
class Change:
    """What became of one option. line is where it is now, or was; from 1."""

    section: str
    option: str
    action: str
    before: tuple[str | None, ...]
    after: tuple[str | None, ...]
    line: int = 0

    @property
    def is_deduplicated(self) -> bool:
        """Say whether the option was given more often than was asked for."""
        return 0 < len(self.after) < len(self.before)


@dataclass
class LineEdit:
    """Lines [start, end) of the old text give way to others."""

    start: int
    end: int
    lines: list[str]
    change: Change | None = None


class EditResult(NamedTuple):
    """A document that was brought to its settings."""

    before: Document
    after: Document
    changes: list[Change]
    splices: list[LineEdit]
    unchanged: int
    sections_added: list[str]
    sections_removed: list[str]


def compared(before: Document, after: Document) -> EditResult:
    """Return how a document differs from another one that was not made of it."""
    changes = []
    for place in {**before.places, **after.places}:
        values = before.values_at(place), after.values_at(place)
        if values[0] != values[1]:
            option = (after.places.get(place) or before.places[place])[0]
            changes.append(Change(option.section, option.name, _action(*values), *values, option.start + 1))
    return EditResult(
        before=before,
        after=after,
        changes=changes,
        splices=_splices_between(before, after),
        unchanged=sum(1 for place in after.places if after.values_at(place) == before.values_at(place)),
        **_sections_of(before, after),
    )


def mended(edited: EditResult, text: str) -> EditResult:
    """Return an edit as it is seen from the text that was not yet put in order, line by line."""
    lines = lines_of(text)
    taken = {number for splice in edited.splices for number in range(splice.start, splice.end)}
    changed = (number for number, (old, new) in enumerate(zip(lines, edited.before.lines)) if old != new)
    splices = [LineEdit(number, number + 1, [edited.before.lines[number]]) for number in changed if number not in taken]
    both = sorted([*edited.splices, *splices], key=lambda splice: (splice.start, splice.end))
    return edited._replace(before=replace(edited.before, lines=lines), splices=both)


def _splices_between(before: Document, after: Document) -> list[LineEdit]:
    blocks = _blocks(before.lines, after.lines)
    return [LineEdit(start, end, after.lines[low:high]) for kind, start, end, low, high in blocks if kind != "equal"]


def _blocks(before: Sequence[Any], after: Sequence[Any]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return what is equal and what is not in two sequences."""
    # Most runs need none of it, and each import costs every run.
    from difflib import SequenceMatcher

    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _sections_of(before: Document, after: Document) -> dict[str, list[str]]:
    """Return the sections that only one of two documents has."""
    old, new = ({section.key: section.name for section in side.sections[1:]} for side in (before, after))
    return {
        "sections_added": [name for key, name in new.items() if key not in old],
        "sections_removed": [name for key, name in old.items() if key not in new],
    }


def edit(document: Document, desired: Desired) -> EditResult:
    """Return the document as it is wished; GlanceError where its dialect cannot hold that."""
    editor = _Editor(document, desired)
    editor.work()
    after = parse(_assembled(document, editor.splices), document.dialect) if editor.splices else document
    after.bom = document.bom
    _prove(document, after, editor)
    return EditResult(
        before=document,
        after=after,
        changes=editor.changes,
        splices=editor.splices,
        unchanged=editor.unchanged,
        **_sections_of(document, after),
    )


class _Editor:
    """Works out which lines give way to which."""

    def __init__(self, document: Document, desired: Desired) -> None:
        self.document = document
        self.dialect = document.dialect
        self.desired = desired
        self.layout = Layout(document)
        self.eol = document.eol()
        self.spacing = DELIMITERS.get(desired.style) or _usual_delimiter(document)
        self.splices: list[LineEdit] = []
        self.changes: list[Change] = []
        self.unchanged = 0
        self.dropped: set[str] = set()
        self.wanted: dict[Place, tuple[str | None, ...]] = {}
        self.new_sections: dict[str, list[tuple[Setting, Change]]] = {}

    def work(self) -> None:
        self.dropped = self.unwanted()
        settings = [*self.desired.settings, *self.purged()]
        if self.desired.remove_empty:
            self.dropped |= self.emptied(settings)
        for key in self.layout.sections:
            if key in self.dropped:
                self.drop(key)
        for setting in settings:
            if self.dialect.section(setting.section) not in self.dropped:
                self.bring(setting)
        self.found_sections()

    # Which sections and options go ---------------------------------------------------------------------------------

    def unwanted(self) -> set[str]:
        """Return the sections that go whole."""
        there = set(self.layout.sections)
        keys = {self.dialect.section(name) for name in self.desired.drop}
        if self.desired.exclusive == "file":
            kept = {place.section for place in self.document.places if self.is_kept(place)}
            keys |= there - self.named() - kept - {NAMELESS}
        return keys & there

    def named(self) -> set[str]:
        names = [*self.desired.named, *(setting.section for setting in self.desired.settings)]
        return set(map(self.dialect.section, names))

    def is_kept(self, place: Place) -> bool:
        return any(fnmatchcase("/".join(place), pattern) for pattern in self.desired.keep)

    def purged(self) -> Iterator[Setting]:
        """Yield the removal of what is there and was not asked for, where nothing else may be."""
        if self.desired.exclusive == "none":
            return
        asked = {self.document.place(setting.section, setting.option) for setting in self.desired.settings}
        named = self.named()
        for place, options in self.document.places.items():
            inside = place.section not in self.dropped and (self.desired.exclusive == "file" or place.section in named)
            if inside and place not in asked and not self.is_kept(place):
                yield Setting(place.section, options[0].name, ())

    def emptied(self, settings: Iterable[Setting]) -> set[str]:
        """Return the sections that lose all of their options, and have nothing but blank lines beside them."""
        left = dict.fromkeys(self.document.places, True)
        for setting in settings:
            left[self.document.place(setting.section, setting.option)] = bool(setting.values) or setting.append
        losing = {place.section for place in left} - {place.section for place, stays in left.items() if stays}
        losing &= set(self.layout.sections) - {NAMELESS}
        return {key for key in losing if not self.layout.has_comments(key)}

    def drop(self, key: str) -> None:
        """Take a section away, but for the comment that tells of the next one."""
        last_to_stay = max(section.start for section in self.document.sections if section.key not in self.dropped)
        for section in self.layout.sections[key]:
            self.layout.refuse_directives(section)
            start = section.start
            # Where nothing follows, the blank lines before it have lost their use.
            if start > last_to_stay and start > self.layout.headers[0]:
                start = self.layout.last_content(start, 0) + 1
            self.splices.append(LineEdit(start, self.layout.end_of_own(section), []))
        for place, options in self.document.places.items():
            if place.section == key:
                before = tuple(option.value for option in options)
                self.changes.append(Change(key, options[0].name, "removed", before, (), options[0].start + 1))

    # What becomes of an option ---------------------------------------------------------------------------------------

    def bring(self, setting: Setting) -> None:
        """Bring one option to its values."""
        place = self.document.place(setting.section, setting.option)
        there = self.document.places.get(place, [])
        before = self.document.values_at(place)
        after = self.values_after(setting, before)
        if len(after) > 1 and not self.dialect.repeats:
            raise GlanceError(
                f"{setting} is given {len(after)} values, and of an option that is repeated {self.dialect.reader} "
                "keeps only the last one; say with list_style how the list is written as one value"
            )
        self.wanted[place] = after
        change = Change(setting.section, setting.option, _action(before, after), before, after)
        if before == after and (self.desired.style != "enforce" or not there):
            self.unchanged += 1
        elif there:
            self.rewrite(setting, there, change)
        else:
            self.add(setting, change)

    def values_after(self, setting: Setting, before: tuple[str | None, ...]) -> tuple[str | None, ...]:
        """Return the values of an option after the edit."""
        after = setting.values
        # An empty value removes those before it, also those in other files. It stays unless the new values have one.
        dead = len(before) - before[::-1].index("") if self.dialect.resets and "" in before else 0
        if setting.append:
            return before + tuple(value for value in after if value not in before[dead:])
        return before[:dead] + after if dead and after and "" not in after else after

    def rewrite(self, setting: Setting, there: list[Option], change: Change) -> None:
        """Change the lines of an option that is there, and only those that differ."""
        replaced = self.document.lines
        splices = [
            splice
            for splice in self.paired(setting, there, change)
            if replaced[splice.start : splice.end] != splice.lines
        ]
        if not splices:
            self.unchanged += 1
            return
        change.line = there[0].start + 1
        self.splices += splices
        self.changes.append(change)

    def paired(self, setting: Setting, there: list[Option], change: Change) -> Iterator[LineEdit]:
        """Yield what becomes of each place of an option. Of a single value, the last place is the one that holds."""
        if len(change.after) == 1:
            yield from (LineEdit(option.start, option.end, [], change) for option in there[:-1])
            yield self.replacement(there[-1], change.after[0], change)
            return
        for _kind, low, high, first, last in _blocks(change.before, change.after):
            olds, news = there[low:high], change.after[first:last]
            for option, value in zip(olds, news):
                yield self.replacement(option, value, change)
            for option in olds[len(news) :]:
                yield LineEdit(option.start, option.end, [], change)
            near = there[max(high, 1) - 1]
            line = near.end if high else near.start
            for value in news[len(olds) :]:
                lines = self.written(setting.option, value, self.lead(near), self.delimiter(near))
                yield LineEdit(line, line, lines, change)

    def replacement(self, option: Option, value: str | None, change: Change) -> LineEdit:
        """Return the new lines of an option; one that is right already stays as it is, but for its style."""
        lines = self.document.lines[option.start : option.end]
        if option.value != value or self.desired.style == "enforce":
            end = _line_end(lines[-1])
            lines = self.written(option.name, value, self.lead(option), self.delimiter(option), self.margin(option))
            lines[-1] = lines[-1][: -len(self.eol)] + end
        return LineEdit(option.start, option.end, lines, change)

    def written(self, name: str, value: str | None, lead: str, delimiter: str, margin: str = "") -> list[str]:
        """Return the lines that set an option."""
        margin = margin if len(margin) > len(lead) else lead + "    "
        lines = render(self.dialect, name, value, delimiter, margin)
        return [lead + lines[0] + self.eol, *(line + self.eol for line in lines[1:])]

    def lead(self, option: Option) -> str:
        """Return the blanks before an option."""
        return self.document.lines[option.start][: option.indent]

    def delimiter(self, option: Option) -> str:
        """Return what stands between the name and the value of an option."""
        found = _delimiter(self.document.lines[option.start], self.dialect)
        if not found or self.desired.style == "enforce":
            return self.spacing
        # Where there was no value, there is nothing behind the delimiter to go by.
        return found if option.value != "" else found.rstrip() + (" " if found[0].isspace() else "")

    def margin(self, option: Option) -> str:
        """Return the blanks before the lines that continue a value."""
        line = self.document.lines[option.end - 1]
        return line[: len(line) - len(line.lstrip())]

    # Where a new option goes -----------------------------------------------------------------------------------------

    def add(self, setting: Setting, change: Change) -> None:
        """Place an option that is not there: below its commented default, else at the end of its section."""
        key = self.dialect.section(setting.section)
        self.changes.append(change)
        default = self.layout.defaults(key).get(self.dialect.option(setting.option))
        if not default and not self.layout.is_home(key):
            self.new_sections.setdefault(key, []).append((setting, change))
            return
        if default:
            line, delimiter = default.line, default.delimiter
        else:
            line, delimiter = self.layout.end(key) - 1, None
        start = line if default and setting.replace_default else line + 1
        delimiter = delimiter if delimiter and self.desired.style == "keep" else self.spacing
        lead = self.layout.lead_at(start)
        lines = [text for value in setting.values for text in self.written(setting.option, value, lead, delimiter)]
        self.splices.append(LineEdit(start, line + 1, lines, change))

    def found_sections(self) -> None:
        """Write the sections that are not there: what has no name and DEFAULT at the top, the others at the end."""
        for key in sorted(self.new_sections, key=lambda key: (key not in TOPMOST, key != NAMELESS)):
            self.found(key, self.layout.top() if key in TOPMOST else len(self.document.lines))

    def found(self, key: str, line: int) -> None:
        """Write a new section before a line, with a blank line between it and what is around it."""
        settings = self.new_sections[key]
        here = [splice for splice in self.splices if splice.start == line and splice.lines]
        above = here[-1].lines[-1] if here else "".join(self.document.lines[max(line - 1, 0) : line])
        below = "".join(self.document.lines[line : line + 1])
        header = [f"[{settings[0][0].section}]{self.eol}"] if key != NAMELESS else []
        self.splices.append(LineEdit(line, line, [self.eol] * bool(above.strip()) + header))
        for setting, change in settings:
            lines = [text for value in setting.values for text in self.written(setting.option, value, "", self.spacing)]
            self.splices.append(LineEdit(line, line, lines, change))
        self.splices.append(LineEdit(line, line, [self.eol] * bool(below.strip())))


def render(dialect: Dialect, name: str, value: str | None, delimiter: str, margin: str) -> list[str]:
    """Return the lines, without their ends, from which the dialect reads this value; GlanceError if there are none."""
    if value is None:
        candidates = [[name]]
    else:
        candidates = [_lines(name + delimiter + text, margin) for text in dialect.spellings(value)]
    for lines in candidates:
        if _reads(dialect, lines, name, value):
            return lines
    raise GlanceError(_refusal(dialect, name, value))


def _lines(text: str, margin: str) -> list[str]:
    """Return the lines of an option, with a margin before those that continue its value."""
    first, *rest = text.split("\n")
    return [first.rstrip(" \t"), *(margin + line if line else "" for line in rest)]


def _reads(dialect: Dialect, lines: list[str], name: str, value: str | None) -> bool:
    """Say whether these lines set this option to this value, and nothing else."""
    try:
        document = parse("[x]\n" + "\n".join(lines), dialect)
    except ParseError:
        return False
    found = [(option.name, option.value) for option in document.options]
    return found == [(name, value)] and len(document.sections) == 2


def _refusal(dialect: Dialect, name: str, value: str | None) -> str:
    """Return why an option cannot be written, without its value."""
    if value is None:
        return f"{name!r} cannot stand without a value: {dialect.reader} would not read it as an option"
    if not _reads(dialect, [f"{name} = 1"], name, "1"):
        return f"{name!r} cannot be the name of an option: {dialect.reader} would not read it as one"
    if "\n" in value and dialect.continuation in ("none", "backslash"):
        return f"the value of {name} has a line break, which {dialect.reader} cannot read back"
    if "\n" in value:
        return (
            f"the value of {name} has lines that {dialect.reader} cannot read back: none of them may be empty, end "
            "with a blank, or, but for the first, begin with a blank or the sign of a comment"
        )
    return f"the value of {name} has blanks at its ends, or characters in it, that {dialect.reader} cannot read back"


def _action(before: tuple[str | None, ...], after: tuple[str | None, ...]) -> str:
    """Return the word for what becomes of an option."""
    if not before:
        return "added"
    if not after:
        return "removed"
    if before == after:
        return "restyled"
    if len(after) == 1 and before[-1] == after[0]:
        return "deduplicated"
    return "reordered" if sorted(map(str, before)) == sorted(map(str, after)) else "updated"


def _assembled(document: Document, splices: list[LineEdit]) -> str:
    """Return the text with the splices in it, and note at each change which line it is now."""
    splices.sort(key=lambda splice: (splice.start, splice.end))
    out: list[str] = []
    position = 0
    for splice in splices:
        # Of the blank lines before a section that goes, some may be gone already, or give way to something new.
        splice.start = max(splice.start, position)
        splice.end = max(splice.end, splice.start)
        _append(out, document.lines[position : splice.start])
        if splice.lines and out and not _line_end(out[-1]):
            out[-1] += document.eol()
        if splice.lines and splice.change:
            splice.change.line = len(out) + 1
        _append(out, splice.lines)
        position = splice.end
    _append(out, document.lines[position:])
    return "".join(out)


def _append(out: list[str], lines: list[str]) -> None:
    """Add lines to others. Behind a lone carriage return, a line feed would become part of that line's end."""
    if lines and out and out[-1].endswith("\r") and lines[0] == LF:
        lines = ["\r", *lines[1:]]
    out += lines


def _prove(before: Document, after: Document, editor: _Editor) -> None:
    """Refuse a result that does not hold exactly what was asked for and, beside it, what was there."""
    wrong = [place for place in {**before.places, **editor.wanted} if not _is_right(place, before, after, editor)]
    wrong += [place for place in after.places if place not in before.places and place not in editor.wanted]
    if wrong:
        names = ", ".join("/".join(place) for place in wrong)
        raise GlanceError(f"this cannot be written so that {before.dialect.reader} reads it back as asked: {names}")


def _is_right(place: Place, before: Document, after: Document, editor: _Editor) -> bool:
    """Say whether an option has the values that it was to have, or still the ones that it had."""
    wanted = editor.wanted.get(place)
    if wanted is None:
        wanted = () if place.section in editor.dropped else before.values_at(place)
    return after.values_at(place) == wanted


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _delimiter(line: str, dialect: Dialect) -> str:
    """Return the delimiter of an option with the blanks around it; nothing where there is none."""
    found = dialect.delimiter.search(line)
    if not found:
        return ""
    before, behind = line[: found.start()], line[found.end() :].rstrip("\r\n")
    return before[len(before.rstrip(" \t")) :] + found[0] + behind[: len(behind) - len(behind.lstrip(" \t"))]


def _usual_delimiter(document: Document) -> str:
    """Return what most options of a file have around their delimiter."""
    some = document.options[:SAMPLE]
    tight = sum(1 for option in some if len(_delimiter(document.lines[option.start], document.dialect)) == 1)
    return "=" if tight * 2 > len(some) else " = "
