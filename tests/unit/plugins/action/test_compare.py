# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.action.compare import ActionModule
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import trust
from tests import plans

GATHERED = {"__glance_gathered": {}, "ansible_facts": {"osops_glance": dict(plans.host_of(is_installed=True).facts)}}


def run(monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], **variables: Any) -> tuple[dict[str, Any], Any]:
    """Return the result of the action, and the options of the module."""
    passed: list[Any] = []

    def execute(_self: Any, name: str, module_args: Any, task_vars: Any) -> dict[str, Any]:
        passed.append((name, module_args))
        return dict(result)

    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr(ActionModule, "_execute_module", execute)
    groups = {"glance_api": ["c1"]}
    given = trust({"inventory_hostname": "c1", "groups": groups, "hostvars": {"c1": {}}, **plans.SECRETS, **variables})
    plugin = ActionModule.__new__(ActionModule)
    plugin._templar = ansible.template.Templar(loader=DataLoader(), variables=given)
    return plugin.run(task_vars=given), passed[0]


def test_options_of_the_module_are_those_of_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    result, (name, options) = run(monkeypatch, {"differences": {}, "changed": False}, **GATHERED)
    assert name == "osops.glance.compare"
    modules = [resource["module"] for resource in options["resources"]]
    assert list(dict.fromkeys(modules)) == ["ini", "db_sync", "service", "database", "keystone_service"]
    assert result["parts"]["schema"] == "in sync"
    assert result["_ansible_verbose_always"] is True


def test_result_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    returned = {"differences": {"schema": ["create schema"]}, "invocation": {"module_args": plans.SECRETS}}
    result, _passed = run(monkeypatch, returned, **GATHERED)
    assert not any(secret in repr(result) for secret in plans.SECRETS.values())
    assert result["parts"]["schema"] == "create schema"


def test_failed_comparison_compares_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _passed = run(monkeypatch, {"failed": True, "msg": "Keystone does not respond"}, **GATHERED)
    assert result == {"failed": True, "msg": "Keystone does not respond"}


def test_facts_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleActionFail, match="The facts of this host were not gathered"):
        run(monkeypatch, {})
