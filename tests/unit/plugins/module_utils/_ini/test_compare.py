# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._ini.compare import compare, include_repairs
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse, repair
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, LineEdit, Setting


def test_replaced_document_is_compared_with_the_old_one() -> None:
    before = parse("[a]\nx = 1\ny = 1\n[b]\nz = 1\n", DIALECTS["oslo"])
    after = parse("# c\n[a]\nx = 1\ny = 2\n[c]\nq = 1\n", DIALECTS["oslo"])
    result = compare(before, after)
    assert [(change.section, change.option, change.action, change.line) for change in result.changes] == [
        ("a", "y", "updated", 4),
        ("b", "z", "removed", 5),
        ("c", "q", "added", 6),
    ]
    assert result.line_edits == [LineEdit(0, 0, ["# c\n"]), LineEdit(2, 5, ["y = 2\n", "[c]\n", "q = 1\n"])]
    assert (result.unchanged, result.sections_added, result.sections_removed) == (1, ["c"], ["b"])


def test_edit_includes_the_repairs_of_the_text() -> None:
    text = "[a] # c\nx = 1\n[b] # c\n[c] # c\ny = 1"
    desired = Desired([Setting("a", "x", ("2",)), Setting("c", "y", ("2",))], drop=["b"])
    result = include_repairs(edit(parse(repair(text), DIALECTS["oslo"]), desired), text)
    assert result.before.text() == text
    assert [(line_edit.start, line_edit.end, line_edit.lines) for line_edit in result.line_edits] == [
        (0, 1, ["[a]\n"]),
        (1, 2, ["x = 2\n"]),
        (2, 3, []),
        (3, 4, ["[c]\n"]),
        (4, 5, ["y = 2\n"]),
    ]
