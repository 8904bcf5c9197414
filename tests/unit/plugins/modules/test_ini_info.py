# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ini_info on real files."""

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
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the module on a file with a text."""
    path = tmp_path / "glance-api.conf"

    def run_module(text: str | None = TEXT, **params: Any) -> Any:
        if text is not None:
            path.write_bytes(text.encode())
        arguments = {"ANSIBLE_MODULE_ARGS": {"path": str(path), **params}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        monkeypatch.setattr(basic.AnsibleModule, "log", lambda *_arguments, **_keymessage: None)
        with pytest.raises(SystemExit):
            ini_info.main()
        return json.loads(capsys.readouterr().out)

    return run_module


def test_all_options_are_returned_and_secrets_are_hidden(run: Run) -> None:
    result = run()
    assert result["options"] == {
        "DEFAULT": {"bind_host": "0.0.0.0", "bind_port": ["9292", "9293"], "hosts": "a,\nb"},
        "pci": {"alias": ["x", "y"]},
        "keystone_authtoken": {"username": "glance", "password": HIDDEN, "memcache_url": HIDDEN},
    }
    assert result["sections"] == ["DEFAULT", "pci", "keystone_authtoken"]
    assert (result["changed"], result["exists"]) == (False, True)


@pytest.mark.parametrize(
    ("options", "values"),
    [
        pytest.param({"DEFAULT": ["bind_host", "debug"]}, {"DEFAULT": {"bind_host": "0.0.0.0"}}, id="existing options"),
        pytest.param({"pci": None}, {"pci": {"alias": ["x", "y"]}}, id="all of a section"),
        pytest.param({"PCI": ["alias"]}, {"pci": {"alias": ["x", "y"]}}, id="a section in another spelling"),
        pytest.param({"nothing": None}, {}, id="absent section"),
        pytest.param({}, {}, id="nothing"),
    ],
)
def test_requested_options_are_returned(run: Run, options: dict[str, Any], values: dict[str, Any]) -> None:
    assert run(options=options)["options"] == values


def test_secrets_are_returned_on_request(run: Run) -> None:
    result = run(reveal=True, options={"keystone_authtoken": ["password"]})
    assert result["options"] == {"keystone_authtoken": {"password": "s3same"}}


def test_additional_patterns_hide_values(run: Run) -> None:
    assert run(redact=["^pci/"], options={"pci": None})["options"] == {"pci": {"alias": [HIDDEN, HIDDEN]}}


def test_options_without_a_value_are_null(run: Run) -> None:
    result = run("x = 1\n[mysqld]\nskip-name-resolve\n", dialect="generic")
    assert result["options"] == {"": {"x": "1"}, "mysqld": {"skip-name-resolve": None}}


def test_absent_file_has_no_options(run: Run) -> None:
    result = run(None)
    assert (result["exists"], result["options"], result["sections"]) == (False, {}, [])


@pytest.mark.parametrize(
    ("text", "params", "message"),
    [
        pytest.param(
            "[a]\nx\n", {}, "glance-api.conf:2: the line has neither = nor :", id="unreadable for oslo.config"
        ),
        pytest.param("\0", {}, "is not a text file", id="not text"),
        pytest.param(TEXT, {"redact": ["("]}, "`redact` has an invalid regular expression", id="invalid pattern"),
    ],
)
def test_invalid_file_or_pattern_is_refused(run: Run, text: str, params: dict[str, Any], message: str) -> None:
    result = run(text, **params)
    assert result["failed"]
    assert message in result["msg"]


@pytest.mark.parametrize("name", [each["name"] for each in yaml.safe_load(ini_info.EXAMPLES)])
def test_example_runs(run: Run, name: str) -> None:
    example = next(each for each in yaml.safe_load(ini_info.EXAMPLES) if each["name"] == name)
    params = example.get("osops.glance.ini_info")
    if params:
        result = run(
            "[DEFAULT]\nbind_port = 1\n[keystone_authtoken]\npassword = x\n",
            **{name: value for name, value in params.items() if name != "path"},
        )
        assert not result.get("failed")
        assert result["options"]
