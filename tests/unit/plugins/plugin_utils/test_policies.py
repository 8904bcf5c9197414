from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.oslo_options import RELEASES
from ansible_collections.osops.glance.plugins.plugin_utils.policies import load, policy_faults


def test_every_rule_is_of_releases_that_there_are() -> None:
    assert {release for span in load().values() for release in span} <= {"", *RELEASES}


@pytest.mark.parametrize(
    ("policy", "release", "faults"),
    [
        pytest.param({}, "icehouse", [], id="nothing"),
        pytest.param({"publicize_image": "role:admin"}, "kilo", [], id="the first release that reads a directory"),
        pytest.param({"publicize_image": "role:admin"}, None, [], id="a release that is not known yet"),
        pytest.param({"add_image": "rule:mine", "mine": "role:image_admin"}, "zed", [], id="a rule of one's own"),
        pytest.param({"copy_from": "!"}, "queens", [], id="a rule of old releases"),
        pytest.param(
            {"copy_from": "!"},
            "zed",
            ["p.copy_from is not a rule of Glance zed: it is one until ussuri"],
            id="one that is gone",
        ),
        pytest.param(
            {"add_image_location": "!"},
            "zed",
            ["p.add_image_location is not a rule of Glance zed: it is one since 2024.2"],
            id="one that is not there yet",
        ),
        pytest.param(
            {"publicise_image": "role:admin"},
            "zed",
            ["p.publicise_image is not a rule of Glance; did you mean publicize_image?"],
            id="misspelt",
        ),
        pytest.param(
            {"mine": "role:admin"}, "zed", ["p.mine is not a rule of Glance, and no other rule refers to it"], id="lost"
        ),
        pytest.param(
            {"add_image": None},
            "zed",
            ["p.add_image must be a string such as 'role:admin', or '' for everybody, not nothing"],
            id="nothing said",
        ),
        pytest.param(
            {"add_image": "!"},
            "juno",
            [
                "p: Glance juno reads one file of policies and no directory. Write the rules into a copy of its "
                "policy.json, and name the copy in glance_config, as DEFAULT/policy_file"
            ],
            id="a release that reads no directory",
        ),
        pytest.param("role:admin", "zed", [], id="no dictionary, which is told elsewhere"),
    ],
)
def test_what_is_wrong_is_told(policy: Any, release: str | None, faults: list[str]) -> None:
    assert list(policy_faults("p", policy, release)) == faults
