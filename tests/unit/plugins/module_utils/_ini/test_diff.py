# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.compare import compare
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.diff import MAX_COMMENTS, unified_diff
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask, mask_for, masked_parameters
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.report import describe_changes, select_values

row = pytest.param


def document(text: str, dialect: str = "oslo") -> Document:
    return parse(text, DIALECTS[dialect])


NAMES = [
    *((name, True) for name in ("password", "admin_password", "PASSPHRASE", "hmac_keys", "passcode", "auth_token")),
    *(
        (name, True)
        for name in ("transport_url", "connection", "slave_connection", "sasl_credentials", "client_secret")
    ),
    *((name, False) for name in ("debug", "connection_debug", "auth_url", "user")),
]


@pytest.mark.parametrize(("option", "is_secret"), NAMES)
def test_secret_is_known_by_its_name(option: str, is_secret: bool) -> None:
    mask = Mask()
    for _again in range(2):
        assert mask.is_secret_name("a", option) is is_secret
    assert mask.value("a", option, "v") == (SECRET if is_secret else "v")


VALUES = [
    row({}, "x", "mysql://u:p@h/d", True, id="account in a URL"),
    row({}, "x", "see rabbit://u:p@h:5672,u:q@i:5672/v for more", True, id="accounts in a text"),
    row({}, "x", "redis://:p@h", True, id="password without an account"),
    row({}, "x", "mysql://u@h/d", False, id="account without a password"),
    row({}, "x", "mysql://u:@h/d", False, id="account with an empty password"),
    row({}, "x", "http://h:80/u p@h", False, id="no account in a URL"),
    row({}, "x", "a@b.c", False, id="address"),
    row({}, "password", "True", False, id="no password but a switch"),
    row({}, "password", None, False, id="nothing"),
    row({"places": {Place("a", "x")}}, "x", "true", True, id="switch that was given as a secret"),
    row({"places": {Place("b", "x")}}, "x", "1", False, id="secret of another section"),
    row({"declared": ["long", "abc", None]}, "x", "so long!", True, id="known secret in something else"),
    row({"declared": ["abc"]}, "x", "abc", False, id="short secret in something else"),
    row({}, "x", ["mysql://u:p@h"], True, id="within a structure"),
]


@pytest.mark.parametrize(("how", "option", "value", "is_secret"), VALUES)
def test_secret_is_known_by_its_place_or_looks(how: dict[str, Any], option: str, value: Any, is_secret: bool) -> None:
    assert Mask(**how).value("a", option, value) == (SECRET if is_secret else value)


def test_secrets_in_the_words_of_others_are_masked() -> None:
    mask = Mask(declared=["secret", "secret2"])
    mask.add_secrets_of(document("[a]\npassword = of-the-file\ntoken = short\npin = 4711\n"))
    assert mask.text("secret2 of-the-file\n short 4711 mysql://u:p@h") == f"{SECRET} {SECRET}\n short 4711 {SECRET}"


def test_secret_of_several_lines_is_known_by_each_of_them() -> None:
    assert Mask(declared=["first\nsecond\nabc"]).text("x = first\n    second\n    abc") == (
        f"x = {SECRET}\n    {SECRET}\n    abc"
    )


def test_secret_is_known_under_the_name_that_its_program_finds() -> None:
    mask = Mask(places={Place("a", "pin")})
    mask.add_secrets_of(document("[a]\nPIN = 12345678\n", "ini"))
    assert mask.text("12345678") == SECRET


@pytest.mark.parametrize(("pattern", "is_secret"), [("^A/x$", True), ("x", True), ("^x$", False)])
def test_secret_is_known_by_a_pattern(pattern: str, is_secret: bool) -> None:
    assert Mask().add_patterns(["y", pattern]).value("a", "x", "1") == (SECRET if is_secret else "1")


def test_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(GlanceError, match="`redact` has an invalid regular expression: missing"):
        Mask().add_patterns(["("])


def difference(before: str, *settings: Setting, dialect: str = "oslo", mask: Mask | None = None, **desired: Any) -> str:
    """Return the difference without its first two lines, which name the file."""
    text = unified_diff(
        "x.conf", edit(document(before, dialect), Desired(settings=settings, **desired)), mask or Mask()
    )
    assert not text or text.startswith("--- x.conf\n+++ x.conf\n")
    return text[len("--- x.conf\n+++ x.conf\n") :]


X = Setting("a", "x", ("2",))
LETTERS = "".join(f"{letter} = 1\n" for letter in "bcdefg")
DIFFERENCES = [
    row("[a]\nx = 2\n", [X], "", id="none"),
    row("[a]\n\nx = 1\n\n\n", [X], "@@ -2,3 +2,3 @@ [a]\n \n-x = 1\n+x = 2\n \n", id="one line"),
    row("", [X], "@@ -0,0 +1,2 @@ [a]\n+[a]\n+x = 2\n", id="new file"),
    row("[a]\nx = 1", [X], "@@ -1,2 +1,2 @@ [a]\n [a]\n-x = 1\n+x = 2\n", id="no end of the last line"),
    row("[a]\r\nx = 1\r\n", [X], "@@ -1,2 +1,2 @@ [a]\n [a]\n-x = 1\n+x = 2\n", id="CRLF"),
    row(
        "[a]\nx = 1\ny = 1\nz = 1\nq = 1\n",
        [X, Setting("a", "q", ())],
        "@@ -1,5 +1,4 @@ [a]\n [a]\n-x = 1\n+x = 2\n y = 1\n z = 1\n-q = 1\n",
        id="near changes together",
    ),
    row(
        f"[a]\nx = 1\n{LETTERS}",
        [X, Setting("a", "g", ("2",))],
        "@@ -1,3 +1,3 @@ [a]\n [a]\n-x = 1\n+x = 2\n b = 1\n@@ -7,2 +7,2 @@ [a]\n f = 1\n-g = 1\n+g = 2\n",
        id="far changes apart",
    ),
    row(
        "# c\n\n[b]\n",
        [Setting("DEFAULT", "x", ("1",))],
        "@@ -2,2 +2,5 @@ [DEFAULT]\n \n+[DEFAULT]\n+x = 1\n+\n [b]\n",
        id="before all sections",
    ),
]


@pytest.mark.parametrize(("before", "settings", "shown"), DIFFERENCES)
def test_difference_shows_what_changed(before: str, settings: list[Setting], shown: str) -> None:
    assert difference(before, *settings) == shown


MASKED = [
    row("password = 1", "password = VALUE HIDDEN", id="option"),
    row("key=1\n\t2", "\tVALUE HIDDEN", id="line that continues an option"),
    row("# password: 1", "# password: VALUE HIDDEN", id="commented option"),
    row("# the password: 1", "# the password: VALUE HIDDEN", id="comment"),
    row("# see a:b@c", "# VALUE HIDDEN", id="account in a comment"),
    row("#use_token = False", "#use_token = False", id="nothing to hide"),
    row("# nothing", "# nothing", id="comment without a secret"),
    row("; = nothing", "; = nothing", id="comment without a name"),
    row("y = 1", "y = 1", id="option without a secret"),
    row("", "", id="blank line"),
]


@pytest.mark.parametrize(("lines", "shown"), MASKED)
def test_difference_masks_secrets_near_by(lines: str, shown: str) -> None:
    assert difference(f"[a]\n{lines}\nx = 1\n", X).splitlines()[1] == f" {shown}"


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        row("[a]", "[a]", id="alone"),
        row("[a] # see c", "[a] # see c", id="with a comment"),
        row("[a] ; key = 1", "[a] ; key = VALUE HIDDEN", id="with a secret"),
        row("[a] u:p@h", "[a] VALUE HIDDEN", id="with nothing but a secret"),
    ],
)
def test_difference_masks_secrets_behind_a_header(header: str, shown: str) -> None:
    assert difference(f"{header}\nx = 1\n", X, dialect="ini").splitlines()[1] == f" {shown}"


def test_difference_masks_what_stands_without_a_delimiter() -> None:
    mask = Mask(places={Place("a", "s3cret"), Place("a", "x")})
    shown = difference("[a]\nx\n", Setting("a", "x", ("hidden",)), dialect="generic", mask=mask)
    assert shown == f"@@ -1,2 +1,2 @@ [a]\n [a]\n-x\n+x = {SECRET}\n"


def test_difference_counts_the_comments_of_a_file_that_is_made_anew() -> None:
    text = "# c\n\n" * MAX_COMMENTS + "[a]\nx = 1\n# few\n"
    shown = unified_diff("x.conf", compare(document(text), document("[a]\nx = 2\n")), Mask())
    assert shown.splitlines()[3:] == [
        f"-... {2 * MAX_COMMENTS} lines of comments and blank lines",
        *(" [a]", "-x = 1", "-# few", "+x = 2"),
    ]


def test_changes_are_shown_as_data_with_secrets_masked() -> None:
    edited = edit(
        document("[a]\nx\ny = 1\ny = 2\npassword = 1\n", "generic"),
        Desired([Setting("a", "x", ("1",)), Setting("a", "y", ()), Setting("a", "password", ("2", "3"))]),
    )
    assert [
        (change["option"], change["before"], change["after"])
        for change in describe_changes(edited.changes, edited.after, Mask())
    ] == [("x", "(no value)", "1"), ("y", ["1", "2"], None), ("password", SECRET, [SECRET, SECRET])]


@pytest.mark.parametrize("asked", [None, {"a": None, "c": None, "b": None}, {"a": ["x", "pin", "y"], "b": ["X"]}])
def test_values_of_a_document(asked: Any) -> None:
    text = "[a]\nx = 1\nx = 2\npin = 3\n[b]\nX\n"
    everything = {"a": {"x": ["1", "2"], "pin": "3"}, "b": {"X": None}}
    assert select_values(document(text, "generic"), asked, None) == everything
    masked = select_values(document(text, "generic"), asked, Mask().add_patterns(["pin"]))
    assert masked == {**everything, "a": {"x": ["1", "2"], "pin": SECRET}}


@pytest.mark.parametrize(
    ("asked", "found"),
    [({"A": ["x"]}, {"A": {"X": "1"}}), ({"A": []}, {}), ({"a": ["x"]}, {}), ({"A": ["X", "y"]}, {"A": {"X": "1"}})],
)
def test_values_are_found_by_the_rules_of_the_dialect(asked: Any, found: Any) -> None:
    assert select_values(document("[A]\nX = 1\n", "ini"), asked, None) == found


def task(**params: Any) -> dict[str, Any]:
    return {"options": {}, "secrets": {}, "settings": [], "redact": [], "environment": {}, "base": None, **params}


GIVEN = [
    row({"secrets": {"a": {"x": "pa$word"}}}, id="secrets"),
    row({"secrets": {"a": {"x": ["1", {"k": "pa$word"}], "y": None}, "b": None}}, id="structures in secrets"),
    row({"settings": [{"section": "a", "option": "x", "secret": True, "value": "pa$word"}]}, id="secret setting"),
]


@pytest.mark.parametrize("params", GIVEN)
def test_secrets_of_a_task_are_known_as_given_and_as_written(params: dict[str, Any]) -> None:
    mask = mask_for(task(**params))
    assert mask.text("pa$word pa$$word") == f"{SECRET} {SECRET}"


def test_what_is_no_secret_of_a_task_is_not_known() -> None:
    mask = mask_for(task(options={"a": {"x": "value"}}, settings=[{"secret": False, "value": "value"}]))
    assert mask.text("value") == "value"


SHOWN = [
    row(
        "options",
        {"a": {"x": "1", "password": "2", "l": ["u:p@h"]}, "b": None},
        {"a": {"x": "1", "password": SECRET, "l": SECRET}, "b": None},
        id="options",
    ),
    row("options", {"a": "what"}, {"a": "what"}, id="options that are none"),
    row(
        "secrets",
        {"a": {"x": "1", "y": None}, "b": None, "c": "2"},
        {"a": {"x": SECRET, "y": SECRET}, "b": None, "c": SECRET},
        id="secrets",
    ),
    row(
        "environment",
        {"OS_A__PASSWORD": "1", "OS_A__X": "2"},
        {"OS_A__PASSWORD": SECRET, "OS_A__X": "2"},
        id="environment",
    ),
    row(
        "settings",
        [
            {"section": "a", "option": "x", "value": "1", "secret": True},
            {"section": "a", "option": "key", "value": "1", "secret": False},
            {"section": "a", "option": "x", "value": "1", "secret": False},
        ],
        [
            {"section": "a", "option": "x", "value": SECRET, "secret": True},
            {"section": "a", "option": "key", "value": SECRET, "secret": False},
            {"section": "a", "option": "x", "value": "1", "secret": False},
        ],
        id="settings",
    ),
    row("base", "# c\npassword = 1\n", "(2 lines)", id="base"),
    row("base", None, None, id="no base"),
]


@pytest.mark.parametrize(("parameter", "value", "shown"), SHOWN)
def test_parameters_of_a_task_are_shown_without_secrets(parameter: str, value: Any, shown: Any) -> None:
    params = task(**{parameter: value})
    assert masked_parameters(params, Mask()) == {**task(), parameter: shown}
