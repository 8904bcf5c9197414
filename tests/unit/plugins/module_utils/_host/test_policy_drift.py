# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.policy_drift import (
    foreign_file_warning,
    policy_warnings,
    rules_in,
)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param('{"add_image": "", "get_image": "!"}', ["add_image", "get_image"], id="JSON"),
        pytest.param("[1]", [], id="JSON without rules"),
        pytest.param('"add_image": ""\nget_image: "!"\n#delete_image: ""\n', ["add_image", "get_image"], id="YAML"),
        pytest.param("", [], id="empty"),
    ],
)
def test_names_of_rules_are_read(text: str, rules: list[str]) -> None:
    assert rules_in(text) == rules


def test_overridden_rules_are_reported() -> None:
    assert "It overrides" not in foreign_file_warning("/p", ["a", "b"])
    assert "It overrides these rules of glance_api_policy: b." in foreign_file_warning("/p", ["a", "b"], ["b", "c"])


def test_empty_policy_has_no_warnings() -> None:
    assert not list(policy_warnings({}, lambda _path, _content: False))


def test_file_of_a_package_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('"add_image": ""\n')
    policy = {"path": str(tmp_path / "osops-glance.json"), "rules": {}}
    assert len(list(policy_warnings(policy, lambda _path, _content: False))) == 1
    assert not list(policy_warnings(policy, lambda _path, _content: True))
