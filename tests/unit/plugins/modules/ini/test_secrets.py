# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in requests and files. run() searches the canary in all output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    CANARY,
    OPTIONS,
    converge,
    fails,
    log_messages,
    row,
    run,
    state,
    written,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.schemas import SCHEMA

HIDDEN = "VALUE HIDDEN"
URL = f"mysql+pymysql://glance:{CANARY}@controller/glance"
SECRET_FILE = f"""\
[database]
# connection = {URL}
connection = {URL}
x = 1
# see {URL} for more
y = 1
[keystone_authtoken]
password = {CANARY}
pin = {CANARY}-old
x = 1
"""
IN_PEM = f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----"
NEAR = {"database": {"x": "2", "y": "2"}, "keystone_authtoken": {"x": "2"}}


SECRETS = [
    row({"secrets": {"keystone_authtoken": {"pin": CANARY}}}, id="request, among the secrets"),
    row(
        {"settings": [{"section": "keystone_authtoken", "option": "pin", "value": CANARY, "secret": True}]},
        id="request, as a secret setting",
    ),
    row(
        {"settings": [{"section": "a", "option": "admin_token", "value": CANARY}]},
        id="request, as a setting by name",
    ),
    row({"options": {"keystone_authtoken": {"admin_password": CANARY}}}, id="request, by name"),
    row({"options": {"oslo_messaging": {"transport_url": URL}, "x": {"link": URL}}}, id="request, by its form"),
    row({"options": {"billing": {"account": CANARY}}, "redact": ["^billing/acc"]}, id="request, by redact"),
    row(
        {"secrets": {"a": {"many": [CANARY, f"{CANARY}2"]}, "b": {"more": {"k": CANARY}}}},
        id="request, structures",
    ),
    row({"secrets": {"ssl": {"pem": IN_PEM}}}, id="request, lines"),
    row(
        {"options": {"a": {"x": f"the same as {CANARY}"}}, "secrets": {"b": {"x": CANARY}}},
        id="request, also in another value",
    ),
    row({"secrets": {"keystone_authtoken": {"pin": "new-secret"}}}, id="old file, secret by request"),
    row({"secrets": {"Keystone_AuthToken": {"pin": "k9"}}}, id="old file, section in another case"),
    row({"options": {"keystone_authtoken": {"password": "1"}}}, id="old file, secret by name"),
    row({"options": {"keystone_authtoken": {"password": None}, "database": None}}, id="old file, removed"),
    row({"secrets": {"keystone_authtoken": {"pin": None}}}, id="old file, removed by request"),
    row({"options": NEAR}, id="unrelated lines, near the change"),
    row({"options": NEAR, "exclusive": "file", "keep": ["*/pin"]}, id="unrelated lines, removed"),
    row({"options": NEAR, "base": SECRET_FILE.replace("x = 1", "x = 0")}, id="unrelated lines, replaced file"),
    row({"base": "[a]\nx = 1\n"}, id="unrelated lines, removed with the old file"),
    row({"options": NEAR, "backup": True}, id="backup"),
    row(
        {"options": NEAR, "environment": {"OS_DATABASE__CONNECTION": URL, "OS_A__PASSWORD": CANARY}},
        id="environment",
    ),
]


@pytest.mark.parametrize("params", SECRETS)
def test_secret_is_not_printed(tmp_path: Path, params: dict[str, Any]) -> None:
    pin = f"pin = {CANARY}-old\n" if "pin" in json.dumps(params) else ""
    conf = written(tmp_path, SECRET_FILE.replace(f"pin = {CANARY}-old\n", pin))
    result = converge(conf, **params)
    assert result["changed"]
    # run() searched a log that is not empty.
    assert any("Invoked with" in line for line in log_messages)
    assert any(str(conf) in line and "Invoked" not in line for line in log_messages)


SECRET_FAILURES = [
    row(
        {"validate": "sh -c 'cat $0; exit 1' %s", "secrets": {"a": {"pin": CANARY}}},
        id="validator prints the secret",
    ),
    row({"validate": "sh -c 'cat $0 >&2; exit 1' %s", "options": NEAR}, id="validator prints the old content"),
    row(
        {"validate": "sh -c 'cat $0; exit 1' %s", "secrets": {"ssl": {"pem": IN_PEM}}},
        id="validator prints a secret of many lines",
    ),
    row({"secrets": CANARY}, id="secrets are not a dictionary"),
    row({"secrets": {"a": CANARY}}, id="secrets of a section are not a dictionary"),
    row({"options": {"a": {"password": [[CANARY]]}}}, id="lists within lists"),
    row({"secrets": {"a": {"pin": f"{CANARY}\n\n{CANARY}"}}}, id="secret that cannot be written"),
    row({"secrets": {"a": {"pin": f"{CANARY}\0"}}}, id="secret with a null byte"),
    row(
        {"options": {"a": {"password": f"{CANARY}, {CANARY}"}}, "secrets": {"a": {"password": CANARY}}},
        id="secret specified twice",
    ),
    row({"secrets": {"a": {"pin": CANARY}}, "redact": ["("]}, id="invalid pattern"),
    row(
        {"options": {"b": {"account": CANARY}}, "redact": ["b/account", "("]},
        id="invalid pattern in addition to a valid one",
    ),
    row({"options": {"a": {"password": CANARY}}, "style": "none"}, id="invalid choice"),
    row({"options": {"a": {"password": CANARY}}, "no_such": 1}, id="unknown parameter"),
    row({"base": f"[a]\n{CANARY}\n"}, id="base that cannot be read"),
    row({"environment": CANARY}, id="environment is not a dictionary"),
    row(
        {"settings": [{"section": "a", "option": "x", "value": CANARY, "bare": True, "secret": True}]},
        id="contradictory setting",
    ),
    row(
        {"settings": [{"section": "a", "option": "password", "value": CANARY, "secret": "maybe"}]},
        id="setting of a wrong type",
    ),
    row({"validate": "/no/validator %s", "secrets": {"a": {"pin": CANARY}}}, id="validator is absent"),
    row(
        {"schema": "{dir}/schema.json", "schema_policy": "error", "secrets": {"a": {"choice": "canary-zq9"}}},
        id="secret that the schema refuses",
    ),
    row({"schema": "{dir}/glance-api.conf", "options": NEAR}, id="invalid schema"),
]


@pytest.mark.parametrize("params", SECRET_FAILURES)
def test_failure_does_not_print_secrets(tmp_path: Path, params: dict[str, Any]) -> None:
    conf = written(tmp_path, SECRET_FILE)
    written(tmp_path, json.dumps(SCHEMA), "schema.json")
    given = {name: value.format(dir=tmp_path) if name == "schema" else value for name, value in params.items()}
    before = state(conf)
    assert run(conf, **given).get("failed")
    assert state(conf) == before


@pytest.mark.parametrize("line", [CANARY, f" {CANARY} = 1", f"[{CANARY}", f"= {CANARY}"])
def test_unreadable_line_is_not_printed(tmp_path: Path, line: str) -> None:
    conf = written(tmp_path, f"{line}\n")
    assert "x.conf:1: " in fails(conf.rename(tmp_path / "x.conf"), options=OPTIONS)


def test_reference_in_a_secret_is_not_printed(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n")
    converge(conf, options={"a": {"password": "x$canary-zq9"}})


def test_secret_with_a_dash_in_its_name_is_not_printed(tmp_path: Path) -> None:
    conf = written(tmp_path, f"[a]\nmy_pin = {CANARY}\n")
    result = converge(conf, secrets={"a": {"my-pin": "k9"}})
    assert [(change["before"], change["after"]) for change in result["changes"]] == [(HIDDEN, HIDDEN)]


def test_secret_whose_name_has_another_case_is_not_printed(tmp_path: Path) -> None:
    conf = written(tmp_path, f"[a]\nMyPin = {CANARY}\nx = 1\n")
    converge(conf, secrets={"a": {"mypin": "k9"}}, options=OPTIONS, dialect="ini")


def test_names_of_secrets_and_other_values_are_printed(tmp_path: Path) -> None:
    conf = written(tmp_path, f"[a]\n# password = {CANARY}\npassword = {CANARY}\nx = 1\n")
    result = converge(conf, options=OPTIONS, secrets={"a": {"password": "new"}})
    assert result["diff"][0]["prepared"].splitlines()[2:] == [
        "@@ -2,3 +2,3 @@ [a]",
        f" # password = {HIDDEN}",
        f"-password = {HIDDEN}",
        f"+password = {HIDDEN}",
        "-x = 1",
        "+x = 2",
    ]
    assert f"{conf}: a/x updated, a/password updated" in log_messages


ONE_LETTER = [
    row({"secrets": {"a": {"password": "e"}}, "options": OPTIONS}, id="in secrets"),
    row({"options": {"a": {"password": "e", "x": "2"}}}, id="by name"),
    row(
        {"settings": [{"section": "a", "option": "password", "value": "e", "secret": True}], "options": OPTIONS},
        id="as a setting",
    ),
]


@pytest.mark.parametrize("params", ONE_LETTER)
def test_secret_of_one_letter_hides_nothing_else(tmp_path: Path, params: dict[str, Any]) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n# some more letters\n")
    result = converge(conf, **params)
    assert {(change["option"], change["before"], change["after"]) for change in result["changes"]} == {
        ("password", None, HIDDEN),
        ("x", "1", "2"),
    }
    assert "# some more letters" in result["diff"][0]["prepared"]
    assert result["path"] == str(conf)
    assert "*" not in json.dumps(result)


def test_secret_of_one_letter_is_not_removed_from_messages(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx\n")
    assert "the line has neither = nor :" in fails(conf, secrets={"a": {"password": "e"}})
    assert "`redact` has an invalid regular" in fails(conf, secrets={"a": {"password": "e"}}, redact=["("])
