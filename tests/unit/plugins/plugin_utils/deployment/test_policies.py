# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.policies import other_files, policies
from tests import plans

FILE = "/etc/glance/policy.d/osops-glance.json"


@pytest.mark.parametrize(
    ("sections", "files"),
    [
        pytest.param({}, ["/etc/glance/policy.yaml", "/etc/glance/policy.json"], id="defaults"),
        pytest.param({"oslo_policy": {"policy_file": "/srv/p.yaml"}}, ["/srv/p.yaml"], id="absolute path"),
        pytest.param({"DEFAULT": {"policy_file": "p.json"}}, ["/etc/glance/p.json"], id="relative path"),
        pytest.param({"DEFAULT": None}, ["/etc/glance/policy.yaml", "/etc/glance/policy.json"], id="null"),
    ],
)
def test_policy_files_are_those_that_the_service_reads(sections: Any, files: list[str]) -> None:
    assert other_files(sections) == files


def test_rules_of_the_operator_replace_mitigations() -> None:
    service = plans.service_of("yoga", version="24.0.0", glance_api_policy={"tasks_api_access": "role:x"})
    assert policies(service, {})["rules"] == {"tasks_api_access": "role:x"}


@pytest.mark.parametrize(
    ("rules", "existing", "needed", "written"),
    [
        ({}, [], False, []),
        ({}, [FILE], True, []),
        ({"publicize_image": "role:admin"}, [], True, [FILE]),
    ],
    ids=["no rules", "rules to remove", "rules"],
)
def test_file_exists_only_with_rules(rules: Any, existing: list[str], needed: bool, written: list[str]) -> None:
    found = policies(plans.service_of("zed", glance_api_policy=rules, facts={"existing_files": existing}), {})
    assert (found["needed"], found["written_files"]) == (needed, written)
