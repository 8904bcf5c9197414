# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Format an edit as a unified diff without secrets."""

from __future__ import annotations

from itertools import groupby
from typing import Iterator, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._ini.layout import is_comment
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask, MaskedLines
from ansible_collections.osops.glance.plugins.module_utils._ini.model import EditResult

# Lines around a change: enough for the commented default above it, and still short with many changes.
CONTEXT = 1
# If more lines of comments are removed, their number is printed instead.
MAX_COMMENTS = 20


class Block(NamedTuple):
    """Lines [start, end) of the old text became lines [new_start, new_end) of the new one."""

    start: int
    end: int
    new_start: int
    new_end: int


def unified_diff(path: str, edited: EditResult, mask: Mask) -> str:
    """Return the changes as `diff --unified` prints them, with the section after each position."""
    old, new = MaskedLines(mask, edited.before), MaskedLines(mask, edited.after)
    blocks = blocks_of(edited)
    lines = [f"--- {path}", f"+++ {path}"] if blocks else []
    for hunk in _hunks(blocks):
        lines += _hunk_lines(hunk, old, new)
    return "".join(f"{line}\n" for line in lines)


def blocks_of(edited: EditResult) -> list[Block]:
    """Return the changed blocks, in the order of their lines."""
    blocks: list[Block] = []
    shift = 0
    for line_edit in edited.line_edits:
        start = line_edit.start + shift
        shift += len(line_edit.lines) - (line_edit.end - line_edit.start)
        blocks.append(Block(line_edit.start, line_edit.end, start, line_edit.end + shift))
    return blocks


def _hunks(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield groups of blocks whose context lines touch."""
    hunk: list[Block] = []
    for block in blocks:
        if hunk and block.start - hunk[-1].end > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(block)
    if hunk:
        yield hunk


def _hunk_lines(hunk: list[Block], old: MaskedLines, new: MaskedLines) -> Iterator[str]:
    start = max(hunk[0].start - CONTEXT, 0)
    end = min(hunk[-1].end + CONTEXT, len(old.document.lines))
    new_start = hunk[0].new_start - (hunk[0].start - start)
    new_end = hunk[-1].new_end + (end - hunk[-1].end)
    yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@ {new.section(hunk[0].new_start)}".rstrip()
    position = start
    for block in hunk:
        yield from (f" {old[number]}" for number in range(position, block.start))
        yield from _removed_lines(old, block)
        yield from (f"+{new[number]}" for number in range(block.new_start, block.new_end))
        position = block.end
    yield from (f" {old[number]}" for number in range(position, end))


def _removed_lines(old: MaskedLines, block: Block) -> Iterator[str]:
    """Yield the removed lines; of many comments, their number."""

    def is_content(number: int) -> bool:
        line = old.document.lines[number]
        return bool(line.strip()) and not is_comment(line)

    for has_content, group in groupby(range(block.start, block.end), is_content):
        numbers = list(group)
        if not has_content and len(numbers) > MAX_COMMENTS:
            yield f"-... {len(numbers)} lines of comments and blank lines"
        else:
            yield from (f"-{old[number]}" for number in numbers)


def _range(start: int, end: int) -> str:
    return f"{start + (end > start)},{end - start}"
