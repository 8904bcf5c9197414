# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.values import value_problems

VALID: dict[str, list[Any]] = {
    "str": ["text", "", 2024.1, 0],
    "path": ["/var/lib/glance"],
    "int": [3306, "3306", 0],
    "float": [0.5, "0.5", 2],
    "bool": [True, "no", 1, "False"],
    "list": [[], ["a"]],
    "dict": [{}, {"a": 1}],
    "raw": ["a", 1, [], {}, False],
}


INVALID: dict[str, list[Any]] = {
    "str": [True, [], {}],
    "path": [1, [], True],
    "int": ["3306/tcp", 1.5, True, [3306]],
    "float": ["half", [], False],
    "bool": ["maybe", 2, []],
    "list": ["a,b", {"a": 1}, 1],
    "dict": ["a=b", [], 1],
}


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in VALID.items() for value in values])
def test_value_of_the_documented_type_is_accepted(type_: str, value: Any) -> None:
    assert list(value_problems("glance_x", value, {"type": type_})) == []


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in INVALID.items() for value in values])
def test_value_of_another_type_is_one_problem(type_: str, value: Any) -> None:
    (problem,) = value_problems("glance_x", value, {"type": type_})
    assert problem.startswith("glance_x must be ")


def test_password_that_the_driver_cannot_send_is_reported_without_its_value() -> None:
    spec = {"type": "str", "required": True}
    assert list(value_problems("glance_database_password", "p@ss é", spec)) == []
    (problem,) = value_problems("glance_database_password", "s3same-Ω", spec)
    assert "a character that PyMySQL cannot send" in problem
    assert "s3same" not in problem
    assert list(value_problems("glance_service_password", "s3same-Ω", spec)) == []


@pytest.mark.parametrize(
    "word",
    ["GLANCE_DBPASS", "GLANCE_PASS", "ADMIN_PASS", "CHANGEME", "CHANGE_ME", "change-me", "changeme!"]
    + ["password", "Secret", "openstack", "123456", "<password>", "  ADMIN_PASS "],
)
def test_placeholder_is_refused_as_a_password(word: str) -> None:
    assert "still contains a placeholder" in "".join(value_problems("glance_x_password", word, {"type": "str"}))
    assert "still contains a placeholder" in "".join(value_problems("glance_x", word, {"type": "str", "no_log": True}))
    assert list(value_problems("glance_x", word, {"type": "str"})) == []


@pytest.mark.parametrize("word", ["Sesame", "my password", "COMPASS", "a_PASSenger", "openstack1", "<", "$ADMIN"])
def test_password_similar_to_a_placeholder_is_accepted(word: str) -> None:
    assert list(value_problems("glance_x_password", word, {"type": "str"})) == []


@pytest.mark.parametrize(
    ("url", "is_valid"),
    [
        ("http://controller:9292", True),
        ("https://images.example.org/path", True),
        ("http://[2001:db8::1]:9292", True),
        ("controller:9292", False),
        ("ftp://controller", False),
        ("http://", False),
        ("http://:9292", False),
        ("http://controller:port", False),
        ("http://controller:99999", False),
        ("http://[2001:db8::1", False),
        ("http://controller:9292 internal", False),
        ("", False),
    ],
)
def test_url_requires_a_scheme_and_a_host(url: str, is_valid: bool) -> None:
    assert (list(value_problems("glance_public_url", url, {"type": "str"})) == []) == is_valid


@pytest.mark.parametrize(("port", "is_valid"), [(1, True), ("9292", True), (65535, True), (0, False), (65536, False)])
def test_port_is_between_1_and_65535(port: Any, is_valid: bool) -> None:
    assert (list(value_problems("glance_api_bind_port", port, {"type": "int"})) == []) == is_valid


def test_each_item_of_a_list_is_checked() -> None:
    spec = {"type": "list", "elements": "str", "choices": ["public", "private"]}
    assert list(value_problems("glance_x", ["public", "pubic", {}, None], spec)) == [
        "glance_x[1] must be one of public, private; did you mean public?",
        "glance_x[2] must be a string, not a dictionary",
        "glance_x[3] is null: set a value, or remove the item",
    ]


def test_choice_of_a_secret_has_no_suggestion() -> None:
    (problem,) = value_problems("glance_x_token", "alphb", {"type": "str", "choices": ["alpha", "beta"]})
    assert problem == "glance_x_token must be one of alpha, beta"


def test_unresolved_template_is_reported_with_its_path() -> None:
    value = {"a": [Unresolved("uses x, which is not defined")]}
    assert list(value_problems("glance_x", value, {"type": "dict"})) == ["glance_x.a[0] uses x, which is not defined"]


@pytest.mark.parametrize(
    ("name", "type_", "value", "expected"),
    [
        ("glance_api_timeout", "int", 0, "glance_api_timeout must be 1 or more"),
        ("glance_database_connect_timeout", "int", -1, "glance_database_connect_timeout must be 1 or more"),
        ("glance_images_parallel", "int", 0, "glance_images_parallel must be 1 or more"),
        ("glance_api_workers", "int", -3, "glance_api_workers must be 1 or more"),
        ("glance_api_min_free_gib", "float", -0.5, "glance_api_min_free_gib must be 0 or more"),
        ("glance_api_min_free_gib", "float", 0, None),
        ("glance_api_timeout", "int", 1, None),
        ("glance_api_state_directory", "path", "relative/x", "glance_api_state_directory must be an absolute path"),
        ("glance_api_state_directory", "path", "/var/lib/glance", None),
    ],
)
def test_numbers_and_paths_are_limited(name: str, type_: str, value: Any, expected: str | None) -> None:
    problems = list(value_problems(name, value, {"type": type_}))
    assert [problem.startswith(expected or "-") for problem in problems] == [True] * (expected is not None)
