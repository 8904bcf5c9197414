# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and files that are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    fails,
    run,
    written,
)


def refusal(name: str, before: str | bytes | None, options: Any, message: str, **params: Any) -> Any:
    return pytest.param(before, options, message, params, id=name)


def bad_names(names: list[str], message: str, options_with: Callable[[str], Any], **params: Any) -> list[Any]:
    return [
        refusal(f"{message} {name!r}", "[a]\nx = 1\n", options_with(name), re.escape(message), **params)
        for name in names
    ]


REFUSALS = [
    refusal(
        "missing file with create: false",
        None,
        {"a": {"x": "1"}},
        "x.conf does not exist, and `create: false`",
        create=False,
    ),
    refusal("text after a header", "[a]\nx = 1\n[A] # c\n", {}, r"x\.conf:3: a section header must end with"),
    refusal("indented header without a value to continue", "\n [A]\nx = 1\n", {}, r"x\.conf:2: the line is indented"),
    refusal("header without a name", "# c\n[]\n", {}, r"x\.conf:2: the section has no name"),
    refusal("value that continues after a comment", "[a]\nx = 1\n# c\n  2\n", {}, r"x\.conf:4: the line is indented"),
    refusal("value that continues after a blank line", "[a]\nx = 1\n\n  2\n", {}, r"x\.conf:4: the line is indented"),
    refusal(
        "option before the first section",
        "x = 1\n[a]\n",
        {"a": {"x": "1"}},
        r"x\.conf:1: the option is before",
    ),
    refusal("option without an equals sign", "[a]\nx\n", {"a": {"x": "1"}}, r"x\.conf:2: the line has neither = nor :"),
    refusal("option without a name", "[a]\n= 1\n", {"a": {"x": "1"}}, r"x\.conf:2: the option has no name"),
    refusal(
        "option without a value",
        "[a]\n",
        {},
        "'x' cannot be written without a value",
        settings=[{"section": "a", "option": "x", "bare": True}],
    ),
    refusal(
        "option with and without a value",
        "[a]\n",
        {},
        r"settings\[0\]: a/x cannot be bare and have a value",
        settings=[{"section": "a", "option": "x", "bare": True, "value": "1"}],
        dialect="generic",
    ),
    refusal(
        "option without a section",
        "[a]\n",
        {"": {"x": "1"}},
        "'x' has no section, and oslo.config reads no option without one",
    ),
    *bad_names(
        ["a\nb", "a]", "[a", "#a", ";a", " a", "a "], "is not a valid section name", lambda name: {name: {"x": "1"}}
    ),
    *bad_names(
        ["x\ny = 5", "x=y", "x:y", "#x", ";x", " x", "x\t", "", "[x"],
        "is not a valid option name",
        lambda name: {"a": {name: "1"}},
    ),
    refusal(
        "all faults in one message",
        "[a]\n",
        {"a]": {"x": "1"}, "a": {"#x": "1"}},
        "section name; .*option name. Nothing was changed",
    ),
    refusal(
        "name with a dash in addition to the one with an underscore",
        "[a]\nlog_file = 1\n",
        {"a": {"log-file": "1", "log_file": "2"}},
        "are both specified",
    ),
    refusal(
        "value with an empty line",
        "[a]\n",
        {"a": {"x": "1\n\n2"}},
        "value of x has lines that oslo.config cannot read back",
    ),
    refusal(
        "value with an indented line",
        "[a]\n",
        {"a": {"x": "1\n  2"}},
        "value of x has lines that oslo.config cannot read back",
    ),
    refusal("value with a line break", "[a]\n", {"a": {"x": "1\n2"}}, "value of x has a line break", dialect="generic"),
    refusal(
        "line of a value that is a comment to configparser",
        "[a]\n",
        {"a": {"x": "1\n# 2"}},
        "cannot read back",
        dialect="ini",
    ),
    refusal(
        "value with surrounding blanks",
        "[a]\n",
        {"a": {"x": " 1"}},
        "value of x begins or ends with a blank",
        dialect="ini",
    ),
    refusal(
        "list for a program that reads only the last item",
        "[a]\n",
        {"a": {"x": ["1", "2"]}},
        "a/x has 2 values",
        dialect="ini",
    ),
    refusal(
        "item with a comma",
        "[a]\n",
        {"a": {"x": ["1,2"]}},
        "has an item that would not be read back",
        list_style="comma",
    ),
    refusal("key with a colon", "[a]\n", {"a": {"x": {"a:b": "c"}}}, "has a key with a colon"),
    refusal("lists within lists", "[a]\n", {"a": {"x": [["1"]]}}, "must contain only scalar values, not a list"),
    refusal(
        "section that is not a dictionary",
        "[a]\n",
        {"a": ["x"]},
        r"options: \[a\] must be a dictionary of options, not a list",
    ),
    refusal(
        "same option in options and secrets",
        "[a]\n",
        {"a": {"x": "1"}},
        "A/x is specified twice, in options and in secrets",
        secrets={"A": {"x": "2"}},
    ),
    refusal(
        "same option twice in settings",
        "[a]\n",
        {},
        "a/x is specified twice",
        settings=[{"section": "a", "option": "x", "value": "1"}] * 2,
    ),
    refusal(
        "removed section that is to have an option",
        "[a]\n",
        {"a": None},
        r"\[A\] is to be removed, but A/x is to be set in it",
        secrets={"A": {"x": "2"}},
    ),
    refusal("file of another encoding", "[a]\nx = 1\n".encode("utf-16"), {"a": {"x": "1"}}, "is not a text file"),
    refusal(
        "file that is not text",
        b"\x7fELF\x02\xff\xfe",
        {"a": {"x": "1"}},
        r"x\.conf:1: the option is before|neither",
    ),
    refusal(
        "validator without %s",
        "[a]\n",
        {"a": {"x": "1"}},
        "`validate` needs %s",
        validate="true",
    ),
    refusal(
        "repeated section, for PasteDeploy",
        "[a]\n[b]\n[a]\n",
        {},
        r"x\.conf:3: the section exists already in line 1",
        dialect="paste",
    ),
    refusal(
        "repeated option, for PasteDeploy",
        "[a]\nx = 1\nx = 2\n",
        {},
        r"x\.conf:3: the option is set already in line 2",
        dialect="paste",
    ),
    refusal("base that cannot be read", "[a]\n", {}, "`base`, line 1: the option is before", base="x = 1\n"),
    refusal(
        "invalid pattern",
        "[a]\n",
        {"a": {"x": "e"}},
        "`redact` has an invalid regular expression",
        redact=["("],
    ),
]


@pytest.mark.parametrize(("before", "options", "message", "params"), REFUSALS)
def test_invalid_request_or_file_is_refused(
    tmp_path: Path, before: str | bytes | None, options: Any, message: str, params: dict[str, Any]
) -> None:
    conf = written(tmp_path, before, "x.conf")
    path = tmp_path / params.get("path", conf.name)
    others = {name: value for name, value in params.items() if name != "path"}
    assert re.search(message, fails(path, options=options, **others))


def test_missing_directory_is_refused_and_predicted_in_check_mode(tmp_path: Path) -> None:
    """An earlier task creates the directory, for example by installing the package of the service."""
    path = tmp_path / "missing" / "x.conf"
    desired = {"options": {"a": {"x": "1"}}, "owner": "root", "group": "no-such-group", "mode": "0640"}
    for_real, in_check_mode = run(path, **desired), run(path, check=True, **desired)
    assert re.search("the directory .*/missing does not exist. Create it first", for_real["msg"])
    assert (in_check_mode["changed"], in_check_mode["created"]) == (True, True)
    assert "missing does not exist yet" in in_check_mode["warnings"][0]
    assert "+x = 1" in in_check_mode["diff"][0]["prepared"]
    assert not path.parent.exists()
