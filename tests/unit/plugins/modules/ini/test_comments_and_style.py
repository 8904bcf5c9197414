# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commented defaults, other comments, and the spacing of lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    Edit,
    check_edit,
    edit,
)

DOCUMENTED = """\
# A sample. Possible values:
#   * http://controller:9292/v2 = the URL
# See also: nothing.

[DEFAULT]

# Whether to log more: true or false (boolean value)
# Note: This option can be changed without restarting.
#debug = false

; workers: how many = 4
x = a ; b
#
# From glance.api: the end.

[b]
y = 1
"""

EDITS = [
    edit(
        "commented default is kept, with the option below it",
        "[a]\n#x = 1\n\n#y = 2\n",
        {"a": {"x": "2"}},
        "[a]\n#x = 1\nx = 2\n\n#y = 2\n",
    ),
    edit(
        "commented default is replaced on request",
        "[a]\n#x = 1\n\n#y = 2\n",
        {"a": {"x": "2"}},
        "[a]\nx = 2\n\n#y = 2\n",
        commented_default="replace",
    ),
    edit("commented default without blanks", "[a]\n#x=1\ny = 2\n", {"a": {"x": "5"}}, "[a]\n#x=1\nx=5\ny = 2\n"),
    edit(
        "commented default after a semicolon",
        "[a]\n; x = 1\ny = 2\n",
        {"a": {"x": "5"}},
        "[a]\n; x = 1\nx = 5\ny = 2\n",
    ),
    edit("commented default with a colon", "[a]\n# x: 1\ny = 2\n", {"a": {"x": "5"}}, "[a]\n# x: 1\nx: 5\ny = 2\n"),
    edit("commented default without a value", "[a]\n#x =\ny=2\n", {"a": {"x": "5"}}, "[a]\n#x =\nx=5\ny=2\n"),
    edit(
        "prose that begins like the option is kept",
        "[a]\n# x = foo means bar\nx = 1\n",
        {"a": {"x": "2"}},
        "[a]\n# x = foo means bar\nx = 2\n",
    ),
    edit(
        "prose that begins like the option is not a commented default",
        "[a]\n# x = foo means bar\ny = 1\n",
        {"a": {"x": "2"}},
        "[a]\n# x = foo means bar\ny = 1\nx = 2\n",
        commented_default="replace",
    ),
    edit(
        "the more certain of two commented candidates",
        "[a]\n# es_scroll_time=2m),\n# more\n#es_scroll_time = 2m\n# (e.g.\n# es_scroll_time=3m),\n",
        {"a": {"es_scroll_time": "5m"}},
        "[a]\n# es_scroll_time=2m),\n# more\n#es_scroll_time = 2m\n"
        "es_scroll_time = 5m\n# (e.g.\n# es_scroll_time=3m),\n",
    ),
    edit(
        "comments with colons, equals signs and URLs are kept",
        DOCUMENTED,
        {"DEFAULT": {"debug": "true"}, "b": {"y": "2"}},
        DOCUMENTED.replace("#debug = false\n", "#debug = false\ndebug = true\n").replace("y = 1", "y = 2"),
    ),
    edit(
        "comment signs within values are part of them",
        "[a]\nx = a ; b\ny = 1 # c\nz = 1\n",
        {"a": {"z": "2", "x": "a ; b"}},
        "[a]\nx = a ; b\ny = 1 # c\nz = 2\n",
    ),
    edit("1 in place of 1 # c is a change", "[a]\ny = 1 # c\n", {"a": {"y": "1"}}, "[a]\ny = 1\n"),
    edit("blanks at the end", "[a]\nx = 1  \t\n", {"a": {"x": "1"}}, None),
    edit("tabs around the equals sign", "[a]\nx\t=\t1\n", {"a": {"x": "1"}}, None),
    edit("no blanks around the equals sign", "[a]\nx=1\n", {"a": {"x": "1"}}, None),
    edit("tabs around the equals sign are kept in a change", "[a]\nx\t=\t1\n", {"a": {"x": "2"}}, "[a]\nx\t=\t2\n"),
    edit("new option in the style of the file", "[a]\nx=1\ny=2\n", {"a": {"z": "3"}}, "[a]\nx=1\ny=2\nz=3\n"),
    edit("new option with blanks", "[a]\nx=1\ny=2\n", {"a": {"z": "3"}}, "[a]\nx=1\ny=2\nz = 3\n", style="spaces"),
    edit("new option without blanks", "[a]\nx = 1\n", {"a": {"z": "3"}}, "[a]\nx = 1\nz=3\n", style="nospaces"),
    edit(
        "enforced spacing needs no restart",
        '[a]\nx=1\ny: 2\nz   =   "3"\nother=1\n',
        {"a": {"x": "1", "y": "2", "z": "3"}},
        "[a]\nx = 1\ny = 2\nz = 3\nother=1\n",
        style="enforce",
        expected={"actions": {"a/x": "restyled", "a/y": "restyled", "a/z": "restyled"}, "restart_needed": False},
    ),
]


@pytest.mark.parametrize("case", EDITS)
def test_file_gets_the_desired_options(tmp_path: Path, case: Edit) -> None:
    check_edit(tmp_path, case)
