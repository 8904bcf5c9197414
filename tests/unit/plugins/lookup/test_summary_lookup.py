# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.lookup import summary as summary_lookup
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import trust
from tests import plans

DIFFERENT = {"configure": "updated DEFAULT/workers"}
COMPARED = {"parts": DIFFERENT, "images": [{"name": "cirros", "id": "1"}]}


def run(host: dict[str, Any], finished: bool = True, **variables: Any) -> dict[str, Any]:
    """Return the summary of a run on c1."""
    given = trust({"groups": {"glance_api": ["c1"]}, "hostvars": {"c1": host}, **plans.SECRETS, **variables})
    templar = ansible.template.Templar(loader=DataLoader(), variables=given)
    return dict(summary_lookup.LookupModule(DataLoader(), templar).run([], given, finished=finished)[0])


@pytest.mark.parametrize(
    ("finished", "variables", "key"),
    [
        pytest.param(True, {}, "changed", id="finished"),
        pytest.param(False, {}, "remaining", id="compared only"),
        pytest.param(True, {"ansible_check_mode": True}, "remaining", id="check mode"),
        pytest.param(True, {"ansible_run_tags": ["images"]}, "remaining", id="other tags"),
    ],
)
def test_a_difference_has_changed_only_if_its_tasks_ran(finished: bool, variables: dict[str, Any], key: str) -> None:
    summary = run({"__glance_compared": COMPARED}, finished, **variables)
    assert summary["hosts"]["c1"][key] == DIFFERENT


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param({"__glance_compared": COMPARED}, ["1"], id="those that were compared"),
        pytest.param(
            {"__glance_compared": COMPARED, "__glance_images": {"images": [{"name": "cirros", "id": "2"}]}},
            ["2"],
            id="those that the run manages",
        ),
        pytest.param({"__glance_compared": COMPARED, "__glance_images": {"skipped": True}}, ["1"], id="skipped task"),
        pytest.param({}, [], id="none"),
    ],
)
def test_images_are_the_latest_ones(host: dict[str, Any], expected: list[str]) -> None:
    assert [image["id"] for image in run(host)["images"]] == expected
