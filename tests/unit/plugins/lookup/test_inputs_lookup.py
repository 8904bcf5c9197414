# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.lookup.inputs import LookupModule

trusted = getattr(ansible.template, "trust_as_template", str)


def inputs(**variables: Any) -> dict[str, Any]:
    """Return what the lookup makes of the variables of a host."""
    variables = {name: trusted(value) if isinstance(value, str) else value for name, value in variables.items()}
    templar = ansible.template.Templar(loader=DataLoader(), variables=variables)
    (found,) = LookupModule(DataLoader(), templar).run([], variables=variables)
    return dict(found)


def test_variables_that_are_not_set_have_their_defaults() -> None:
    found = inputs(glance_public_url="https://images.example.org")
    assert found["region"] == "RegionOne"
    assert found["database_port"] == 3306
    assert found["admin_url"] == "https://images.example.org"
    assert found["database_password"] is None
    assert found["images"] == []


def test_templates_are_rendered_before_values_are_converted() -> None:
    found = inputs(wanted="no", glance_remove_data="{{ wanted }}", glance_api_bind_port="{{ 9000 + 292 }}")
    assert found["remove_data"] is False
    assert found["api_bind_port"] == 9292


def test_a_template_that_gives_nothing_leaves_the_default() -> None:
    assert inputs(glance_region="{{ '' }}")["region"] == "RegionOne"


def test_a_password_with_characters_of_templates_stays_as_it_is() -> None:
    password = {"glance_service_password": "er%vi{w} $x"}
    assert inputs(**password)["service_password"] == password["glance_service_password"]


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"glance_remove_data": "maybe"}, "glance_remove_data must be true or false, not a string"),
        ({"glance_stores": "file"}, "glance_stores must be a list, not a string"),
        ({"glance_region": "{{ nowhere }}"}, "glance_region uses nowhere, which is not defined"),
        ({"glance_stores": [{"name": 1, "shared": "x"}]}, "glance_stores[0].shared must be true or false"),
    ],
)
def test_what_cannot_be_converted_is_refused_by_name(variables: dict[str, Any], fault: str) -> None:
    with pytest.raises(AnsibleLookupError) as raised:
        inputs(**variables)
    assert fault in str(raised.value)
