# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data that an edit of a document takes and returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Collection, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document


class Setting(NamedTuple):
    """The desired state of one option.

    values: as the file holds them, one for each occurrence of the option. An empty tuple removes the option, and None
      is an option without a value.
    append: whether the values are added to the current ones.
    replace_default: whether the option replaces its commented default instead of following it.
    """

    section: str
    option: str
    values: tuple[str | None, ...]
    append: bool = False
    replace_default: bool = False

    def __str__(self) -> str:
        return f"{self.section}/{self.option}"


class Desired(NamedTuple):
    """The desired state of a document.

    drop: sections to remove.
    exclusive: "sections" or "file": the named sections, or the whole file, hold no other options; or "none".
    named: sections that are named without a setting; those of the settings are named anyway.
    keep: patterns of `section/option` that exclusive does not remove.
    remove_empty: whether a section is removed with the last of its options, if it holds nothing else.
    style: the spacing of written lines: "spaces", "nospaces", that of the file ("keep"), or spaces also where the
      value is correct already ("enforce").
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
    """A change to one option.

    line: its line number in the new document, or in the old one if it was removed; from 1.
    """

    section: str
    option: str
    action: str
    before: tuple[str | None, ...]
    after: tuple[str | None, ...]
    line: int = 0

    @property
    def is_deduplicated(self) -> bool:
        """Return whether the option was set more often than desired."""
        return 0 < len(self.after) < len(self.before)


@dataclass
class LineEdit:
    """The replacement of lines [start, end) of the old text."""

    start: int
    end: int
    lines: list[str]
    change: Change | None = None


class EditResult(NamedTuple):
    """An edited document.

    line_edits: in the order of their lines.
    unchanged: the number of options that had their desired values already.
    """

    before: Document
    after: Document
    changes: list[Change]
    line_edits: list[LineEdit]
    unchanged: int
    sections_added: list[str]
    sections_removed: list[str]


def action_between(before: tuple[str | None, ...], after: tuple[str | None, ...]) -> str:
    """Return the action that changes the values of an option from one tuple to the other."""
    if not before:
        return "added"
    if not after:
        return "removed"
    if before == after:
        return "restyled"
    if len(after) == 1 and before[-1] == after[0]:
        return "deduplicated"
    return "reordered" if sorted(map(str, before)) == sorted(map(str, after)) else "updated"
