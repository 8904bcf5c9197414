# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini import edit as _ini_edit
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse, repair
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import (
    Desired,
    EditResult,
    LineEdit,
    Setting,
    compared,
    edit,
    mended,
    render,
)

row = pytest.param


def given(name: str, *values: str | None, **how: Any) -> Setting:
    """Return a setting of section/option."""
    section, _slash, option = name.rpartition("/")
    return Setting(section, option, values, **how)


def edited(text: str, *settings: Setting, dialect: str = "oslo", **desired: Any) -> EditResult:
    """Return the edit, which done again must change nothing."""
    wanted = Desired(settings=settings, **desired)
    result = edit(parse(text, DIALECTS[dialect]), wanted)
    again = edit(result.after, wanted)
    assert (again.splices, again.changes, again.after.text()) == ([], [], result.after.text())
    return result


def done(before: str, after: str, *settings: Setting, id: str, **desired: Any) -> Any:
    return pytest.param(before, after, settings, desired, id=id)


REPEATED = "[a]\nx = 1\ny = 0\nx = 2\nx = 3\n"
EDITS = [
    done("[a]\n", "[a]\n", id="nothing asked"),
    done("[a]\nx=1\n", "[a]\nx=2\n", given("a/x", "2"), id="as it is spaced"),
    done("[a]\nx =\n", "[a]\nx = 1\n", given("a/x", "1"), id="behind a delimiter with a blank before it"),
    done("[a]\nx=\n", "[a]\nx=1\n", given("a/x", "1"), id="behind a delimiter without blanks"),
    done("[a]\nx:1\n", "[a]\nx = 2\n", given("a/x", "2"), style="enforce", id="spaced as is enforced"),
    done("[a]\nx=1\n", "[a]\nx = 1\n", given("a/x", "1"), style="enforce", id="spaced as is enforced, right already"),
    done("[a]\ny=1\n", "[a]\ny=1\n", given("a/x"), style="enforce", id="nothing to space"),
    done("[a]\ny=1\n#x=0\n", "[a]\ny=1\n#x=0\nx = 1\n", given("a/x", "1"), style="spaces", id="new line with blanks"),
    done("[a]\ny = 1\n", "[a]\ny = 1\nx=1\n", given("a/x", "1"), style="nospaces", id="new line without blanks"),
    done("[a]\nz=1\ny=1\nq = 1\n", "[a]\nz=1\ny=1\nq = 1\nx=1\n", given("a/x", "1"), id="new line as most are"),
    done("[a]\n#x =\ny=1\n", "[a]\n#x =\nx=1\ny=1\n", given("a/x", "1"), id="below a default without a value"),
    done("[a]\n#x = 0\n", "[a]\nx = 1\n", given("a/x", "1", replace_default=True), id="in place of its default"),
    done("[a]\n#x = 0\n", "[a]\n#x = 0\nx = 1\nx = 2\n", given("a/x", "1", "2"), id="several below a default"),
    done(REPEATED, "[a]\ny = 0\nx = 3\n", given("a/x", "3"), id="one of several"),
    done(REPEATED, "[a]\ny = 0\n", given("a/x"), id="none of several"),
    done(REPEATED, "[a]\nx = 1\ny = 0\nx = 3\n", given("a/x", "1", "3"), id="fewer"),
    done(
        REPEATED,
        "[a]\nx = 0\nx = 1\ny = 0\nx = 2\nx = 3\n",
        given("a/x", "0", "1", "2", "3"),
        id="one more at the front",
    ),
    done(
        REPEATED, "[a]\nx = 1\ny = 0\nx = 4\nx = 5\nx = 3\n", given("a/x", "1", "4", "5", "3"), id="two in place of one"
    ),
    done(
        REPEATED,
        "[a]\nx = 1\ny = 0\nx = 2\nx = 3\nx = 4\n",
        given("a/x", "2", "4", append=True),
        id="added to what is there",
    ),
    done("[a]\n", "[a]\n", given("a/x", append=True), id="nothing added"),
    done(
        "[a]\nx = 1\n",
        "[a]\nx = 1\n",
        given("a/x", append=True),
        remove_empty=True,
        id="nothing added, and nothing removed",
    ),
    done("[a]\nx = 1\n\t2\n", "[a]\nx = 3\n\t4\n", given("a/x", "3\n4"), id="lines with their margin"),
    done("[a]\nx = 1", "[a]\nx = 2\n    3", given("a/x", "2\n3"), id="last line without an end"),
    done(
        "[a]\n  x = 1\n\n  z = 2\n    3\n",
        "[a]\n  x = 1\n\n  z = 4\n    5\n    6\n  y = 0\n",
        given("a/y", "0"),
        given("a/z", "4\n5\n6"),
        dialect="ini",
        id="indented",
    ),
    done("[a]\n[b]\n", "[a]\nx\n[b]\n", given("a/x", None), dialect="generic", id="without a value"),
    done("[a]\nx = 1\n", "[a]\nx\n", given("a/x", None), dialect="generic", id="without the value that it had"),
    done("[a]\nx\n", "[a]\nx = 1\n", given("a/x", "1"), dialect="generic", id="with a value that it had not"),
    done(
        "[mysqld]\n#log-bin = x\nbind-address = 127.0.0.1\n",
        "[mysqld]\n#log-bin = x\nlog_bin = y\nbind-address = 0.0.0.0\n",
        given("mysqld/bind_address", "0.0.0.0"),
        given("mysqld/log_bin", "y"),
        dialect="mysql",
        id="MariaDB: one option in both spellings",
    ),
    done(
        "[client]\npassword = x # c\n!includedir /y/\n",
        '[client]\npassword = "a#b"\n!includedir /y/\nuser = u\n',
        given("client/password", "a#b"),
        given("client/user", "u"),
        dialect="mysql",
        id="MariaDB: quotes where they are needed",
    ),
    done(
        "[a]\nskip-x\nloose-y = 1\n",
        "[a]\nskip-x\nloose-y = 2\ny = 3\n",
        given("a/loose_y", "2"),
        given("a/y", "3"),
        dialect="mysql",
        id="MariaDB: prefixes are names of their own",
    ),
    done(
        "[a]\nx = 1\n!include /y\n", "[a]\n!include /y\n", given("a/x"), dialect="mysql", remove_empty=True, id="kept"
    ),
    done(
        "[Service]\nExecStart=/a \\\n  # c\n  --b\nType=simple\n",
        "[Service]\nExecStart=/c\nType=simple\n",
        given("Service/ExecStart", "/c"),
        dialect="systemd",
        id="systemd: the whole continued value",
    ),
    done(
        "[a]\nx=1 \\\n\n\n[b]\n",
        "[a]\nx=1 \\\n\ny=2\n\n[b]\n",
        given("a/y", "2"),
        dialect="systemd",
        id="systemd: behind it",
    ),
    done(
        "[Service]\nExecStart=\nExecStart=/a\nUser=u\n",
        "[Service]\nExecStart=\nExecStart=/b\nUser=u\n",
        given("Service/ExecStart", "/b"),
        given("Service/User", "u"),
        dialect="systemd",
        id="systemd: a reset stays",
    ),
    done(
        "[a]\nx=1\nx=\nx=2\ny=1\ny=\n",
        "[a]\nx=1\nx=\nx=2\nx=1\n",
        given("a/x", "1", append=True),
        given("a/y"),
        dialect="systemd",
        id="systemd: added to what a reset leaves",
    ),
    done(
        "[a]\n",
        "[a]\nx = \nx = 1\n".replace("= \n", "=\n"),
        given("a/x", "", "1"),
        dialect="systemd",
        id="systemd: reset",
    ),
    done("", "[a]\nx = 1\n", given("a/x", "1"), id="first section"),
    done("[a]\ny = 1", "[a]\ny = 1\n\n[b]\nx = 1\nz = 2\n", given("b/x", "1"), given("b/z", "2"), id="next section"),
    done(
        "",
        "x = 1\n\n[DEFAULT]\ny = 1\n\n[b]\nz = 1\n\n[a]\nz = 1\n",
        given("b/z", "1"),
        given("a/z", "1"),
        given("DEFAULT/y", "1"),
        given("/x", "1"),
        dialect="generic",
        id="sections in order",
    ),
    done(
        "# f\n\n# a\n[a]\n", "# f\n\n[DEFAULT]\nx = 1\n\n# a\n[a]\n", given("DEFAULT/x", "1"), id="DEFAULT at the top"
    ),
    done(
        "[a]\r\nx = 1\r\n",
        "[DEFAULT]\r\ny = 1\r\n\r\n[a]\r\nx = 2\r\n    3\r\n",
        given("DEFAULT/y", "1"),
        given("a/x", "2\n3"),
        id="CRLF",
    ),
    done("[b]\n\n\n[a]\r", "[b]\n\n\n[a]\r\r[c]\nx = 1\n", given("c/x", "1"), id="blank line behind a carriage return"),
    done("[a]\nx = 1\n\n# b\n[b]\ny = 1\n", "# b\n[b]\ny = 1\n", drop=["A", "c"], id="section removed"),
    done("[a]\nx = 1\n\n[b]\ny = 1\n", "[a]\nx = 1\n", drop=["b"], id="last section removed"),
    done("# f\n\n[b]\ny = 1\n", "# f\n\n", drop=["b"], id="only section removed"),
    done(
        "[b]\ny = 1\n[a]\nx = 1\n\n[b]\nz = 1\n", "[a]\nx = 1\n", drop=["b"], id="section removed that is there twice"
    ),
    done(
        "[b]\ny = 1\n\n\n[c]\nz = 1\n",
        "[b]\n\n[a]\nx = 1\n",
        given("b/y"),
        given("a/x", "1"),
        drop=["c"],
        id="last section gives way to a new one",
    ),
    done(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        "[a]\nx = 1\n[b]\nz = 1\n",
        given("a/x", "1"),
        exclusive="sections",
        id="section holds nothing else",
    ),
    done(
        "[a]\n# c\nx = 1\n[b]\nz = 1\n",
        "[a]\n# c\n[b]\nz = 1\n",
        exclusive="sections",
        named=["A"],
        id="section holds nothing",
    ),
    done(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        given("c/x"),
        exclusive="sections",
        id="section that is not there",
    ),
    done(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        "[a]\nx = 1\n",
        given("a/x", "1"),
        exclusive="file",
        id="file holds nothing else",
    ),
    done(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\nq = 1\n",
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        given("a/x", "1"),
        exclusive="file",
        keep=["a/?", "b/z"],
        id="file holds nothing else but what is kept",
    ),
    done(
        "y = 1\n[a]\nx = 1\n",
        "[a]\nx = 1\n",
        given("a/x", "1"),
        exclusive="file",
        dialect="generic",
        id="file holds nothing before its sections",
    ),
    done(
        "[a]\nx = 1\n\n[b]\ny = 1\n",
        "[b]\ny = 1\n",
        given("a/x"),
        remove_empty=True,
        id="section goes with its last option",
    ),
    done(
        "[a]\nx = 1\nz = 1\n\n[b]\ny = 1\n",
        "[a]\nz = 1\n\n[b]\ny = 1\n",
        given("a/x"),
        given("c/x"),
        remove_empty=True,
        id="section stays with another option",
    ),
    done("[a]\n# c\nx = 1\n", "[a]\n# c\n", given("a/x"), remove_empty=True, id="section stays with its comment"),
    done(
        "x = 1\n[a]\n",
        "[a]\n",
        given("/x"),
        remove_empty=True,
        dialect="generic",
        id="nameless section has no header to go",
    ),
]


@pytest.mark.parametrize(("before", "after", "settings", "desired"), EDITS)
def test_document_is_brought_to_what_is_asked(
    before: str, after: str, settings: list[Setting], desired: dict[str, Any]
) -> None:
    assert edited(before, *settings, **desired).after.text() == after


def test_changes_say_what_became_of_each_option_and_where() -> None:
    text = "[a]\nsame = 1\nup = 1\ntwice = 1\ntwice = 2\nturned = 1\nturned = 2\ngone = 1\nstyled=1\n[b]\nz = 1\n"
    result = edited(
        text,
        *(given("a/same", "1"), given("a/up", "2"), given("a/twice", "2"), given("a/turned", "2", "1")),
        *(given("a/gone"), given("a/styled", "1"), given("c/new", "1"), given("a/never")),
        drop=["b"],
        style="enforce",
    )
    told = [(f"{change.section}/{change.option}", change.action, change.line) for change in result.changes]
    assert told == [
        ("b/z", "removed", 11),
        ("a/up", "updated", 3),
        ("a/twice", "deduplicated", 4),
        ("a/turned", "reordered", 5),
        ("a/gone", "removed", 8),
        ("a/styled", "restyled", 7),
        ("c/new", "added", 10),
    ]
    assert [change.option for change in result.changes if change.is_deduplicated] == ["twice"]
    assert (result.unchanged, result.sections_added, result.sections_removed) == (2, ["c"], ["b"])


@pytest.mark.parametrize(
    ("dialect", "text", "settings", "says"),
    [
        row(
            "ini",
            "[a]\n",
            [given("a/x", "1", "2")],
            "a/x is given 2 values.*Python's configparser",
            id="several values",
        ),
        row("oslo", "[a]\n", [given("a/x", "1\n\n2")], "value of x has lines that oslo.config", id="empty line"),
        row("generic", "[a]\n", [given("a/x", "1\n2")], "value of x has a line break", id="line break"),
        row("ini", "[a]\n", [given("a/x", " 1")], "value of x has blanks at its ends", id="blanks"),
        row("oslo", "[a]\n", [given("a/x", None)], "'x' cannot stand without a value", id="no value"),
        row("oslo", "[a]\n", [given("a/x=y", "1")], "'x=y' cannot be the name of an option", id="name of an option"),
        row("systemd", "[a]\n", [given("a/x", "1\n2")], "value of x has a line break", id="line break in a unit"),
        row(
            "systemd",
            "[a]\n",
            [given("a/x", "1\\")],
            "value of x has blanks at its ends, or",
            id="backslash at the end",
        ),
        row(
            "oslo",
            "[a]\n",
            [given("b]\n[c/x", "1")],
            "cannot be written so that oslo.config reads it back",
            id="name of a section",
        ),
    ],
)
def test_what_would_not_be_read_back_is_refused(dialect: str, text: str, settings: list[Setting], says: str) -> None:
    with pytest.raises(GlanceError, match=says):
        edit(parse(text, DIALECTS[dialect]), Desired(settings=settings))


def test_section_with_a_directive_is_not_removed() -> None:
    document = parse("[a]\nx = 1\n!includedir /etc/mysql/conf.d/\n[b]\ny = 1\n", DIALECTS["mysql"])
    with pytest.raises(GlanceError, match=r"\[a\] cannot be removed: line 3 in it is a directive for MariaDB"):
        edit(document, Desired([Setting("b", "y", ("1",))], exclusive="file"))


@pytest.mark.parametrize(
    ("slip", "settings"),
    [
        row("y = 2", [given("a/x", "2")], id="another option changes"),
        row("z = 1", [given("a/x", "2")], id="another option comes"),
        row("", [given("a/x", "2")], id="the option does not change"),
    ],
)
def test_slip_of_the_editor_is_not_written(monkeypatch: pytest.MonkeyPatch, slip: str, settings: list[Setting]) -> None:
    assembled = _ini_edit._assembled
    monkeypatch.setattr(
        _ini_edit,
        "_assembled",
        lambda document, splices: assembled(document, splices) + f"{slip}\n" if slip else document.text(),
    )
    with pytest.raises(GlanceError, match="cannot be written so that oslo.config reads it back as asked: a/"):
        edit(parse("[a]\nx = 1\ny = 1\n", DIALECTS["oslo"]), Desired(settings=settings))


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
def test_value_is_written_as_it_is_read(dialect: str, value: str | None, lines: list[str]) -> None:
    assert render(DIALECTS[dialect], "x", value, " = ", "  ") == lines


def test_document_made_anew_is_compared_with_the_old_one() -> None:
    before = parse("[a]\nx = 1\ny = 1\n[b]\nz = 1\n", DIALECTS["oslo"])
    after = parse("# c\n[a]\nx = 1\ny = 2\n[c]\nq = 1\n", DIALECTS["oslo"])
    result = compared(before, after)
    assert [(change.section, change.option, change.action, change.line) for change in result.changes] == [
        ("a", "y", "updated", 4),
        ("b", "z", "removed", 5),
        ("c", "q", "added", 6),
    ]
    assert result.splices == [LineEdit(0, 0, ["# c\n"]), LineEdit(2, 5, ["y = 2\n", "[c]\n", "q = 1\n"])]
    assert (result.unchanged, result.sections_added, result.sections_removed) == (1, ["c"], ["b"])


def test_edit_is_seen_from_the_text_that_was_not_yet_in_order() -> None:
    text = "[a] # c\nx = 1\n[b] # c\n[c] # c\ny = 1"
    desired = Desired([Setting("a", "x", ("2",)), Setting("c", "y", ("2",))], drop=["b"])
    result = mended(edit(parse(repair(text), DIALECTS["oslo"]), desired), text)
    assert result.before.text() == text
    assert [(splice.start, splice.end, splice.lines) for splice in result.splices] == [
        (0, 1, ["[a]\n"]),
        (1, 2, ["x = 2\n"]),
        (2, 3, []),
        (3, 4, ["[c]\n"]),
        (4, 5, ["y = 2\n"]),
    ]


def test_setting_is_named_as_people_do() -> None:
    assert str(given("a/x", "1")) == "a/x"
