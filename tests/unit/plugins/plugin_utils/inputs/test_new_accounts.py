# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.new_accounts import REPLACEMENTS
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs, read_inputs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import trust

INVENTORY = {"glance_service_password": "old", "glance_database_password": "older", "glance_database_user": "images"}
SPECS = argument_specs()


def read(**variables: Any) -> dict[str, Any]:
    templar = ansible.template.Templar(loader=DataLoader(), variables={})
    inputs = read_inputs(templar, trust({**INVENTORY, **variables}), SPECS)
    return {name: value.value for name, value in inputs.items()}


@pytest.mark.parametrize(("name", "new"), REPLACEMENTS.items(), ids=REPLACEMENTS)
def test_new_value_replaces_that_of_the_inventory(name: str, new: str) -> None:
    assert read(**{new: "replaced"})[name] == "replaced"


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_other_accounts_are_kept(name: str) -> None:
    others = set(REPLACEMENTS) - {name}
    before, after = read(), read(**{REPLACEMENTS[name]: "replaced"})
    assert {other: after[other] for other in others} == {other: before[other] for other in others}


@pytest.mark.parametrize("blank", [None, "", " "])
def test_blank_values_replace_nothing(blank: str | None) -> None:
    assert read(**dict.fromkeys(REPLACEMENTS.values(), blank)) == read()


def test_replaced_user_is_the_previous_one() -> None:
    inputs = read(glance_new_service_user="glance-2", glance_new_database_user="images2")
    assert inputs["glance_previous_service_user"] == "glance"
    assert inputs["glance_previous_database_user"] == "images"


def test_previous_user_of_the_operator_is_kept() -> None:
    inputs = read(glance_new_service_user="glance-2", glance_previous_service_user="glance-0")
    assert inputs["glance_previous_service_user"] == "glance-0"


def test_user_that_stays_is_no_previous_user() -> None:
    inputs = read(glance_new_service_user="glance", glance_new_service_password="new")
    assert inputs["glance_previous_service_user"] is None


@pytest.mark.parametrize("new", ["[1, 2]", "007", "yes"])
def test_new_passwords_are_text(new: str) -> None:
    assert read(glance_new_service_password=new)["glance_service_password"] == new
