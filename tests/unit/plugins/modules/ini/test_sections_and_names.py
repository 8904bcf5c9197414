# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of sections and options, and the removal of sections."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    Edit,
    check_edit,
    edit,
)

EDITS = [
    edit(
        "section default is not DEFAULT",
        "[default]\ndebug = 1\n",
        {"DEFAULT": {"debug": "true"}},
        "[DEFAULT]\ndebug = true\n\n[default]\ndebug = 1\n",
        warnings=(r"oslo.config ignores \[default\]",),
    ),
    edit(
        "sections that differ in case are equal",
        "[Glance_Store]\na = 1\n\n[glance_store]\nb = 2\n",
        {"glance_Store": {"a": "3", "b": "4", "c": "5"}},
        "[Glance_Store]\na = 3\nc = 5\n\n[glance_store]\nb = 4\n",
        expected={"sections_added": []},
    ),
    edit(
        "section with blanks in its name is another one",
        "[ A ]\nx = 1\n",
        {"A": {"x": "2"}},
        "[ A ]\nx = 1\n\n[A]\nx = 2\n",
    ),
    edit(
        "indented header continues the previous value",
        "[a]\nx = 1\n  [b]\n",
        {"b": {"x": "2"}},
        "[a]\nx = 1\n  [b]\n\n[b]\nx = 2\n",
    ),
    edit(
        "header with text after it is repaired on request",
        "[A] # c\nx = 1\n[b] ; d\ny = 2",
        {"a": {"x": "3"}},
        "[A]\nx = 3\n[b]\ny = 2\n",
        {"a/x": "3", "b/y": "2"},
        repair=True,
    ),
    edit(
        "option before the first section",
        "# top\nx = 1\n[b]\ny = 2\n",
        {"": {"x": "3", "z": "4"}, "b": {"y": "5"}},
        "# top\nx = 3\nz = 4\n[b]\ny = 5\n",
        dialect="generic",
    ),
    edit(
        "first option before the first section",
        "# top\n\n# about b\n[b]\ny = 2\n",
        {"": {"x": "3"}},
        "# top\n\nx = 3\n\n# about b\n[b]\ny = 2\n",
        dialect="generic",
    ),
    edit(
        "options without a value are kept",
        "[mysqld]\nskip-name-resolve\nuser = mysql\n",
        {"mysqld": {"user": "root"}},
        "[mysqld]\nskip-name-resolve\nuser = root\n",
        dialect="generic",
    ),
    edit(
        "option without a value is added, and another one gets a value",
        "[mysqld]\nuser = mysql\nquick\n",
        {"mysqld": {"quick": "1"}},
        "[mysqld]\nuser = mysql\nquick = 1\nskip-name-resolve\n",
        {"mysqld/quick": "1", "mysqld/skip-name-resolve": [None]},
        dialect="generic",
        settings=[{"section": "mysqld", "option": "skip-name-resolve", "bare": True}],
    ),
    edit("options that differ in case are different", "[a]\nX = 1\n", {"a": {"x": "2"}}, "[a]\nX = 1\nx = 2\n"),
    edit(
        "options that differ in case are equal to configparser",
        "[a]\nX = 1\n",
        {"a": {"x": "2"}},
        "[a]\nX = 2\n",
        dialect="ini",
    ),
    edit(
        "name with a dash means the one with an underscore",
        "[a]\nlog_file = 1\n",
        {"a": {"log-file": "2"}},
        "[a]\nlog_file = 2\n",
        {"a/log_file": "2"},
        warnings=("oslo.config reads log_file and ignores log-file",),
    ),
    edit(
        "name with a dash means the commented default with an underscore",
        "[a]\n#log_file = 1\n",
        {"a": {"log-file": "2"}},
        "[a]\n#log_file = 1\nlog_file = 2\n",
        {"a/log_file": "2"},
        warnings=("oslo.config reads log_file and ignores log-file",),
    ),
    edit(
        "name with a dash is written on request",
        "[a]\nlog_file = 1\n",
        {"a": {"log-file": "2"}},
        "[a]\nlog_file = 1\nlog-file = 2\n",
        allow_dash=True,
    ),
    edit("name with a dash without an alternative", "[a]\n", {"a": {"log-file": "2"}}, "[a]\nlog-file = 2\n"),
    edit(
        "removed section keeps the comment on the next one",
        "[a]\nx = 1\n\n# about b, and y = 2\n[b]\ny = 2\n",
        {"a": None},
        "# about b, and y = 2\n[b]\ny = 2\n",
        expected={"sections_removed": ["a"]},
    ),
    edit(
        "removed section at the end leaves no blank lines",
        "[a]\nx = 1\n\n[b]\ny = 2\n",
        {"b": None},
        "[a]\nx = 1\n",
    ),
    edit("removed section that is repeated", "[b]\nx = 1\n[a]\nq = 1\n[B]\ny = 2\n", {"b": None}, "[a]\nq = 1\n"),
    edit("removed section is absent", "[a]\nx = 1\n", {"b": None}, None),
    edit(
        "last option is removed, its section is kept",
        "[a]\nx = 1\n\n[b]\ny = 2\n",
        {"a": {"x": None}},
        "[a]\n\n[b]\ny = 2\n",
    ),
    edit(
        "last option is removed, and its section on request",
        "[a]\nx = 1\n\n[b]\ny = 2\n",
        {"a": {"x": None}},
        "[b]\ny = 2\n",
        remove_empty=True,
        expected={"sections_removed": ["a"]},
    ),
    edit(
        "last option is removed, its section is kept because of a comment",
        "[a]\n# why\nx = 1\n\n[b]\ny = 2\n",
        {"a": {"x": None}},
        "[a]\n# why\n\n[b]\ny = 2\n",
        remove_empty=True,
    ),
    edit(
        "first option of a section with comments",
        "[a]\n# about a\n\n[b]\ny = 1\n",
        {"a": {"x": "1"}},
        "[a]\n# about a\nx = 1\n\n[b]\ny = 1\n",
    ),
    edit(
        "comment on the next section is kept in place",
        "[a]\n\n# about b\n[b]\ny = 1\n",
        {"a": {"x": "1"}},
        "[a]\nx = 1\n\n# about b\n[b]\ny = 1\n",
    ),
    edit(
        "exclusive section keeps its comments",
        "[a]\n# about x\nx = 1\n# about y\ny = 2\n  3\n#z = 4\n\n[b]\nq = 1\n",
        {"a": {"x": "1"}},
        "[a]\n# about x\nx = 1\n# about y\n#z = 4\n\n[b]\nq = 1\n",
        {"a/x": "1", "a/y": None},
        exclusive="sections",
    ),
    edit(
        "exclusive section keeps the options of keep",
        "[a]\nx = 1\npolicy_a = 2\ny = 3\n",
        {"a": {"x": "2"}},
        "[a]\nx = 2\npolicy_a = 2\n",
        {"a/x": "2", "a/y": None},
        exclusive="sections",
        keep=["a/policy_?"],
    ),
    edit(
        "exclusive file",
        "# top\n[a]\nx = 1\ny = 2\n\n# about b\n[b]\nq = 1\n[c]\nz = 1\n",
        {"a": {"x": "1"}},
        "# top\n[a]\nx = 1\n\n# about b\n[c]\nz = 1\n",
        {"a/x": "1", "a/y": None, "b/q": None},
        exclusive="file",
        keep=["c/*"],
        expected={"sections_removed": ["b"]},
    ),
    edit("value of the commented default is written", "[a]\n#x = 1\n", {"a": {"x": "1"}}, "[a]\n#x = 1\nx = 1\n"),
    edit(
        "value of PasteDeploy is changed, names are exact",
        "[pipeline:api]\npipeline = a\n  b\n[DEFAULT]\nX = 1\n",
        {"pipeline:api": {"pipeline": "b a"}, "DEFAULT": {"x": "2"}},
        "[pipeline:api]\npipeline = b a\n[DEFAULT]\nX = 1\nx = 2\n",
        dialect="paste",
    ),
    edit(
        "file is replaced by its base",
        "# by hand\n[a]\nx = 1\n[b]\ny = 1\n",
        {"a": {"x": "1", "z": "2"}},
        "# Written by Ansible.\n[a]\nx = 1\nz = 2\n",
        {"a/x": "1", "a/z": "2", "b/y": None},
        base="# Written by Ansible.\n[a]\nx = 0\n",
        expected={"sections_removed": ["b"], "actions": {"b/y": "removed", "a/z": "added"}, "unchanged": 1},
    ),
    edit(
        "file is replaced by an empty base, comments are lost",
        "# by hand\n[a]\nx = 1\n",
        {"a": {"x": "1"}},
        "[a]\nx = 1\n",
        base="",
    ),
    edit("unreadable file is replaced", "[a\nx = 1\n", {"a": {"x": "1"}}, "[a]\nx = 1\n", base=""),
]


@pytest.mark.parametrize("case", EDITS)
def test_file_gets_the_desired_options(tmp_path: Path, case: Edit) -> None:
    check_edit(tmp_path, case)
