# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.lookup.batches import LookupModule
from ansible_collections.osops.glance.plugins.plugin_utils.batches import batch_problems, batches


def test_numbers_are_numbers_of_hosts() -> None:
    assert batches(["1", 2, "30%"]) == [1, 2, "30%"]


@pytest.mark.parametrize("value", ["0", "-1", "0%", "half", "1.5", "30 %", ""])
def test_other_values_are_refused(value: str) -> None:
    [problem] = batch_problems(["1", value])
    assert problem == "glance_serial[1] must be a number of hosts or a percentage, such as 1 or 30%"


@pytest.mark.parametrize("values", [["1", "100%"], [], None, "1"])
def test_valid_values_and_other_types_have_no_problem(values: Any) -> None:
    assert list(batch_problems(values)) == []


def serial(**hostvars: dict[str, Any]) -> list[Any]:
    variables = {"groups": {"glance_api": ["c2", "c1"]}, "hostvars": hostvars}
    return list(LookupModule(DataLoader(), None).run([], variables=variables))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, ["30%"], id="default"),
        pytest.param({"glance_serial": ""}, ["30%"], id="blank"),
        pytest.param({"glance_serial": [1, "50%"]}, [1, "50%"], id="list"),
        pytest.param({"glance_serial": "1,50%"}, [1, "50%"], id="text"),
        pytest.param({"glance_serial": "2"}, [2], id="number in text"),
    ],
)
def test_first_host_by_name_has_the_value(given: dict[str, Any], expected: list[Any]) -> None:
    assert serial(c1=given, c2={"glance_serial": ["9"]}) == expected


def test_inventory_without_hosts_has_the_default() -> None:
    assert serial() == ["30%"]


def test_invalid_value_is_refused_by_name() -> None:
    with pytest.raises(AnsibleLookupError, match=r"glance_serial\[0\] must be a number"):
        serial(c1={"glance_serial": ["all"]})
