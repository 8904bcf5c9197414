# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._host.policy_file import PolicyFile, rule_step, rules_of

OPTIONS: dict[str, Any] = {"path": {"type": "path"}, "rules": {"type": "dict", "default": {}}}


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "policy.d/local.json"


def policy_file(monkeypatch: pytest.MonkeyPatch, path: Path, rules: dict[str, Any]) -> PolicyFile:
    monkeypatch.setattr(basic, "_load_params", lambda: {"path": str(path), "rules": rules})
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    return PolicyFile(basic.AnsibleModule(OPTIONS, no_log=True, add_file_common_args=True))


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (None, {}),
        (b"", {}),
        (b'{"add_image": ""}', {"add_image": ""}),
        (b"add_image: ''", {}),
        (b"[]", {}),
    ],
)
def test_rules_are_those_of_a_json_object(content: bytes | None, rules: dict[str, Any]) -> None:
    assert rules_of(content) == rules


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [(None, "", "create"), ("", "role:admin", "update"), ("role:admin", None, "remove")],
)
def test_step_has_the_action(before: str | None, after: str | None, action: str) -> None:
    step = rule_step("add_image", before, after)
    assert (step.resource, step.action) == ("add_image", action)
    assert [step.before, step.after] == [value if value is None else {"check": value} for value in (before, after)]


def test_plan_is_empty_after_it_was_applied(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    file = policy_file(monkeypatch, path, {"add_image": "role:admin"})
    plan = file.plan()
    assert plan.steps == (Step("add_image", "create", None, {"check": "role:admin"}),)
    file.apply(plan)
    assert path.read_text() == '{\n    "add_image": "role:admin"\n}\n'
    assert not file.plan().steps


def test_file_is_removed_without_rules(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("{}")
    file = policy_file(monkeypatch, path, {})
    plan = file.plan()
    assert plan.actions() == {"file": "remove"}
    file.apply(plan)
    assert not path.exists()


def test_rule_that_is_not_a_string_is_refused(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    with pytest.raises(GlanceError, match="add_image must be a string such as 'role:admin', not True"):
        policy_file(monkeypatch, path, {"add_image": True})
