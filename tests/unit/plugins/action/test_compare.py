# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace
from typing import Any, Callable, Mapping

import ansible.template
import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.action import compare
from ansible_collections.osops.glance.plugins.action.compare import ActionModule
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import trust
from tests import plans

FACTS = dict(plans.host_of(is_installed=True).facts)
GATHERED = {"osops_glance": FACTS}
DEPLOYED = MappingProxyType(FACTS)
MATCHING: dict[str, Any] = {"changed": False, "differences": {}, "errors": [], "ansible_facts": GATHERED}


def run(
    monkeypatch: pytest.MonkeyPatch,
    *results: dict[str, Any],
    expected: Mapping[str, Any] | None = DEPLOYED,
    output_of: Callable[..., str] = lambda *_arguments: "output",
    **variables: Any,
) -> tuple[dict[str, Any], list[Any]]:
    """Return the result of the action, and the resources of each run of the module.

    results: of each run of the module.
    expected: the facts that the output of the shell command makes probable.
    """
    passed: list[Any] = []
    remaining = list(results)

    def execute(_self: Any, name: str, module_args: Any, task_vars: Any) -> dict[str, Any]:
        assert name == "osops.glance.compare"
        passed.append(module_args["resources"])
        return dict(remaining.pop(0))

    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr(ActionModule, "_execute_module", execute)
    monkeypatch.setattr(ActionModule, "_output_of", output_of)
    monkeypatch.setattr(compare, "expected_facts", lambda _output, _checks: expected)
    groups = {"glance_api": ["c1"]}
    given = trust({"inventory_hostname": "c1", "groups": groups, "hostvars": {"c1": {}}, **plans.SECRETS, **variables})
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = SimpleNamespace(tags=["always", "preflight"])
    plugin._templar = ansible.template.Templar(loader=DataLoader(), variables=given)
    result = plugin.run(task_vars=given)
    assert not remaining
    return result, passed


def modules(resources: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(resource["module"] for resource in resources))


COMPARED = ["ini", "db_sync", "service", "database", "keystone_service"]


def test_deployed_host_is_checked_and_compared_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    result, [resources] = run(monkeypatch, MATCHING)
    assert modules(resources) == ["preflight", *COMPARED]
    assert resources[0]["precondition"]
    assert result["parts"]["schema"] == "in sync"
    assert result["ansible_facts"] == GATHERED


@pytest.mark.parametrize("expected", [None, {**FACTS, "existing_files": ["/etc/glance/policy.d"]}])
def test_other_facts_than_expected_are_compared_again(
    monkeypatch: pytest.MonkeyPatch, expected: dict[str, Any] | None
) -> None:
    """What was compared for other facts counts for nothing, neither the matches nor the errors."""
    first = {**MATCHING, "errors": ["wrong"], "warnings": ["slow"]}
    second = {"changed": False, "differences": {"schema": ["create schema"]}, "errors": [], "warnings": ["lost"]}
    result, [_checks, resources] = run(monkeypatch, first, second, expected=expected)
    assert modules(resources) == COMPARED
    assert result["parts"]["schema"] == "create schema"
    assert result["parts"]["service"] == "in sync"
    assert result["warnings"] == ["slow", "lost"]
    assert result["ansible_facts"] == GATHERED
    assert "failed" not in result


def test_result_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    returned = {**MATCHING, "invocation": {"module_args": plans.SECRETS}}
    result, _passed = run(monkeypatch, returned)
    assert not any(secret in repr(result) for secret in plans.SECRETS.values())


@pytest.mark.parametrize("expected", [None, FACTS])
def test_failed_check_compares_no_part(monkeypatch: pytest.MonkeyPatch, expected: dict[str, Any] | None) -> None:
    result, _passed = run(monkeypatch, {"failed": True, "msg": "No space"}, expected=expected)
    assert result == {"failed": True, "msg": "No space"}


def test_failed_second_run_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _passed = run(monkeypatch, MATCHING, {"failed": True, "msg": "No memory"}, expected=None)
    assert (result["failed"], result["msg"]) == (True, "No memory")
    assert "parts" not in result


def test_errors_of_required_parts_are_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _passed = run(monkeypatch, {**MATCHING, "errors": ["no database", "no Keystone"]})
    assert (result["failed"], result["msg"]) == (True, "no database\nno Keystone")


def test_variables_that_do_not_suit_the_release_are_left_to_the_next_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_host: Any) -> None:
        raise GlanceError("no such server in this release")

    monkeypatch.setattr(compare, "parts_of", refuse)
    result, [resources] = run(monkeypatch, MATCHING)
    assert modules(resources) == ["preflight"]
    assert result["parts"] == {}


def test_invalid_variable_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleActionFail, match="glance_api_timeout"):
        run(monkeypatch, glance_api_timeout="soon")


def no_connection(*_arguments: Any) -> str:
    raise AnsibleConnectionFailure("no route to host")


CLUSTER = {"glance_api": ["c1", "c2"], "glance_database": ["db"], "glance_admin": ["db"]}


def test_host_that_cannot_be_reached_is_left_out_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"groups": CLUSTER, "hostvars": {"c1": {}, "c2": {}, "db": {}}}
    result, _runs = run(monkeypatch, output_of=no_connection, glance_skip_unreachable="true", **variables)
    assert result == {"left_out": "no route to host"}
    with pytest.raises(AnsibleConnectionFailure):
        run(monkeypatch, output_of=no_connection, **variables)


def test_host_that_the_deployment_needs_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleConnectionFailure):
        run(monkeypatch, output_of=no_connection, glance_skip_unreachable=True)
