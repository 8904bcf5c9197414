# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options.policies import load, policy_problems
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import RELEASES


def test_rules_name_existing_releases() -> None:
    assert {release for span in load().values() for release in span} <= {"", *RELEASES}


@pytest.mark.parametrize(
    ("policy", "release", "problems"),
    [
        pytest.param({}, "icehouse", [], id="no rules"),
        pytest.param({"publicize_image": "role:admin"}, "kilo", [], id="the first release that reads a directory"),
        pytest.param({"publicize_image": "role:admin"}, None, [], id="an unknown release"),
        pytest.param({"add_image": "rule:mine", "mine": "role:image_admin"}, "zed", [], id="a referenced rule"),
        pytest.param({"copy_from": "!"}, "queens", [], id="a rule of old releases"),
        pytest.param(
            {"copy_from": "!"},
            "zed",
            ["p.copy_from is not a rule of Glance zed: it exists until ussuri"],
            id="a removed rule",
        ),
        pytest.param(
            {"add_image_location": "!"},
            "zed",
            ["p.add_image_location is not a rule of Glance zed: it exists since 2024.2"],
            id="a rule added later",
        ),
        pytest.param(
            {"publicise_image": "role:admin"},
            "zed",
            ["p.publicise_image is not a rule of Glance; did you mean publicize_image?"],
            id="a misspelled rule",
        ),
        pytest.param(
            {"mine": "role:admin"},
            "zed",
            ["p.mine is not a rule of Glance, and no other rule refers to it"],
            id="an unreferenced rule",
        ),
        pytest.param(
            {"add_image": None},
            "zed",
            ["p.add_image must be a string such as 'role:admin', or '' to allow all users, not null"],
            id="null",
        ),
        pytest.param(
            {"add_image": "!"},
            "juno",
            [
                "p: Glance juno reads a single policy file and no directory. Add the rules to a copy of its "
                "policy.json, and set the path of the copy in glance_config, as DEFAULT/policy_file"
            ],
            id="a release that reads no directory",
        ),
        pytest.param("role:admin", "zed", [], id="not a dictionary, reported by the type check"),
    ],
)
def test_invalid_rules_are_reported(policy: Any, release: str | None, problems: list[str]) -> None:
    assert list(policy_problems("p", policy, release)) == problems
