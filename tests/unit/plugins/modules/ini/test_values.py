# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotes, empty values, references, lists and other types, also as a service reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    Edit,
    cfg,
    check_edit,
    converge,
    edit,
    row,
    written,
)

types = pytest.importorskip("oslo_config.types")

MANY = {f"option_{number}": f"value {number}" for number in range(1000)}

EDITS = [
    edit(
        "quotes around the desired value",
        "[a]\nx = \"1\"\ny = '1'\n",
        {"a": {"x": "1", "y": "1"}},
        None,
    ),
    edit("quotes that are part of the value", '[a]\nx = "1"\n', {"a": {"x": '"1"'}}, '[a]\nx = ""1""\n'),
    edit("blanks around a value are quoted", "[a]\nx = 1\n", {"a": {"x": " sp "}}, '[a]\nx = " sp "\n'),
    edit("blanks around a value, correct already", "[a]\nx = ' sp '\n", {"a": {"x": " sp "}}, None),
    edit("a single quote mark", "[a]\n", {"a": {"x": '"'}}, '[a]\nx = """\n'),
    edit("a quote mark at the beginning", "[a]\n", {"a": {"x": "'a"}}, "[a]\nx = 'a\n"),
    edit("two quoted words", "[a]\n", {"a": {"x": '"a" "b"'}}, '[a]\nx = ""a" "b""\n'),
    edit("empty string is a value", "[a]\nx = 1\n", {"a": {"x": ""}}, "[a]\nx =\n"),
    edit("empty string, already written in quotes", '[a]\nx = ""\ny =\n', {"a": {"x": "", "y": ""}}, None),
    edit("empty string for an absent option", "[a]\ny = 1\n", {"a": {"x": ""}}, "[a]\ny = 1\nx =\n"),
    edit("null removes the option", "[a]\nx =\ny = 1\n", {"a": {"x": None}}, "[a]\ny = 1\n"),
    edit("null for an absent option", "[a]\n#x = 1\ny = 1\n", {"a": {"x": None}, "c": {"z": None}}, None),
    edit("value instead of the empty one", "[a]\nx =\ny=\n", {"a": {"x": "1", "y": "1"}}, "[a]\nx = 1\ny=1\n"),
    edit(
        "reference to an option of the file",
        "[DEFAULT]\nmy_ip = 10.0.0.1\n[g]\nb = 1\n",
        {"DEFAULT": {"url": "$my_ip:9292", "other": "${g.b}"}},
        "[DEFAULT]\nmy_ip = 10.0.0.1\nurl = $my_ip:9292\nother = ${g.b}\n[g]\nb = 1\n",
    ),
    edit(
        "reference to an option that is not in the file",
        "[DEFAULT]\n",
        {"DEFAULT": {"url": "$nothing:9292"}},
        "[DEFAULT]\nurl = $nothing:9292\n",
        warnings=(r"DEFAULT/url refers to \$nothing",),
    ),
    edit(
        "literal dollar sign",
        "[a]\n",
        {"a": {"x": "pa$w0rd", "y": "a\\$b"}},
        "[a]\nx = pa$$w0rd\ny = a\\\\$b\n",
        {"a/x": "pa$$w0rd", "a/y": "a\\\\$b"},
        literal=True,
    ),
    edit(
        "percent signs and braces",
        "[a]\n",
        {"a": {"x": "p%40s%(z)s%%", "y": "{{ z }}{% raw %}"}},
        "[a]\nx = p%40s%(z)s%%\ny = {{ z }}{% raw %}\n",
    ),
    edit(
        "literal percent signs, for configparser",
        "[a]\n",
        {"a": {"x": "%(asctime)s 5%"}},
        "[a]\nx = %%(asctime)s 5%%\n",
        {"a/x": "%%(asctime)s 5%%"},
        dialect="ini",
        literal=True,
    ),
    edit(
        "list in brackets",
        "[a]\n",
        {"a": {"x": [80, 443]}},
        "[a]\nx = [80,443]\n",
        {"a/x": "[80,443]"},
        list_style="bracket",
    ),
    edit("list with commas", "[a]\n", {"a": {"x": ["b", "c"]}}, "[a]\nx = b,c\n", {"a/x": "b,c"}, list_style="comma"),
    edit(
        "list with one item to a line",
        "[a]\n",
        {"a": {"x": ["b", "c"], "y": []}},
        "[a]\nx = b,\n    c\ny =\n",
        {"a/x": "b,\nc", "a/y": ""},
        list_style="lines",
    ),
    edit("empty list in brackets", "[a]\n", {"a": {"x": []}}, "[a]\nx = []\n", {"a/x": "[]"}, list_style="bracket"),
    edit(
        "values of other types",
        "[a]\n",
        {
            "a": {
                "map": {"k": "v", "n": 1},
                "yes": True,
                "no": False,
                "jinja": "True",
                "zero": 0,
                "one": 1.0,
                "huge": 2**70,
            }
        },
        f"[a]\nmap = k:v,n:1\nyes = true\nno = false\njinja = True\nzero = 0\none = 1.0\nhuge = {2**70}\n",
        {
            "a/map": "k:v,n:1",
            "a/yes": "true",
            "a/no": "false",
            "a/jinja": "True",
            "a/zero": "0",
            "a/one": "1.0",
            "a/huge": str(2**70),
        },
    ),
    edit(
        "a thousand options",
        "[a]\n",
        {"a": MANY},
        "[a]\n" + "".join(f"{name} = {value}\n" for name, value in MANY.items()),
    ),
]


@pytest.mark.parametrize("case", EDITS)
def test_file_gets_the_desired_options(tmp_path: Path, case: Edit) -> None:
    check_edit(tmp_path, case)


OSLO_VALUES = [
    row("pa$w0rd", {"literal": True}, cfg.StrOpt("x"), "pa$w0rd", id="dollar sign"),
    row("$$x $", {"literal": True}, cfg.StrOpt("x"), "$$x $", id="two dollar signs"),
    row("a\\$b\\\\$", {"literal": True}, cfg.StrOpt("x"), "a\\$b\\\\$", id="backslash and dollar sign"),
    row("$y:${g.z}", {}, cfg.StrOpt("x"), "1:2", id="references"),
    row("%40 %% {{ }}", {}, cfg.StrOpt("x"), "%40 %% {{ }}", id="percent signs and braces"),
    row(" sp ", {}, cfg.StrOpt("x"), " sp ", id="blanks around it"),
    row('"', {}, cfg.StrOpt("x"), '"', id="quote mark"),
    row('"a" "b"', {}, cfg.StrOpt("x"), '"a" "b"', id="quoted words"),
    row("", {}, cfg.StrOpt("x", default="d"), "", id="empty string"),
    row("1\n2", {}, cfg.StrOpt("x"), "1\n2", id="two lines"),
    row(["b", "a", "b"], {}, cfg.MultiStrOpt("x"), ["b", "a", "b"], id="repeated option"),
    row(["b", "a"], {"list_style": "comma"}, cfg.ListOpt("x"), ["b", "a"], id="commas"),
    row(["b", "a"], {"list_style": "lines"}, cfg.ListOpt("x"), ["b", "a"], id="lines"),
    row(
        [80, 443],
        {"list_style": "bracket"},
        cfg.ListOpt("x", types.Integer(), bounds=True),
        [80, 443],
        id="brackets",
    ),
    row([], {"list_style": "bracket"}, cfg.ListOpt("x", bounds=True), [], id="brackets with nothing in them"),
    row({"k": "v", "n": 1}, {}, cfg.DictOpt("x"), {"k": "v", "n": "1"}, id="dictionary"),
    row(True, {}, cfg.BoolOpt("x"), True, id="true"),
    row("True", {}, cfg.BoolOpt("x"), True, id="true, from a template"),
    row(0, {}, cfg.IntOpt("x"), 0, id="zero"),
    row(1.0, {}, cfg.FloatOpt("x"), 1.0, id="number with a point"),
    row(2**70, {}, cfg.IntOpt("x"), 2**70, id="huge number"),
]


@pytest.mark.parametrize(("value", "params", "option", "expected"), OSLO_VALUES)
def test_service_reads_the_value(
    tmp_path: Path, value: Any, params: dict[str, Any], option: Any, expected: Any
) -> None:
    conf = written(tmp_path, "[a]\ny = 1\n[g]\nz = 2\n")
    converge(conf, options={"a": {"x": value}}, **params)
    assert oslo_reads(conf, option) == expected


def oslo_reads(path: Path, option: Any) -> Any:
    """Return the value of an option in section a, read by a service that also has a/y and g/z."""
    conf = cfg.ConfigOpts()
    conf.register_opts([option, cfg.StrOpt("y")], "a")
    conf.register_opt(cfg.StrOpt("z"), "g")
    conf([], project="x", default_config_files=[str(path)], default_config_dirs=[])
    return conf.a.x


@pytest.mark.parametrize("where", ["secrets", "settings", "settings that are not literal"])
def test_secret_is_literal_by_default(tmp_path: Path, where: str) -> None:
    conf = written(tmp_path, "[a]\ny = 1\n")
    setting = {"section": "a", "option": "x", "value": "pa$y", "secret": True}
    parameters: dict[str, dict[str, Any]] = {
        "secrets": {"secrets": {"a": {"x": "pa$y"}}},
        "settings": {"settings": [setting]},
        "settings that are not literal": {"settings": [{**setting, "literal": False}]},
    }
    converge(conf, **parameters[where])
    assert oslo_reads(conf, cfg.StrOpt("x")) == ("pa1" if "not literal" in where else "pa$y")
