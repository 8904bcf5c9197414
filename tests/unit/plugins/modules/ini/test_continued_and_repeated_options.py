# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of several lines, and options that are set several times."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    Edit,
    check_edit,
    edit,
)

EDITS = [
    edit("colon is kept as the delimiter", "[a]\nx: 1\n", {"a": {"x": "2"}}, "[a]\nx: 2\n"),
    edit(
        "continued value is replaced as a whole",
        "[a]\nx = 1\n  2\n\t3\ny = 4\n",
        {"a": {"x": "9"}},
        "[a]\nx = 9\ny = 4\n",
    ),
    edit(
        "continued value is removed as a whole",
        "[a]\nx = 1\n  2\n  3\ny = 4\n",
        {"a": {"x": None}},
        "[a]\ny = 4\n",
    ),
    edit(
        "line of another value that is similar to the option",
        "[a]\nz = 1\n  x = b\ny = 2\n",
        {"a": {"x": "c"}},
        "[a]\nz = 1\n  x = b\ny = 2\nx = c\n",
    ),
    edit("multi-line value set twice", "[a]\nx = 1\n", {"a": {"x": "1\n2\n3"}}, "[a]\nx = 1\n    2\n    3\n"),
    edit(
        "multi-line value keeps its own indentation",
        "[a]\nx = 1\n\t2\ny = 3\n",
        {"a": {"x": "4\n5\n6"}},
        "[a]\nx = 4\n\t5\n\t6\ny = 3\n",
    ),
    edit(
        "repeated section, option in the second",
        "[a]\ny = 1\n\n[b]\nz = 1\n\n[a]\nx = 1\n",
        {"a": {"x": "2"}},
        "[a]\ny = 1\n\n[b]\nz = 1\n\n[a]\nx = 2\n",
    ),
    edit(
        "option in both repeated sections: the last one is set, the others are removed",
        "[a]\nx = 1\n[b]\n[a]\nx = 2\n",
        {"a": {"x": "3"}},
        "[a]\n[b]\n[a]\nx = 3\n",
        expected={"deduplicated": ["a/x"], "actions": {"a/x": "updated"}},
    ),
    edit(
        "option in both repeated sections, correct in the last one",
        "[a]\nx = 1\n[b]\n[a]\nx = 2\n",
        {"a": {"x": "2"}},
        "[a]\n[b]\n[a]\nx = 2\n",
        expected={"deduplicated": ["a/x"], "actions": {"a/x": "deduplicated"}},
    ),
    edit(
        "option set three times becomes one",
        "[a]\nx = 1\ny = 0\nx = 2\nx = 3\n",
        {"a": {"x": "9"}},
        "[a]\ny = 0\nx = 9\n",
        expected={"deduplicated": ["a/x"]},
    ),
    edit("repeated option, from 3 to 1", "[a]\nx = 1\nx = 2\nx = 3\n", {"a": {"x": ["2"]}}, "[a]\nx = 2\n"),
    edit(
        "repeated option, from 1 to 3",
        "[a]\nx = 2\ny = 0\n",
        {"a": {"x": ["1", "2", "3"]}},
        "[a]\nx = 1\nx = 2\nx = 3\ny = 0\n",
        expected={"actions": {"a/x": "updated"}},
    ),
    edit(
        "repeated option in another order",
        "[a]\nx = 2\n# c\nx = 1\n",
        {"a": {"x": ["1", "2"]}},
        None,
        expected={"actions": {"a/x": "reordered"}, "restart_needed": True},
    ),
    edit("repeated option, the same value twice", "[a]\nx = a\n", {"a": {"x": ["a", "a"]}}, "[a]\nx = a\nx = a\n"),
    edit("repeated option with the desired values", "[a]\nx = b\ny = 1\nx=a\n", {"a": {"x": ["b", "a"]}}, None),
    edit(
        "repeated option, added to",
        "[a]\nx = b\nx = a\n",
        {"a": {"x": ["a", "c"]}},
        "[a]\nx = b\nx = a\nx = c\n",
        {"a/x": ["b", "a", "c"]},
        append=True,
    ),
    edit("repeated option, an empty list", "[a]\nx = b\nx = a\ny = 1\n", {"a": {"x": []}}, "[a]\ny = 1\n"),
    edit(
        "untouched repeated option survives",
        "[a]\nx = b\nx = a\nx = b\ny = 1\n",
        {"a": {"y": "2"}},
        "[a]\nx = b\nx = a\nx = b\ny = 2\n",
    ),
]


@pytest.mark.parametrize("case", EDITS)
def test_file_gets_the_desired_options(tmp_path: Path, case: Edit) -> None:
    check_edit(tmp_path, case)
