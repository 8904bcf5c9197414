# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file says, told as its program reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.modules import ini_info

TEXT = """\
[DEFAULT]
#debug = false
bind_host: 0.0.0.0
bind_port = "9292"
hosts = a,
  b
[pci]
alias = x
alias = y
[DEFAULT]
bind_port = 9293
[keystone_authtoken]
username = glance
password = s3same
memcache_url = memcached://u:s3same@h
"""
HIDDEN = "VALUE HIDDEN"
Ask = Callable[..., Any]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return what runs the module on a file with this text."""
    path = tmp_path / "glance-api.conf"

    def run(text: str | None = TEXT, **params: Any) -> Any:
        if text is not None:
            path.write_bytes(text.encode())
        arguments = {"ANSIBLE_MODULE_ARGS": {"path": str(path), **params}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        monkeypatch.setattr(basic.AnsibleModule, "log", lambda *_arguments, **_keywords: None)
        with pytest.raises(SystemExit):
            ini_info.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_everything_is_told_and_secrets_are_hidden(ask: Ask) -> None:
    told = ask()
    assert told["values"] == {
        "DEFAULT": {"bind_host": "0.0.0.0", "bind_port": ["9292", "9293"], "hosts": "a,\nb"},
        "pci": {"alias": ["x", "y"]},
        "keystone_authtoken": {"username": "glance", "password": HIDDEN, "memcache_url": HIDDEN},
    }
    assert told["sections"] == ["DEFAULT", "pci", "keystone_authtoken"]
    assert (told["changed"], told["exists"]) == (False, True)


@pytest.mark.parametrize(
    ("options", "values"),
    [
        pytest.param({"DEFAULT": ["bind_host", "debug"]}, {"DEFAULT": {"bind_host": "0.0.0.0"}}, id="what is there"),
        pytest.param({"pci": None}, {"pci": {"alias": ["x", "y"]}}, id="all of a section"),
        pytest.param({"PCI": ["alias"]}, {"pci": {"alias": ["x", "y"]}}, id="a section in another spelling"),
        pytest.param({"nothing": None}, {}, id="a section that is not there"),
        pytest.param({}, {}, id="nothing"),
    ],
)
def test_what_is_asked_for_is_told(ask: Ask, options: dict[str, Any], values: dict[str, Any]) -> None:
    assert ask(options=options)["values"] == values


def test_secrets_are_told_on_request(ask: Ask) -> None:
    told = ask(reveal=True, options={"keystone_authtoken": ["password"]})
    assert told["values"] == {"keystone_authtoken": {"password": "s3same"}}


def test_more_names_can_be_secret(ask: Ask) -> None:
    assert ask(redact=["^pci/"], options={"pci": None})["values"] == {"pci": {"alias": [HIDDEN, HIDDEN]}}


def test_options_without_a_value_are_null(ask: Ask) -> None:
    told = ask("x = 1\n[mysqld]\nskip-name-resolve\n", dialect="generic")
    assert told["values"] == {"": {"x": "1"}, "mysqld": {"skip-name-resolve": None}}


def test_file_that_is_not_there_says_nothing(ask: Ask) -> None:
    told = ask(None)
    assert (told["exists"], told["values"], told["sections"]) == (False, {}, [])


@pytest.mark.parametrize(
    ("text", "params", "words"),
    [
        pytest.param("[a]\nx\n", {}, "glance-api.conf:2: there is neither = nor : in it", id="no file of oslo.config"),
        pytest.param("\0", {}, "is not a text file", id="no text"),
        pytest.param(
            TEXT, {"redact": ["("]}, "`redact` holds something that is no regular expression", id="no pattern"
        ),
    ],
)
def test_what_cannot_be_read_is_refused(ask: Ask, text: str, params: dict[str, Any], words: str) -> None:
    told = ask(text, **params)
    assert told["failed"]
    assert words in told["msg"]


@pytest.mark.parametrize("name", [each["name"] for each in yaml.safe_load(ini_info.EXAMPLES)])
def test_examples_run(ask: Ask, name: str) -> None:
    example = next(each for each in yaml.safe_load(ini_info.EXAMPLES) if each["name"] == name)
    params = example.get("osops.glance.ini_info")
    if params:
        told = ask(
            "[DEFAULT]\nbind_port = 1\n[keystone_authtoken]\npassword = x\n",
            **{name: value for name, value in params.items() if name != "path"},
        )
        assert not told.get("failed")
        assert told["values"]
