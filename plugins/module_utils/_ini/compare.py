# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare two documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Sequence

from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, lines_of
from ansible_collections.osops.glance.plugins.module_utils._ini.model import (
    Change,
    EditResult,
    LineEdit,
    action_between,
)


def compare(before: Document, after: Document) -> EditResult:
    """Return the differences between two documents, of which the second was not made from the first."""
    changes = []
    for place in {**before.places, **after.places}:
        values = before.values_at(place), after.values_at(place)
        if values[0] != values[1]:
            option = (after.places.get(place) or before.places[place])[0]
            changes.append(Change(option.section, option.name, action_between(*values), *values, option.start + 1))
    return EditResult(
        before=before,
        after=after,
        changes=changes,
        line_edits=_line_edits(before, after),
        unchanged=sum(1 for place in after.places if after.values_at(place) == before.values_at(place)),
        **compare_sections(before, after),
    )


def include_repairs(edited: EditResult, text: str) -> EditResult:
    """Return an edit with the lines that repair() changed before it.

    text: the content before repair(), which has the same number of lines.
    """
    lines = lines_of(text)
    covered = {number for line_edit in edited.line_edits for number in range(line_edit.start, line_edit.end)}
    repaired = (number for number, (old, new) in enumerate(zip(lines, edited.before.lines)) if old != new)
    repairs = [
        LineEdit(number, number + 1, [edited.before.lines[number]]) for number in repaired if number not in covered
    ]
    line_edits = sorted([*edited.line_edits, *repairs], key=lambda line_edit: (line_edit.start, line_edit.end))
    return edited._replace(before=replace(edited.before, lines=lines), line_edits=line_edits)


def compare_sections(before: Document, after: Document) -> dict[str, list[str]]:
    """Return the sections that only one of two documents has, as fields of EditResult."""
    old, new = ({section.key: section.name for section in side.sections[1:]} for side in (before, after))
    return {
        "sections_added": [name for key, name in new.items() if key not in old],
        "sections_removed": [name for key, name in old.items() if key not in new],
    }


def opcodes(before: Sequence[Any], after: Sequence[Any]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return the equal and different blocks of two sequences, as difflib does."""
    # Most runs change nothing, and the import delays every run.
    from difflib import SequenceMatcher

    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _line_edits(before: Document, after: Document) -> list[LineEdit]:
    blocks = opcodes(before.lines, after.lines)
    return [LineEdit(start, end, after.lines[low:high]) for kind, start, end, low, high in blocks if kind != "equal"]
