# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.osops.glance.plugins.module_utils._openstack.options import (
    CLOUD_OPTIONS,
    CloudModule,
    loader_arguments,
    sdk_arguments,
    secrets_of,
)

AUTH = {
    "auth_url": "http://controller:5000/v3",
    "username": "admin",
    "password": "s3cret",
    "project_name": "admin",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}
OPENRC = {f"OS_{name.upper()}": value for name, value in AUTH.items()}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, set()),
        ("sandbox", set()),
        ({"auth": AUTH}, {"s3cret"}),
        (OPENRC, {"s3cret"}),
        ({"auth": {"application_credential_secret": "a", "application_credential_id": "b", "token": "c"}}, {"a", "c"}),
        ({"auth": {"password": ""}}, set()),
        ({"auth": {"passcode": 123456}}, {"123456"}),
    ],
    ids=["nothing", "name", "entry", "openrc", "application-credential", "empty", "number"],
)
def test_secrets_are_detected_by_their_keys(value: Any, expected: set[str]) -> None:
    assert secrets_of(value) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"cloud": "sandbox"}, {"cloud": "sandbox"}),
        ({"cloud": OPENRC}, AUTH),
        ({"cloud": {**OPENRC, "OS_CLOUD": "sandbox"}}, {"cloud": "sandbox"}),
        ({"cloud": {**OPENRC, "OS_REGION_NAME": "A"}, "region_name": "B"}, {**AUTH, "region_name": "B"}),
        ({"cloud": {"auth": AUTH}}, {"auth": AUTH}),
        ({"cloud": {"auth": AUTH, "region_name": "A"}, "region_name": "B"}, {"auth": AUTH, "region_name": "B"}),
        ({"auth": AUTH, "auth_type": "v3password"}, {"auth": AUTH, "auth_type": "v3password"}),
        ({"validate_certs": False, "ca_cert": "/ca"}, {"verify": False, "cacert": "/ca"}),
        ({"client_cert": "/c", "client_key": "/k"}, {"cert": "/c", "key": "/k"}),
        ({"cloud": "sandbox", "name": "an option of the module"}, {"cloud": "sandbox"}),
        ({"cloud": {"auth": {**AUTH, "user_domain_id": None}, "cacert": ""}}, {"auth": AUTH}),
    ],
    ids=[
        "nothing",
        "name",
        "openrc",
        "openrc-names-a-cloud",
        "openrc-and-option",
        "entry",
        "entry-and-option",
        "auth",
        "certificates",
        "client",
        "other-options",
        "null-and-empty",
    ],
)
def test_options_are_converted_to_those_of_openstacksdk(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sdk_arguments({**dict.fromkeys(CLOUD_OPTIONS), **options}) == expected


@pytest.mark.parametrize("given", [{"auth": AUTH}, OPENRC], ids=["entry", "openrc"])
def test_secrets_of_the_cloud_are_neither_logged_nor_printed(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(CloudModule, "log", lambda self, message, log_args: logged.append(f"{message} {log_args}"))

    # The options in the output: since ansible-core 2.21 only on request.
    request = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}

    def module(**more: str) -> None:
        arguments = {"ANSIBLE_MODULE_ARGS": {"cloud": given, **request, **more}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        CloudModule(argument_spec=CLOUD_OPTIONS)

    module()
    with pytest.raises(SystemExit):
        module(unknown="option")

    printed = capsys.readouterr().out
    assert "http://controller:5000/v3" in logged[0]
    assert "http://controller:5000/v3" in printed
    assert "s3cret" not in logged[0] + printed


@pytest.mark.parametrize(
    ("cloud", "expected"),
    [
        (None, {}),
        ("sandbox", {}),
        ({"auth": AUTH}, {"load_envvars": False, "load_yaml_config": False}),
        (OPENRC, {"load_envvars": False, "load_yaml_config": False}),
        ({"OS_CLOUD": "here"}, {"load_envvars": False}),
        (
            {"OS_CLOUD": "here", "OS_CLIENT_CONFIG_FILE": "/c.yaml"},
            {"load_envvars": False, "config_files": ["/c.yaml"]},
        ),
    ],
    ids=["nothing", "name", "entry", "openrc", "openrc-names-a-cloud", "openrc-names-a-file"],
)
def test_only_complete_clouds_ignore_environment_and_files(cloud: Any, expected: dict[str, Any]) -> None:
    assert loader_arguments(cloud) == expected
