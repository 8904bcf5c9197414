# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.request import Request, plain, request_of, texts_of

row = pytest.param


def requested(dialect: str = "oslo", **params: Any) -> Request:
    nothing: dict[str, Any] = {
        **{"options": {}, "secrets": {}, "settings": [], "literal": False, "list_style": "repeat", "append": False},
        **{"exclusive": "none", "keep": [], "commented_default": "keep", "style": "keep", "remove_empty": False},
    }
    return request_of({**nothing, **params}, DIALECTS[dialect])


def setting(option: str = "x", value: Any = None, **parameters: Any) -> dict[str, Any]:
    """Return an item of `settings` in section a, as Ansible passes it."""
    empty = {"bare": False, "secret": False, "literal": None, "list_style": None, "append": None}
    return {"section": "a", "option": option, "value": value, **empty, "commented_default": None, **parameters}


TEXTS = [
    row(None, "repeat", (), id="null"),
    row("", "repeat", ("",), id="empty string"),
    row("True", "repeat", ("True",), id="string"),
    row(True, "repeat", ("true",), id="true"),
    row(False, "repeat", ("false",), id="false"),
    row(0, "repeat", ("0",), id="zero"),
    row(1.0, "repeat", ("1.0",), id="float"),
    row(2**70, "repeat", (str(2**70),), id="huge"),
    row({"k": "v", "n": 1}, "comma", ("k:v,n:1",), id="dictionary"),
    row({}, "repeat", ("",), id="empty dictionary"),
    row(["b", 1, "b"], "repeat", ("b", "1", "b"), id="repeated"),
    row([], "repeat", (), id="repeated, empty"),
    row(["a,b", ""], "repeat", ("a,b", ""), id="repeated, with commas"),
    row(("b", "a"), "comma", ("b,a",), id="with commas"),
    row([], "comma", ("",), id="with commas, empty"),
    row([80, True], "bracket", ("[80,true]",), id="in brackets"),
    row([], "bracket", ("[]",), id="in brackets, empty"),
    row(["b", "a"], "lines", ("b,\na",), id="in lines"),
]


@pytest.mark.parametrize(("value", "list_style", "texts"), TEXTS)
def test_value_is_converted_to_texts(value: Any, list_style: str, texts: tuple[str, ...]) -> None:
    assert texts_of(value, list_style) == texts


@pytest.mark.parametrize(
    ("value", "list_style", "message"),
    [
        row([["a"]], "repeat", "only scalar values, not a list", id="list in a list"),
        row([{"a": 1}], "comma", "only scalar values, not a dictionary", id="dictionary in a list"),
        row({"a": ["b"]}, "repeat", "only scalar values, not a list", id="list in a dictionary"),
        row([None], "repeat", "only scalar values, not null", id="null in a list"),
        row("a\0", "repeat", "a text file cannot hold", id="zero byte"),
        row("\udce9", "repeat", "a text file cannot hold", id="half a character"),
        row(
            ["a,b"],
            "comma",
            "has an item that would not be read back: it is empty, or has a comma",
            id="comma in an item",
        ),
        row([" a"], "lines", "has an item", id="blank before an item"),
        row([""], "bracket", "has an item", id="empty item"),
        row(["a\nb"], "comma", "has an item", id="line break in an item"),
        row({"a:b": 1}, "repeat", "has a key with a colon", id="colon in a key"),
    ],
)
def test_value_that_would_not_be_read_back_is_refused(value: Any, list_style: str, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        texts_of(value, list_style)


def test_list_is_not_a_scalar_value() -> None:
    with pytest.raises(GlanceError, match="only scalar values, not a list"):
        plain(["a"])


REQUESTS = [
    row(
        {"options": {"a": {"x": 1}, 7: {8: "y"}}}, [Setting("a", "x", ("1",)), Setting("7", "8", ("y",))], id="options"
    ),
    row({"options": {"a": {"x": "$y"}}, "literal": True}, [Setting("a", "x", ("$$y",))], id="literal"),
    row({"secrets": {"a": {"x": "$y"}}}, [Setting("a", "x", ("$$y",))], id="secrets"),
    row({"options": {"a": {"x": [1, 2]}}, "list_style": "comma"}, [Setting("a", "x", ("1,2",))], id="style of lists"),
    row({"options": {"a": {"x": [1]}}, "append": True}, [Setting("a", "x", ("1",), append=True)], id="append"),
    row({"options": {"a": {"x": None}}, "append": True}, [Setting("a", "x", ())], id="null removes with append too"),
    row(
        {"options": {"a": {"x": 1}}, "commented_default": "replace"},
        [Setting("a", "x", ("1",), replace_default=True)],
        id="commented default",
    ),
    row(
        {"settings": [setting("x", 1), setting("y")]}, [Setting("a", "x", ("1",)), Setting("a", "y", ())], id="settings"
    ),
    row({"settings": [setting(value="$y", secret=True)]}, [Setting("a", "x", ("$$y",))], id="secret setting"),
    row(
        {"settings": [setting(value="$y", secret=True, literal=False)]},
        [Setting("a", "x", ("$y",))],
        id="secret setting with a reference",
    ),
    row(
        {"settings": [setting(value="$y", literal=False)], "literal": True},
        [Setting("a", "x", ("$y",))],
        id="setting with a reference",
    ),
    row(
        {"settings": [setting(value=[1, 2], list_style="bracket")]},
        [Setting("a", "x", ("[1,2]",))],
        id="style of one list",
    ),
    row({"settings": [setting(value=[1], append=False)], "append": True}, [Setting("a", "x", ("1",))], id="no append"),
    row({"settings": [setting(bare=True, literal=True)]}, [Setting("a", "x", (None,))], id="bare"),
    row(
        {"settings": [setting(value=1, commented_default="replace")]},
        [Setting("a", "x", ("1",), replace_default=True)],
        id="one commented default",
    ),
    row(
        {"options": {"a": {"y": 1}}, "settings": [setting(value=1)]},
        [Setting("a", "y", ("1",)), Setting("a", "x", ("1",))],
        id="settings after options",
    ),
]


@pytest.mark.parametrize(("params", "settings"), REQUESTS)
def test_parameters_become_settings(params: dict[str, Any], settings: list[Setting]) -> None:
    assert requested(**params).desired.settings == settings


def test_parameters_become_the_desired_state() -> None:
    request = requested(
        options={"gone": None, "empty": {}, "a": {"x": "1"}},
        secrets={"A": {"pin": "1"}},
        settings=[setting("token", "2", secret=True), setting("open", "$x")],
        exclusive="sections",
        keep=["a/*"],
        remove_empty=True,
        style="enforce",
    )
    desired = request.desired
    assert (desired.drop, set(desired.named)) == (["gone"], {"empty", "a", "A"})
    assert (desired.exclusive, desired.keep, desired.remove_empty, desired.style) == (
        "sections",
        ["a/*"],
        True,
        "enforce",
    )
    assert request.secrets == {Place("a", "pin"), Place("a", "token")}
    assert [str(each) for each in request.references] == ["a/x", "a/open"]


REFUSED = [
    row(
        "oslo", {"options": {"a": "x"}}, [r"options: \[a\] must be a dictionary of options, not a string"], id="section"
    ),
    row("oslo", {"options": {"a": {"x": [[1]]}}}, ["options: a/x must contain only scalar values"], id="value"),
    row(
        "oslo",
        {"settings": [setting(value=1), setting("y", [[1]])]},
        [r"settings\[1\]: a/y must contain"],
        id="value of a setting",
    ),
    row(
        "oslo",
        {"settings": [setting(value=1, bare=True)]},
        [r"settings\[0\]: a/x cannot be bare and have"],
        id="bare with a value",
    ),
    row("oslo", {"options": {"": {"x": 1}}}, ["'x' has no section, and oslo.config reads"], id="no section"),
    row(
        "generic",
        {"options": {"": None}},
        ["before the first section cannot be removed as a section"],
        id="no section, removed",
    ),
    row(
        "oslo",
        {"options": {"a": {"x": 1}}, "secrets": {"A": {"x": 1}}},
        ["A/x is specified twice, in options and in secrets"],
        id="twice",
    ),
    row(
        "ini",
        {"options": {"a": {"x": 1, "X": 1}}},
        ["a/X is specified twice, in options; specify"],
        id="twice in map",
    ),
    row(
        "oslo", {"options": {"a": None}, "secrets": {"A": {"x": 1}}}, [r"\[A\] is to be removed, but A/x"], id="removed"
    ),
    *(
        row("oslo", {"options": {name: {"x": 1}}}, ["is not a valid section name"], id=f"section {name!r}")
        for name in ("a]", "[a", " a", "#a", "a\nb", "a\0")
    ),
    *(
        row("oslo", {"options": {"a": {name: 1}}}, ["is not a valid option name"], id=f"option {name!r}")
        for name in ("", "a=", "a:", "[a", "#a", ";a", " a", "a\r")
    ),
    row(
        "oslo",
        {"options": {"a": {"x": [[1]]}, "b]": {"x=": 1}}},
        ["a/x must contain only scalar values, not a list", ".*section name", ".*option name"],
        id="all at once",
    ),
]


@pytest.mark.parametrize(("dialect", "params", "messages"), REFUSED)
def test_invalid_parameters_are_refused(dialect: str, params: dict[str, Any], messages: list[str]) -> None:
    with pytest.raises(GlanceError, match="; ".join(messages)) as refusal:
        requested(dialect, **params)
    assert str(refusal.value).endswith(". Nothing was changed.")


@pytest.mark.parametrize("section", ["", "composite:api", "a b", "a;b"])
def test_section_name_is_valid(section: str) -> None:
    assert requested("generic", options={section: {"x": 1}}).desired.settings == [Setting(section, "x", ("1",))]
