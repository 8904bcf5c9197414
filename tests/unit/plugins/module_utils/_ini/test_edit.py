# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini import edit as edit_module
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, EditResult, Setting

row = pytest.param


def setting(name: str, *values: str | None, **how: Any) -> Setting:
    """Return a setting of section/option."""
    section, _slash, option = name.rpartition("/")
    return Setting(section, option, values, **how)


def edited(text: str, *settings: Setting, dialect: str = "oslo", **desired: Any) -> EditResult:
    """Return the edit; the same edit of its result must change nothing."""
    state = Desired(settings=settings, **desired)
    result = edit(parse(text, DIALECTS[dialect]), state)
    again = edit(result.after, state)
    assert (again.line_edits, again.changes, again.after.text()) == ([], [], result.after.text())
    return result


def case(before: str, after: str, *settings: Setting, id: str, **desired: Any) -> Any:
    return pytest.param(before, after, settings, desired, id=id)


REPEATED = "[a]\nx = 1\ny = 0\nx = 2\nx = 3\n"

EDITS = [
    case("[a]\n", "[a]\n", id="no setting"),
    case("[a]\nx=1\n", "[a]\nx=2\n", setting("a/x", "2"), id="current spacing"),
    case("[a]\nx =\n", "[a]\nx = 1\n", setting("a/x", "1"), id="delimiter with a blank before it"),
    case("[a]\nx=\n", "[a]\nx=1\n", setting("a/x", "1"), id="delimiter without blanks"),
    case("[a]\nx:1\n", "[a]\nx = 2\n", setting("a/x", "2"), style="enforce", id="enforced spacing"),
    case("[a]\nx=1\n", "[a]\nx = 1\n", setting("a/x", "1"), style="enforce", id="enforced spacing, equal value"),
    case("[a]\ny=1\n", "[a]\ny=1\n", setting("a/x"), style="enforce", id="nothing to enforce"),
    case("[a]\ny=1\n#x=0\n", "[a]\ny=1\n#x=0\nx = 1\n", setting("a/x", "1"), style="spaces", id="new line with blanks"),
    case("[a]\ny = 1\n", "[a]\ny = 1\nx=1\n", setting("a/x", "1"), style="nospaces", id="new line without blanks"),
    case(
        "[a]\nz=1\ny=1\nq = 1\n", "[a]\nz=1\ny=1\nq = 1\nx=1\n", setting("a/x", "1"), id="new line in the usual style"
    ),
    case("[a]\n#x =\ny=1\n", "[a]\n#x =\nx=1\ny=1\n", setting("a/x", "1"), id="below a default without a value"),
    case("[a]\n#x = 0\n", "[a]\nx = 1\n", setting("a/x", "1", replace_default=True), id="replaced default"),
    case("[a]\n#x = 0\n", "[a]\n#x = 0\nx = 1\nx = 2\n", setting("a/x", "1", "2"), id="several below a default"),
    case(REPEATED, "[a]\ny = 0\nx = 3\n", setting("a/x", "3"), id="one of several"),
    case(REPEATED, "[a]\ny = 0\n", setting("a/x"), id="all of several removed"),
    case(REPEATED, "[a]\nx = 1\ny = 0\nx = 3\n", setting("a/x", "1", "3"), id="fewer"),
    case(
        REPEATED,
        "[a]\nx = 0\nx = 1\ny = 0\nx = 2\nx = 3\n",
        setting("a/x", "0", "1", "2", "3"),
        id="one more at the front",
    ),
    case(
        REPEATED,
        "[a]\nx = 1\ny = 0\nx = 4\nx = 5\nx = 3\n",
        setting("a/x", "1", "4", "5", "3"),
        id="two for one",
    ),
    case(
        REPEATED,
        "[a]\nx = 1\ny = 0\nx = 2\nx = 3\nx = 4\n",
        setting("a/x", "2", "4", append=True),
        id="appended",
    ),
    case("[a]\n", "[a]\n", setting("a/x", append=True), id="nothing appended"),
    case(
        "[a]\nx = 1\n",
        "[a]\nx = 1\n",
        setting("a/x", append=True),
        remove_empty=True,
        id="nothing appended or removed",
    ),
    case("[a]\nx = 1\n\t2\n", "[a]\nx = 3\n\t4\n", setting("a/x", "3\n4"), id="lines with their margin"),
    case("[a]\nx = 1", "[a]\nx = 2\n    3", setting("a/x", "2\n3"), id="last line without an end"),
    case(
        "[a]\n  x = 1\n\n  z = 2\n    3\n",
        "[a]\n  x = 1\n\n  z = 4\n    5\n    6\n  y = 0\n",
        setting("a/y", "0"),
        setting("a/z", "4\n5\n6"),
        dialect="ini",
        id="indented",
    ),
    case("[a]\n[b]\n", "[a]\nx\n[b]\n", setting("a/x", None), dialect="generic", id="without a value"),
    case("[a]\nx = 1\n", "[a]\nx\n", setting("a/x", None), dialect="generic", id="value removed"),
    case("[a]\nx\n", "[a]\nx = 1\n", setting("a/x", "1"), dialect="generic", id="value added"),
    case(
        "[mysqld]\n#log-bin = x\nbind-address = 127.0.0.1\n",
        "[mysqld]\n#log-bin = x\nlog_bin = y\nbind-address = 0.0.0.0\n",
        setting("mysqld/bind_address", "0.0.0.0"),
        setting("mysqld/log_bin", "y"),
        dialect="mysql",
        id="MariaDB: one option in both spellings",
    ),
    case(
        "[client]\npassword = x # c\n!includedir /y/\n",
        '[client]\npassword = "a#b"\n!includedir /y/\nuser = u\n',
        setting("client/password", "a#b"),
        setting("client/user", "u"),
        dialect="mysql",
        id="MariaDB: required quotes",
    ),
    case(
        "[a]\nskip-x\nloose-y = 1\n",
        "[a]\nskip-x\nloose-y = 2\ny = 3\n",
        setting("a/loose_y", "2"),
        setting("a/y", "3"),
        dialect="mysql",
        id="MariaDB: prefixes are names of their own",
    ),
    case(
        "[a]\nx = 1\n!include /y\n", "[a]\n!include /y\n", setting("a/x"), dialect="mysql", remove_empty=True, id="kept"
    ),
    case(
        "[Service]\nExecStart=/a \\\n  # c\n  --b\nType=simple\n",
        "[Service]\nExecStart=/c\nType=simple\n",
        setting("Service/ExecStart", "/c"),
        dialect="systemd",
        id="systemd: the whole continued value",
    ),
    case(
        "[a]\nx=1 \\\n\n\n[b]\n",
        "[a]\nx=1 \\\n\ny=2\n\n[b]\n",
        setting("a/y", "2"),
        dialect="systemd",
        id="systemd: new option after a continued value",
    ),
    case(
        "[Service]\nExecStart=\nExecStart=/a\nUser=u\n",
        "[Service]\nExecStart=\nExecStart=/b\nUser=u\n",
        setting("Service/ExecStart", "/b"),
        setting("Service/User", "u"),
        dialect="systemd",
        id="systemd: reset is kept",
    ),
    case(
        "[a]\nx=1\nx=\nx=2\ny=1\ny=\n",
        "[a]\nx=1\nx=\nx=2\nx=1\n",
        setting("a/x", "1", append=True),
        setting("a/y"),
        dialect="systemd",
        id="systemd: appended after a reset",
    ),
    case(
        "[a]\n",
        "[a]\nx = \nx = 1\n".replace("= \n", "=\n"),
        setting("a/x", "", "1"),
        dialect="systemd",
        id="systemd: reset",
    ),
    case("", "[a]\nx = 1\n", setting("a/x", "1"), id="first section"),
    case(
        "[a]\ny = 1", "[a]\ny = 1\n\n[b]\nx = 1\nz = 2\n", setting("b/x", "1"), setting("b/z", "2"), id="second section"
    ),
    case(
        "",
        "x = 1\n\n[DEFAULT]\ny = 1\n\n[b]\nz = 1\n\n[a]\nz = 1\n",
        setting("b/z", "1"),
        setting("a/z", "1"),
        setting("DEFAULT/y", "1"),
        setting("/x", "1"),
        dialect="generic",
        id="sections in order",
    ),
    case(
        "# f\n\n# a\n[a]\n", "# f\n\n[DEFAULT]\nx = 1\n\n# a\n[a]\n", setting("DEFAULT/x", "1"), id="DEFAULT at the top"
    ),
    case(
        "[a]\r\nx = 1\r\n",
        "[DEFAULT]\r\ny = 1\r\n\r\n[a]\r\nx = 2\r\n    3\r\n",
        setting("DEFAULT/y", "1"),
        setting("a/x", "2\n3"),
        id="CRLF",
    ),
    case("[b]\n\n\n[a]\r", "[b]\n\n\n[a]\r\r[c]\nx = 1\n", setting("c/x", "1"), id="blank line after CR"),
    case("[a]\nx = 1\n\n# b\n[b]\ny = 1\n", "# b\n[b]\ny = 1\n", drop=["A", "c"], id="section removed"),
    case("[a]\nx = 1\n\n[b]\ny = 1\n", "[a]\nx = 1\n", drop=["b"], id="last section removed"),
    case("# f\n\n[b]\ny = 1\n", "# f\n\n", drop=["b"], id="only section removed"),
    case("[b]\ny = 1\n[a]\nx = 1\n\n[b]\nz = 1\n", "[a]\nx = 1\n", drop=["b"], id="repeated section removed"),
    case(
        "[b]\ny = 1\n\n\n[c]\nz = 1\n",
        "[b]\n\n[a]\nx = 1\n",
        setting("b/y"),
        setting("a/x", "1"),
        drop=["c"],
        id="last section replaced by a new one",
    ),
    case(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        "[a]\nx = 1\n[b]\nz = 1\n",
        setting("a/x", "1"),
        exclusive="sections",
        id="exclusive section",
    ),
    case(
        "[a]\n# c\nx = 1\n[b]\nz = 1\n",
        "[a]\n# c\n[b]\nz = 1\n",
        exclusive="sections",
        named=["A"],
        id="exclusive section without options",
    ),
    case(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        setting("c/x"),
        exclusive="sections",
        id="absent section",
    ),
    case(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        "[a]\nx = 1\n",
        setting("a/x", "1"),
        exclusive="file",
        id="exclusive file",
    ),
    case(
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\nq = 1\n",
        "[a]\nx = 1\ny = 1\n[b]\nz = 1\n",
        setting("a/x", "1"),
        exclusive="file",
        keep=["a/?", "b/z"],
        id="exclusive file with kept options",
    ),
    case(
        "y = 1\n[a]\nx = 1\n",
        "[a]\nx = 1\n",
        setting("a/x", "1"),
        exclusive="file",
        dialect="generic",
        id="exclusive file with options before the sections",
    ),
    case(
        "[a]\nx = 1\n\n[b]\ny = 1\n",
        "[b]\ny = 1\n",
        setting("a/x"),
        remove_empty=True,
        id="section removed with its last option",
    ),
    case(
        "[a]\nx = 1\nz = 1\n\n[b]\ny = 1\n",
        "[a]\nz = 1\n\n[b]\ny = 1\n",
        setting("a/x"),
        setting("c/x"),
        remove_empty=True,
        id="section kept with another option",
    ),
    case("[a]\n# c\nx = 1\n", "[a]\n# c\n", setting("a/x"), remove_empty=True, id="section kept with a comment"),
    case(
        "x = 1\n[a]\n",
        "[a]\n",
        setting("/x"),
        remove_empty=True,
        dialect="generic",
        id="section without a header",
    ),
]


@pytest.mark.parametrize(("before", "after", "settings", "desired"), EDITS)
def test_document_gets_the_desired_options(
    before: str, after: str, settings: list[Setting], desired: dict[str, Any]
) -> None:
    assert edited(before, *settings, **desired).after.text() == after


def test_changes_have_the_action_and_the_line_of_each_option() -> None:
    text = "[a]\nsame = 1\nup = 1\ntwice = 1\ntwice = 2\nturned = 1\nturned = 2\ngone = 1\nstyled=1\n[b]\nz = 1\n"
    result = edited(
        text,
        *(setting("a/same", "1"), setting("a/up", "2"), setting("a/twice", "2"), setting("a/turned", "2", "1")),
        *(setting("a/gone"), setting("a/styled", "1"), setting("c/new", "1"), setting("a/never")),
        drop=["b"],
        style="enforce",
    )
    actions = [(f"{change.section}/{change.option}", change.action, change.line) for change in result.changes]
    assert actions == [
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
    ("dialect", "text", "settings", "message"),
    [
        row(
            "ini",
            "[a]\n",
            [setting("a/x", "1", "2")],
            "a/x has 2 values.*Python's configparser",
            id="several values",
        ),
        row("oslo", "[a]\n", [setting("a/x", "1\n\n2")], "value of x has lines that oslo.config", id="empty line"),
        row("generic", "[a]\n", [setting("a/x", "1\n2")], "value of x has a line break", id="line break"),
        row("ini", "[a]\n", [setting("a/x", " 1")], "value of x begins or ends with a blank", id="blanks"),
        row("oslo", "[a]\n", [setting("a/x", None)], "'x' cannot be written without a value", id="no value"),
        row("oslo", "[a]\n", [setting("a/x=y", "1")], "'x=y' is not a valid option name", id="name of an option"),
        row("systemd", "[a]\n", [setting("a/x", "1\n2")], "value of x has a line break", id="line break in a unit"),
        row(
            "systemd",
            "[a]\n",
            [setting("a/x", "1\\")],
            "value of x begins or ends with a blank, or",
            id="backslash at the end",
        ),
        row(
            "oslo",
            "[a]\n",
            [setting("b]\n[c/x", "1")],
            "oslo.config would not read back the desired values of",
            id="name of a section",
        ),
    ],
)
def test_unreadable_value_is_refused(dialect: str, text: str, settings: list[Setting], message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        edit(parse(text, DIALECTS[dialect]), Desired(settings=settings))


def test_section_with_a_directive_is_not_removed() -> None:
    document = parse("[a]\nx = 1\n!includedir /etc/mysql/conf.d/\n[b]\ny = 1\n", DIALECTS["mysql"])
    with pytest.raises(GlanceError, match=r"\[a\] cannot be removed: line 3 in it is a directive for MariaDB"):
        edit(document, Desired([Setting("b", "y", ("1",))], exclusive="file"))


@pytest.mark.parametrize(
    ("error", "settings"),
    [
        row("y = 2", [setting("a/x", "2")], id="another option changes"),
        row("z = 1", [setting("a/x", "2")], id="another option comes"),
        row("", [setting("a/x", "2")], id="the option does not change"),
    ],
)
def test_wrong_edit_is_refused(monkeypatch: pytest.MonkeyPatch, error: str, settings: list[Setting]) -> None:
    assemble = edit_module._assemble
    monkeypatch.setattr(
        edit_module,
        "_assemble",
        lambda document, line_edits: assemble(document, line_edits) + f"{error}\n" if error else document.text(),
    )
    with pytest.raises(GlanceError, match="oslo.config would not read back the desired values of a/"):
        edit(parse("[a]\nx = 1\ny = 1\n", DIALECTS["oslo"]), Desired(settings=settings))
