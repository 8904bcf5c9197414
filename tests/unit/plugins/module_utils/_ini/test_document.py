# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import (
    BOM,
    ParseError,
    Place,
    document_of,
    parse,
    repair,
)

row = pytest.param

READ = [
    row("oslo", "", {}, id="nothing"),
    row("oslo", "# c\n;d\n\n[a]\n", {}, id="comments and a header"),
    row(
        "oslo",
        "[a]\nx=1\ny : 2\nz: 3=4\n",
        {"a/x": ["1"], "a/y": ["2"], "a/z": ["3=4"]},
        id="first delimiter",
    ),
    row("oslo", "[a]\nx = 1 # c\n", {"a/x": ["1 # c"]}, id="no comments after values"),
    row("oslo", "[a]\nx = 1\n  2\n\t# 3\n  [b]\n", {"a/x": ["1\n2\n# 3\n[b]"]}, id="indented lines continue"),
    row("oslo", "[a]\nx = \"1\"\ny = '2'\nz = \"3'\n", {"a/x": ["1"], "a/y": ["2"], "a/z": ["\"3'"]}, id="quotes"),
    row("oslo", '[a]\nx = "1\n  2"\ny = "\n', {"a/x": ['"1\n2"'], "a/y": [""]}, id="quotes of one line only"),
    row(
        "oslo",
        "[a]\nx = 1\n[b]\n[A]\nx = 2\nx = 1\n",
        {"a/x": ["1", "2", "1"]},
        id="repeated in every section of a name",
    ),
    row(
        "oslo",
        "[DEFAULT]\nx = 1\n[default]\nx = 2\n",
        {"DEFAULT/x": ["1"], "default/x": ["2"]},
        id="DEFAULT is not inherited",
    ),
    row("oslo", "[ a ]\nX = 1\nx = 2\n", {" a /X": ["1"], " a /x": ["2"]}, id="names are exact"),
    row("oslo", "[a]\r\nx = 1\r\n  2\r\n", {"a/x": ["1\n2"]}, id="CRLF"),
    row("oslo", "[a]\rx = 1\r", {"a/x": ["1"]}, id="CR"),
    row(
        "ini",
        "[A] # c\n  X = 1\n  Y: 2\n",
        {"A/x": ["1"], "A/y": ["2"]},
        id="configparser: indented, names without case",
    ),
    row(
        "ini",
        "[a]\nx = 1\n # c\n\n  2\n# d\n 3\ny = 4\n",
        {"a/x": ["1\n\n2\n3"], "a/y": ["4"]},
        id="configparser: blanks in values",
    ),
    row(
        "ini",
        "[a]\n  x = 1\n  y = 2\n    3\n",
        {"a/x": ["1"], "a/y": ["2\n3"]},
        id="configparser: deeper lines continue",
    ),
    row("ini", '[a]\nx = "1"\n[] = 2\n', {"a/x": ['"1"'], "a/[]": ["2"]}, id="configparser: quotes are kept"),
    row("ini", f"{BOM}[a]\nx = 1\nx = 2\n", {"a/x": ["1", "2"]}, id="configparser: byte order mark"),
    row(
        "paste",
        "[pipeline:a]\nX = 1\n[DEFAULT]\nx = 1\n[DEFAULT]\ny = 1\n",
        {"pipeline:a/X": ["1"], "DEFAULT/x": ["1"], "DEFAULT/y": ["1"]},
        id="PasteDeploy",
    ),
    row(
        "generic",
        "x = 1\n[a]\n  y\nz=\n  w = 2\n",
        {"/x": ["1"], "a/y": [None], "a/z": [""], "a/w": ["2"]},
        id="options without section or value",
    ),
    row("rawini", "[A]\nX = %1%%\n  2\n", {"A/x": ["%1%%\n2"]}, id="RawConfigParser: no interpolation"),
    row(
        "mysql",
        "!include /x\n[a] x\nbind-address = 1 # c\nbind_address=2\n!includedir /y/\nx:y\n skip-z\n[b ]\nx =\n",
        {"a/bind_address": ["1", "2"], "a/x:y": [None], "a/skip_z": [None], "b/x": [""]},
        id="MariaDB: dashes, directives, comments at the end",
    ),
    row(
        "mysql",
        "[a]\na=\"x#y\" # c\nb = 'it\\'s'\nc = it's # x\nd=\"\ne=a\\s\\t\\\\\\qb\\\nf = 'x\\\\'# c\nx=1\r\n",
        {
            "a/a": ["x#y"],
            "a/b": ["it's"],
            "a/c": ["it's # x"],
            "a/d": ['"'],
            "a/e": ["a \t\\\\qb\\"],
            "a/f": ["x\\"],
            "a/x": ["1"],
        },
        id="MariaDB: quotes and escapes",
    ),
    row(
        "mysql", "[a]\nx = voilà\n", {"a/x": ["voil\udcc3"]}, id="MariaDB: a byte of a letter that it reads as a blank"
    ),
    row(
        "systemd",
        "# c\n[Service]\n  ExecStart=/a \\\n # c\n ; c\n  --b \\\n\n[ X ]\nx:y = z\n",
        {"Service/ExecStart": ["/a    --b"], " X /x:y": ["z"]},
        id="systemd: lines joined by a backslash",
    ),
    row(
        "systemd",
        "[a]\nx=\nx = 1\\\\\nx=2\\\\\\\n[b]\ny=\\",
        {"a/x": ["", "1\\\\", "2\\\\ [b]"], "a/y": [""]},
        id="systemd: two backslashes join nothing",
    ),
]


@pytest.mark.parametrize(("dialect", "text", "values"), READ)
def test_text_is_parsed_as_by_its_program_and_preserved(dialect: str, text: str, values: dict[str, Any]) -> None:
    document = parse(text, DIALECTS[dialect])
    assert document.text() == text
    found = {"/".join(place): [option.value for option in options] for place, options in document.places.items()}
    assert found == values
    assert {place: list(document.values_at(Place(*place.rsplit("/", 1)))) for place in values} == values


FAULTS = [
    row("oslo", f"{BOM}[a]\n", 1, "byte order mark", id="byte order mark"),
    row("oslo", "[a]\n\n  x\n", 3, "indented", id="continuation without a value"),
    row("oslo", "[a]\nx = 1\n# c\n 2\n", 4, "indented", id="continuation after a comment"),
    row("oslo", "[a] # c\n", 1, "closing bracket", id="text after a header"),
    row("oslo", "[]\n", 1, "no name", id="header without a name"),
    row("oslo", "\nx = 1\n", 2, "before the first section", id="option without a section"),
    row("oslo", "[a]\nx\n", 2, "neither = nor :", id="no delimiter"),
    row("oslo", "[a]\n= 1\n", 2, "no name", id="option without a name"),
    row("ini", "[a\n", 1, "before the first section", id="no header to configparser"),
    row("ini", "[a]\n[]\n", 2, "neither = nor :", id="no name in a header of configparser"),
    row("paste", "[a]\n[b]\n[a]\n", 3, "in line 1", id="repeated section"),
    row("paste", "[a]\nx=1\nx=1\n", 3, "in line 2", id="repeated option"),
    row("paste", f"{BOM}[a]\n", 1, "byte order mark", id="byte order mark, to PasteDeploy"),
    row("generic", "[a]\n = 1\n", 2, "no name", id="option without a name, in general"),
    row("mysql", "x\n[a]\n", 1, "before the first section", id="option without a section, to MariaDB"),
    row("mysql", f"{BOM}[a]\n", 1, "byte order mark", id="byte order mark, to MariaDB"),
    row("mysql", "[a]\nx = 1\ry = 2\n", 2, "lone carriage return", id="carriage return, to MariaDB"),
    row("systemd", "[a]\n--b\n", 2, "the line has no =", id="rest of a continued value, to systemd"),
    row("systemd", "[a] # c\n", 1, "closing bracket", id="text after a header, systemd"),
]


@pytest.mark.parametrize(("dialect", "text", "line", "reason"), FAULTS)
def test_line_that_the_program_refuses_is_an_error(dialect: str, text: str, line: int, reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as fault:
        parse(text, DIALECTS[dialect])
    assert fault.value.line == line
    assert str(fault.value) == f"line {line}: {fault.value.reason}"


@pytest.mark.parametrize(
    ("dialect", "place", "values"),
    [
        ("oslo", ("A", "x"), ("1", "2")),
        ("oslo", ("a", "X"), ("3",)),
        ("oslo", ("b", "x"), ()),
        ("ini", ("a", "X"), ("1", "3")),
        ("ini", ("A", "x"), ("2",)),
    ],
)
def test_values_are_found_by_the_names_of_the_dialect(
    dialect: str, place: tuple[str, str], values: tuple[str, ...]
) -> None:
    assert parse("[a]\nx = 1\nX = 3\n[A]\nx = 2\n", DIALECTS[dialect]).values(*place) == values


@pytest.mark.parametrize(
    ("text", "eol"),
    [
        row("", "\n", id="no line"),
        row("[a]", "\n", id="no line end"),
        row("\n\n\r\n", "\n", id="mostly LF"),
        row("\r\n\n\r\n", "\r\n", id="mostly CRLF"),
        row("\r\r", "\r", id="CR"),
    ],
)
def test_usual_line_end(text: str, eol: str) -> None:
    assert parse(text, DIALECTS["oslo"]).eol() == eol


@pytest.mark.parametrize(
    ("dialect", "text", "written"),
    [
        ("oslo", "pa$w\\$rd$", "pa$$w\\\\$rd$$"),
        ("ini", "%(x)s $", "%%(x)s $"),
        ("paste", "5%", "5%%"),
        ("generic", "% $", "% $"),
    ],
)
def test_literal_text_is_not_substituted(dialect: str, text: str, written: str) -> None:
    assert DIALECTS[dialect].literal(text) == written


REPAIRED = [
    row("", "", id="nothing"),
    row("[a]\nx = 1 ; c\n", "[a]\nx = 1 ; c\n", id="nothing to repair"),
    row(f"{BOM}[a]\n", "[a]\n", id="byte order mark"),
    row("[a] # c\r\n[b];\n[c] d", "[a]\r\n[b]\n[c]\n", id="text after headers"),
    row("[a] # [b]\n [c] d\n", "[a] # [b]\n [c] d\n", id="valid header, and a line that is not a header"),
    row("[a]\nx = 1", "[a]\nx = 1\n", id="end of the last line"),
]


@pytest.mark.parametrize(("text", "repaired"), REPAIRED)
def test_repair_corrects_only_unambiguous_errors(text: str, repaired: str) -> None:
    assert repair(text) == repaired
    assert repair(repaired) == repaired


def test_bytes_that_are_not_utf_8_are_preserved() -> None:
    content = b"[a]\n# caf\xe9\nx = \xff\n"
    assert document_of(content, "x.conf", DIALECTS["oslo"]).text().encode("utf-8", "surrogateescape") == content


@pytest.mark.parametrize(("dialect", "mark"), [("oslo", ""), ("paste", ""), ("ini", BOM), ("generic", BOM)])
def test_byte_order_mark_is_removed_if_the_program_cannot_read_it(dialect: str, mark: str) -> None:
    assert document_of(f"{BOM}[a]\n".encode(), "x.conf", DIALECTS[dialect]).text() == f"{mark}[a]\n"


def test_document_is_repaired_on_request() -> None:
    assert document_of(b"[a] # c", "x.conf", DIALECTS["oslo"], repairs=True).text() == "[a]\n"


@pytest.mark.parametrize(
    ("content", "repairs", "message"),
    [
        row(b"[a]\n\0", False, "x.conf is not a text file: it has null bytes", id="binary"),
        row(
            b"[a] # c\n", False, "x.conf:1: .* oslo.config cannot read the file. .*, or set `repair: true`", id="header"
        ),
        row(b"[a]\nx\n", True, "x.conf:2: .* Correct this line.$", id="not repairable"),
    ],
)
def test_file_that_cannot_be_parsed_is_refused(content: bytes, repairs: bool, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        document_of(content, "x.conf", DIALECTS["oslo"], repairs=repairs)
