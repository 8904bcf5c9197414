# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask, mask_for, masked_parameters

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
def test_secret_is_recognized_by_its_name(option: str, is_secret: bool) -> None:
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
    row({}, "x", "http://h:80/u p@h", False, id="no account before the host"),
    row({}, "x", "a@b.c", False, id="address"),
    row({}, "password", "True", False, id="boolean with the name of a password"),
    row({}, "password", None, False, id="null"),
    row({"places": {Place("a", "x")}}, "x", "true", True, id="boolean that was declared secret"),
    row({"places": {Place("b", "x")}}, "x", "1", False, id="secret of another section"),
    row({"declared": ["long", "abc", None]}, "x", "so long!", True, id="known secret in something else"),
    row({"declared": ["abc"]}, "x", "abc", False, id="short secret in something else"),
    row({}, "x", ["mysql://u:p@h"], True, id="within a structure"),
]


@pytest.mark.parametrize(("arguments", "option", "value", "is_secret"), VALUES)
def test_secret_is_recognized_by_place_or_form(
    arguments: dict[str, Any], option: str, value: Any, is_secret: bool
) -> None:
    assert Mask(**arguments).value("a", option, value) == (SECRET if is_secret else value)


def test_secrets_in_other_output_are_masked() -> None:
    mask = Mask(declared=["secret", "secret2"])
    mask.add_secrets_of(document("[a]\npassword = of-the-file\ntoken = short\npin = 4711\n"))
    assert mask.text("secret2 of-the-file\n short 4711 mysql://u:p@h") == f"{SECRET} {SECRET}\n short 4711 {SECRET}"


def test_each_line_of_a_secret_is_masked() -> None:
    assert Mask(declared=["first\nsecond\nabc"]).text("x = first\n    second\n    abc") == (
        f"x = {SECRET}\n    {SECRET}\n    abc"
    )


def test_secret_is_recognized_by_the_name_of_the_dialect() -> None:
    mask = Mask(places={Place("a", "pin")})
    mask.add_secrets_of(document("[a]\nPIN = 12345678\n", "ini"))
    assert mask.text("12345678") == SECRET


@pytest.mark.parametrize(("pattern", "is_secret"), [("^A/x$", True), ("x", True), ("^x$", False)])
def test_secret_is_recognized_by_a_pattern(pattern: str, is_secret: bool) -> None:
    assert Mask().add_patterns(["y", pattern]).value("a", "x", "1") == (SECRET if is_secret else "1")


def test_invalid_pattern_is_refused() -> None:
    with pytest.raises(GlanceError, match="`redact` has an invalid regular expression: missing"):
        Mask().add_patterns(["("])


def task(**params: Any) -> dict[str, Any]:
    return {"options": {}, "secrets": {}, "settings": [], "redact": [], "environment": {}, "base": None, **params}


DECLARED = [
    row({"secrets": {"a": {"x": "pa$word"}}}, id="secrets"),
    row({"secrets": {"a": {"x": ["1", {"k": "pa$word"}], "y": None}, "b": None}}, id="structures in secrets"),
    row({"settings": [{"section": "a", "option": "x", "secret": True, "value": "pa$word"}]}, id="secret setting"),
]


@pytest.mark.parametrize("params", DECLARED)
def test_secrets_of_a_task_are_masked_as_specified_and_as_written(params: dict[str, Any]) -> None:
    mask = mask_for(task(**params))
    assert mask.text("pa$word pa$$word") == f"{SECRET} {SECRET}"


def test_other_values_of_a_task_are_not_masked() -> None:
    mask = mask_for(task(options={"a": {"x": "value"}}, settings=[{"secret": False, "value": "value"}]))
    assert mask.text("value") == "value"


MASKED = [
    row(
        "options",
        {"a": {"x": "1", "password": "2", "l": ["u:p@h"]}, "b": None},
        {"a": {"x": "1", "password": SECRET, "l": SECRET}, "b": None},
        id="options",
    ),
    row("options", {"a": "what"}, {"a": "what"}, id="options of the wrong type"),
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


@pytest.mark.parametrize(("parameter", "value", "masked"), MASKED)
def test_parameters_of_a_task_are_masked(parameter: str, value: Any, masked: Any) -> None:
    params = task(**{parameter: value})
    assert masked_parameters(params, Mask()) == {**task(), parameter: masked}
