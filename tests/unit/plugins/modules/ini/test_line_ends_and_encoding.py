# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Line ends, encodings, and empty files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    Edit,
    check_edit,
    edit,
)

EDITS = [
    edit("no final line end, the same value", "[a]\nx = 1", {"a": {"x": "1"}}, None),
    edit("no final line end, another value", "[a]\nx = 1", {"a": {"x": "2"}}, "[a]\nx = 2"),
    edit("no final line end, new option", "[a]\nx = 1", {"a": {"y": "2"}}, "[a]\nx = 1\ny = 2\n"),
    edit("no final line end, new section", "[a]\nx = 1", {"b": {"y": "2"}}, "[a]\nx = 1\n\n[b]\ny = 2\n"),
    edit(
        "CRLF is kept, and new lines have it",
        "[a]\r\nx = 1\r\ny = 2\r\n",
        {"a": {"x": "3\n4", "z": "5"}, "b": {"q": "1"}},
        "[a]\r\nx = 3\r\n    4\r\ny = 2\r\nz = 5\r\n\r\n[b]\r\nq = 1\r\n",
    ),
    edit("CRLF, the same value", "[a]\r\nx = 1\r\n", {"a": {"x": "1"}}, None),
    edit(
        "mixed line ends: each line keeps its own, new lines have the usual one",
        "[a]\nx = 1\r\ny = 2\n",
        {"a": {"x": "3", "z": "4"}},
        "[a]\nx = 3\r\ny = 2\nz = 4\n",
    ),
    edit("bare CR", "[a]\rx = 1\ry = 2\r", {"a": {"y": "3", "z": "4"}}, "[a]\rx = 1\ry = 3\rz = 4\r"),
    edit(
        "byte order mark is removed because oslo.config cannot read it",
        "\ufeff[a]\nx = 1\n",
        {"a": {"x": "1"}},
        "[a]\nx = 1\n",
        warnings=("the byte order mark is removed",),
    ),
    edit(
        "byte order mark is kept if the program ignores it",
        "\ufeff[a]\nx = 1\n",
        {"a": {"x": "2"}},
        "\ufeff[a]\nx = 2\n",
        dialect="ini",
    ),
    edit(
        "bytes of Latin-1 in a comment are preserved, with a warning",
        b"[a]\n# caf\xe9\nx = 1\n",
        {"a": {"x": "2"}},
        b"[a]\n# caf\xe9\nx = 2\n",
        warnings=("line 2: some bytes are not UTF-8; oslo.config cannot read this file",),
    ),
    edit(
        "non-breaking space is not an indentation",
        "[a]\n\xa0x = 1\ny = 2\n",
        {"a": {"y": "3"}},
        "[a]\n\xa0x = 1\ny = 3\n",
    ),
    edit("non-breaking space at the end of a value", "[a]\n", {"a": {"x": "v\xa0"}}, '[a]\nx = "v\xa0"\n'),
    edit(
        "Unicode separators and form feeds are not line ends",
        "[a]\ny = 1\u2028z = 2\x0c\x85\n\x0c\nq = 1\n",
        {"a": {"q": "1\u20282\x0b3"}},
        "[a]\ny = 1\u2028z = 2\x0c\x85\n\x0c\nq = 1\u20282\x0b3\n",
    ),
    edit(
        "empty file has no leading blank line",
        "",
        {"a": {"x": "1"}},
        "[a]\nx = 1\n",
        expected={"created": False},
    ),
    edit("file of only blanks", "\n  \n\n", {"a": {"x": "1"}}, "\n  \n\n[a]\nx = 1\n"),
    edit(
        "missing file is created",
        None,
        {"b": {"x": "1"}, "DEFAULT": {"y": "2"}},
        "[DEFAULT]\ny = 2\n\n[b]\nx = 1\n",
        expected={"created": True, "sections_added": ["DEFAULT", "b"], "checksum_before": None},
    ),
    edit("missing file is created empty", None, {}, "", expected={"created": True, "restart_needed": False}),
]


@pytest.mark.parametrize("case", EDITS)
def test_file_gets_the_desired_options(tmp_path: Path, case: Edit) -> None:
    check_edit(tmp_path, case)
