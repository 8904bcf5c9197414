# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._mysql import session
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash
from ansible_collections.osops.glance.plugins.modules import database
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.fakes import (
    OPTIONS,
    PASSWORD,
    FakeCursor,
    FakeError,
    FakeServer,
    Run,
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()

    def connect(**arguments: Any) -> Any:
        fake.arguments = arguments
        if "login" in fake.failures:
            raise fake.failures["login"]
        return SimpleNamespace(
            close=lambda: None,
            cursor=lambda: FakeCursor(fake),
            thread_id=lambda: 7,
            set_charset=fake.charsets.append,
        )

    driver = SimpleNamespace(connect=connect, MySQLError=FakeError, cursors=SimpleNamespace(DictCursor=None))
    monkeypatch.setattr(session, "load_driver", lambda: driver)
    return fake


@pytest.fixture
def run(server: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the module and returns its result."""

    def run_module(check: bool = False, **options: Any) -> Any:
        arguments = {"ANSIBLE_MODULE_ARGS": {**OPTIONS, **options, "_ansible_check_mode": check, "_ansible_diff": True}}
        arguments["ANSIBLE_MODULE_ARGS"]["config_file"] = "/no/such/file"
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        monkeypatch.setattr(
            basic.AnsibleModule, "warn", lambda _module, text, **_more: server.issued_warnings.append(text)
        )
        with pytest.raises(SystemExit):
            database.main()
        result = json.loads(capsys.readouterr().out)
        # Ansible adds the arguments, with the `no_log` ones masked.
        result.pop("invocation", None)
        assert "s3same" not in json.dumps(result)
        assert native_password_hash(PASSWORD) not in json.dumps(result)
        return result

    return run_module


def policy(password: str) -> list[str]:
    return ["simple_password_check: Not enough upper case letters (< 1)"] if password == password.lower() else []


@pytest.fixture
def validating_server(server: FakeServer) -> FakeServer:
    """Return a server with a password validation plugin, which refuses hashes."""
    server.variables["strict_password_validation"] = "ON"
    server.policy = policy
    return server
