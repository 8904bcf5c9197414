# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.render import OptionWriter, render, usual_delimiter


@pytest.mark.parametrize(
    ("dialect", "value", "lines"),
    [
        ("oslo", "1", ["x = 1"]),
        ("oslo", "", ["x ="]),
        ("oslo", " 1", ['x = " 1"']),
        ("oslo", '"', ['x = """']),
        ("oslo", "1\n2", ["x = 1", "  2"]),
        ("ini", "1\n\n2", ["x = 1", "", "  2"]),
        ("generic", None, ["x"]),
        ("rawini", "%(x)s", ["x = %(x)s"]),
        ("mysql", "a#b", ['x = "a#b"']),
        ("mysql", " a ", ['x = " a "']),
        ("mysql", "it's", ["x = it's"]),
        ("mysql", 'a#"b', ['x = "a#\\"b"']),
        ("mysql", "C:\\temp", ['x = "C:\\\\temp"']),
        ("mysql", "a\nb\tc\rd\be", ['x = "a\\nb\tc\\rd\be"'.replace("\t", "\\t").replace("\b", "\\b")]),
        ("mysql", "voilà", ['x = "voilà"']),
        ("mysql", None, ["x"]),
        ("systemd", "# %n", ["x = # %n"]),
    ],
)
def test_value_is_written_so_that_it_is_read_back(dialect: str, value: str | None, lines: list[str]) -> None:
    assert render(DIALECTS[dialect], "x", value, " = ", "  ") == lines


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("", " = "), ("[a]\nx=1\ny=1\nz = 1\n", "="), ("[a]\nx=1\ny = 1\n", " = "), ("[a]\nx\ny = 1\n", " = ")],
)
def test_usual_delimiter_is_that_of_most_options(text: str, delimiter: str) -> None:
    assert usual_delimiter(parse(text, DIALECTS["generic"])) == delimiter


@pytest.mark.parametrize(
    ("style", "lines"),
    [("keep", ["x:2\n"]), ("spaces", ["x:2\n"]), ("nospaces", ["x:2\n"]), ("enforce", ["x = 2\n"])],
)
def test_rewritten_option_keeps_its_delimiter_unless_enforced(style: str, lines: list[str]) -> None:
    document = parse("[a]\nx:1\n", DIALECTS["oslo"])
    assert OptionWriter(document, style).rewritten(document.options[0], "2") == lines


def test_equal_option_is_not_rewritten() -> None:
    document = parse('[a]\nx="1"\n', DIALECTS["oslo"])
    assert OptionWriter(document, "keep").rewritten(document.options[0], "1") == ['x="1"\n']
    assert OptionWriter(document, "enforce").rewritten(document.options[0], "1") == ["x = 1\n"]
