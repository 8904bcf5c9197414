# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import COMMENTED, Layout, is_comment, is_default

row = pytest.param


def document(text: str, dialect: str = "oslo") -> Document:
    return parse(text, DIALECTS[dialect])


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("#x = 1", True),
        ("#x = 1 2 3", True),
        (";x: 1", True),
        ("# x = 1", True),
        ("# x =", True),
        ("#x=", True),
        ("  #x = 1", True),
        ("# x = foo means bar", False),
        ("# Possible values: a b", False),
        ("#  x = 1", False),
        ("# x", False),
        ("x = 1", False),
        ("", False),
    ],
)
def test_commented_default_is_distinguished_from_prose(line: str, is_one: bool) -> None:
    match = COMMENTED.match(line + "\n")
    assert bool(match and is_default(match)) is is_one


@pytest.mark.parametrize(("line", "is_one"), [("# c", True), ("  ; c", True), ("", False), ("x = 1 # c", False)])
def test_comment_begins_with_its_mark(line: str, is_one: bool) -> None:
    assert is_comment(line) is is_one


DEFAULTS = [
    row("[a]\n#x = 1\n;y: 2\n", {"x": (1, " = "), "y": (2, ": ")}, id="each with its delimiter"),
    row("[a]\n#x =\n", {"x": (1, None)}, id="no delimiter to copy"),
    row("[a]\n#x = 1\n#x = 2\n", {"x": (2, " = ")}, id="the last one"),
    row("[a]\n#x = 1\n# x=2\n", {"x": (1, " = ")}, id="the certain one, before"),
    row("[a]\n# x=2\n#x = 1\n", {"x": (2, " = ")}, id="the certain one, after"),
    row("[a]\n# x=1\n# x = 2\n", {"x": (2, " = ")}, id="the last of uncertain ones"),
    row("[a]\n#x = 1\n[b]\n#x = 2\n[A]\n#x = 3\n", {"x": (5, " = ")}, id="of all sections of this name"),
    row("[b]\n#x = 1\n", {}, id="none in another section"),
]


@pytest.mark.parametrize(("text", "found"), DEFAULTS)
def test_commented_defaults_are_found(text: str, found: dict[str, Any]) -> None:
    layout = Layout(document(text))
    assert layout.defaults("a") == found
    assert layout.defaults("a") is layout.defaults("a")


def test_comment_within_a_value_is_not_a_default() -> None:
    assert Layout(document("[a]\nx = 1\n  2\n# y = 1\n  3\n", "ini")).defaults("a") == {}
    assert list(Layout(document("[a]\nx = 1\n  2\n# y = 1\n", "ini")).defaults("a")) == ["y"]


@pytest.mark.parametrize(
    ("text", "key", "exists"),
    [
        ("[a]\n", "a", True),
        ("[a]\n", "b", False),
        ("# c\n[a]\nx = 1\n", "", False),
        ("# c\n[a]\n", "", False),
        ("x = 1\n[a]\n", "", True),
    ],
)
def test_section_exists(text: str, key: str, exists: bool) -> None:
    assert Layout(document(text, "generic")).has_section(key) is exists


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("[a]\nx = 1\n[b]\n# c\n", False),
        ("[a]\nx = 1\n# c\n", True),
        ("[a]\n[b]\n[a]\n  # c\n", True),
        ("[a]\nx = 1\n# c\n  2\n", False),
    ],
)
def test_comments_in_values_do_not_count(text: str, has: bool) -> None:
    assert Layout(document(text, "ini")).has_comments("a") is has


@pytest.mark.parametrize(
    ("text", "line"),
    [
        row("[a]\n", 1, id="a header alone"),
        row("[a]\nx = 1\n  2\n\n\n[b]\n", 3, id="before blank lines"),
        row("[a]\nx = 1\n# about b\n[b]\n", 2, id="before the comment on the next section"),
        row("[a]\nx = 1\n#y = 1\n[b]\n", 3, id="after a commented default"),
        row("[a]\n# about a\n\n[b]\n", 2, id="after its own comment"),
        row("[a]\nx = 1\n# the end\n\n", 3, id="after the last comment of a file"),
        row("[a]\nx = 1\n[b]\n[a]\ny = 1\n", 2, id="in the first of two"),
    ],
)
def test_new_option_is_added_at_the_end_of_its_section(text: str, line: int) -> None:
    assert Layout(document(text)).end("a") == line


def test_comment_within_a_value_is_part_of_its_section() -> None:
    layout = Layout(document("[a]\nx = 1\n  2\n# c\n  3\n[b]\n", "ini"))
    assert layout.own_end(layout.document.sections[1]) == 5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        row("", 0, id="nothing"),
        row("# c\n\n", 2, id="no header"),
        row("# on the file\n\n# about a\n[a]\n", 2, id="before the comment on the first section"),
        row("# on the file\n[a]\n", 1, id="after the comment on the file"),
        row("[a]\n", 0, id="before the first section"),
    ],
)
def test_topmost_section_is_added_at_the_top(text: str, line: int) -> None:
    assert Layout(document(text)).top() == line


@pytest.mark.parametrize(
    ("dialect", "line", "lead"),
    [
        row("ini", 2, "  ", id="after an option"),
        row("ini", 1, "  ", id="before an option"),
        row("ini", 5, "", id="in a section without options"),
        row("ini", 7, "\t", id="as the option before it in its own section"),
        row("generic", 2, "", id="where indentation is ignored"),
    ],
)
def test_new_option_is_indented_as_its_neighbour(dialect: str, line: int, lead: str) -> None:
    text = "[a]\n  x = 1\n  # c\n[b]\n# c\n[c]\n\tx = 1\n  y\t= 1\n"
    assert Layout(document(text, dialect)).lead_at(line) == lead
