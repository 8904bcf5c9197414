# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.template
import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import (
    InputValue,
    argument_specs,
    read_inputs,
    unknown_variables,
)
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import trust

SPECS: dict[str, dict[str, Any]] = {
    "glance": {
        "glance_region": {"type": "str", "default": "RegionOne"},
        "glance_url": {"type": "str", "default": "http://{{ glance_region }}"},
        "glance_port": {"type": "int"},
        "glance_alias": {"type": "str", "default": "{{ glance_url }}"},
    },
    "glance_api": {"glance_debug": {"type": "bool", "default": False}},
}


def read(**variables: Any) -> dict[str, InputValue]:
    templar = ansible.template.Templar(loader=DataLoader(), variables={})
    return read_inputs(templar, trust(variables), SPECS)


def test_variable_that_is_not_set_has_its_default() -> None:
    inputs = read()
    assert inputs["glance_region"] == InputValue("RegionOne", None, True)
    assert inputs["glance_port"] == InputValue(None, None, True)
    assert inputs["glance_debug"] == InputValue(False, None, True)


@pytest.mark.parametrize("blank", [None, "", " ", "{{ none }}", "{{ '' }}"])
def test_blank_variable_has_its_default(blank: str | None) -> None:
    assert read(glance_region=blank)["glance_region"].value == "RegionOne"


@pytest.mark.parametrize("blank", [None, "", " "])
def test_default_uses_the_default_of_a_blank_variable(blank: str | None) -> None:
    assert read(glance_region=blank)["glance_url"].value == "http://RegionOne"


def test_default_uses_the_value_of_another_variable() -> None:
    assert read(glance_region="two")["glance_url"] == InputValue("http://two", None, True)


@pytest.mark.parametrize("alias", [None, "{{ glance_url }}"])
def test_default_that_is_a_reference_has_the_value_of_the_other_variable(alias: str | None) -> None:
    assert read(glance_alias=alias)["glance_alias"] == InputValue("http://RegionOne", None, True)
    assert read(glance_alias=alias, glance_url="{{ 'x' ~ 1 }}")["glance_alias"] == InputValue("x1", None, True)
    assert read(glance_alias=alias, glance_region="two")["glance_alias"].value == "http://two"


def test_variables_that_refer_to_each_other_are_a_problem() -> None:
    assert read(glance_url="{{ glance_alias }}")["glance_alias"].problem


def test_value_equal_to_the_default_is_a_default() -> None:
    assert read(glance_region="RegionOne")["glance_region"].is_default
    assert not read(glance_region="two")["glance_region"].is_default


@pytest.mark.parametrize("number", ["9292", " 9292 ", 9292, "{{ 9000 + 292 }}"])
def test_value_is_converted(number: Any) -> None:
    assert read(glance_port=number)["glance_port"] == InputValue(9292, None, False)


def test_problem_begins_with_the_name() -> None:
    inputs = read(glance_port="http", glance_debug="{{ nowhere }}")
    assert inputs["glance_port"].problem == "glance_port must be an integer, not a string"
    assert inputs["glance_port"].value == "http"
    assert str(inputs["glance_debug"].problem).startswith("glance_debug uses nowhere, which is not defined")


def test_argument_specs_merge_the_entry_points(tmp_path: Path) -> None:
    file = tmp_path / "a/meta/argument_specs.yml"
    file.parent.mkdir(parents=True)
    points = "main: {options: {x: {type: int}}}, other: {options: {y: {type: str}}}, third: {}"
    file.write_text(f"argument_specs: {{{points}}}")
    (tmp_path / "b").mkdir()
    assert argument_specs(tmp_path) == {"a": {"x": {"type": "int"}, "y": {"type": "str"}}, "b": {}}


def test_unknown_variables_have_the_prefix_and_are_not_groups() -> None:
    variables = {"glance_x": 1, "glance_y": 1, "glance_api": 1, "other": 1, "groups": {"glance_api": []}}
    assert unknown_variables(variables, ["glance_x"], "glance_") == ["glance_y"]
