# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large files and long lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    in_child,
    read,
    row,
    run,
    written,
)


def test_file_of_two_hundred_thousand_lines(tmp_path: Path) -> None:
    lines = "".join(f"[s{number}]\n" + "#o = 1\n" * 99 + "x = 1\n" * 99 + "\n" for number in range(1000))
    conf = written(tmp_path, lines)
    result = in_child(lambda: run(conf, options={"s500": {"o": "2", "x": "2"}, "new": {"x": "1"}}))
    assert result["changed"]
    found = read(conf.read_bytes())
    assert (found["s500", "o"], found["s500", "x"], found["new", "x"]) == (["2"], ["2"], ["1"])


@pytest.mark.parametrize(
    ("value", "options"),
    [
        row("v" * 2**20, {"a": {"x": "2"}}, id="value of a megabyte"),
        row("a:" * 2**19, {"a": {"x": "2"}}, id="value of a megabyte with colons"),
        row("1", {"a": {"x": "v" * 2**20}}, id="value that becomes a megabyte"),
        row(f"1{' ' * 2**20}2", {"a": {"x": "2", "y": "1"}}, id="blanks of a megabyte"),
        row(f"1\n#y = 1{' ' * 2**20}2", {"a": {"y": "1"}}, id="commented default with blanks of a megabyte"),
        row(f"1\nx{' ' * 2**18}= 1", {"a": {"x": "3"}}, id="name with blanks of a megabyte"),
    ],
)
def test_line_of_a_megabyte(tmp_path: Path, value: str, options: Any) -> None:
    conf = written(tmp_path, f"[a]\nx = {value}\n")
    result = in_child(lambda: run(conf, options=options))
    assert result, "the run did not end"
    assert result["changed"]
    assert read(conf.read_bytes())["a", next(iter(options["a"]))] == [next(iter(options["a"].values()))]
