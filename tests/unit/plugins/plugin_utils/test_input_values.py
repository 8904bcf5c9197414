# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.input_templates import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.input_values import value_problems

RIGHT: dict[str, list[Any]] = {
    "str": ["text", "", 2024.1, 0],
    "path": ["/var/lib/glance"],
    "int": [3306, "3306", 0],
    "float": [0.5, "0.5", 2],
    "bool": [True, "no", 1, "False"],
    "list": [[], ["a"]],
    "dict": [{}, {"a": 1}],
    "raw": ["a", 1, [], {}, False],
}


WRONG: dict[str, list[Any]] = {
    "str": [True, [], {}],
    "path": [1, [], True],
    "int": ["3306/tcp", 1.5, True, [3306]],
    "float": ["half", [], False],
    "bool": ["maybe", 2, []],
    "list": ["a,b", {"a": 1}, 1],
    "dict": ["a=b", [], 1],
}


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in RIGHT.items() for value in values])
def test_a_value_of_the_right_type_is_no_fault(type_: str, value: Any) -> None:
    assert list(value_problems("glance_x", value, {"type": type_})) == []


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in WRONG.items() for value in values])
def test_a_value_of_the_wrong_type_is_one_fault(type_: str, value: Any) -> None:
    (fault,) = value_problems("glance_x", value, {"type": type_})
    assert fault.startswith("glance_x must be ")


def test_a_password_that_cannot_be_sent_is_told_without_being_shown() -> None:
    spec = {"type": "str", "required": True}
    assert list(value_problems("glance_database_password", "p@ss é", spec)) == []
    (fault,) = value_problems("glance_database_password", "s3same-Ω", spec)
    assert "a character that PyMySQL cannot send" in fault
    assert "s3same" not in fault
    assert list(value_problems("glance_service_password", "s3same-Ω", spec)) == []


@pytest.mark.parametrize(
    "word",
    ["GLANCE_DBPASS", "GLANCE_PASS", "ADMIN_PASS", "CHANGEME", "CHANGE_ME", "change-me", "changeme!"]
    + ["password", "Secret", "openstack", "123456", "<password>", "  ADMIN_PASS "],
)
def test_a_placeholder_is_no_password(word: str) -> None:
    assert "still contains a placeholder" in "".join(value_problems("glance_x_password", word, {"type": "str"}))
    assert "still contains a placeholder" in "".join(value_problems("glance_x", word, {"type": "str", "no_log": True}))
    assert list(value_problems("glance_x", word, {"type": "str"})) == []


@pytest.mark.parametrize("word", ["Sesame", "my password", "COMPASS", "a_PASSenger", "openstack1", "<", "$ADMIN"])
def test_a_password_that_looks_a_little_like_one_is_right(word: str) -> None:
    assert list(value_problems("glance_x_password", word, {"type": "str"})) == []


@pytest.mark.parametrize(
    ("url", "right"),
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
def test_a_url_has_a_scheme_and_a_host(url: str, right: bool) -> None:
    assert (list(value_problems("glance_public_url", url, {"type": "str"})) == []) == right


@pytest.mark.parametrize(("port", "right"), [(1, True), ("9292", True), (65535, True), (0, False), (65536, False)])
def test_a_port_has_its_bounds(port: Any, right: bool) -> None:
    assert (list(value_problems("glance_api_bind_port", port, {"type": "int"})) == []) == right


def test_the_entries_of_a_list_are_judged_each() -> None:
    spec = {"type": "list", "elements": "str", "choices": ["public", "private"]}
    assert list(value_problems("glance_x", ["public", "pubic", {}, None], spec)) == [
        "glance_x[1] must be one of public, private; did you mean public?",
        "glance_x[2] must be a string, not a dictionary",
        "glance_x[3] is null: set a value, or remove the item",
    ]


def test_a_choice_among_secrets_is_not_guessed() -> None:
    (fault,) = value_problems("glance_x_token", "alphb", {"type": "str", "choices": ["alpha", "beta"]})
    assert fault == "glance_x_token must be one of alpha, beta"


def test_what_cannot_be_resolved_is_told_where_it_stands() -> None:
    value = {"a": [Unresolved("uses x, which is not defined")]}
    assert list(value_problems("glance_x", value, {"type": "dict"})) == ["glance_x.a[0] uses x, which is not defined"]


@pytest.mark.parametrize(
    ("name", "kind", "value", "fault"),
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
def test_numbers_and_paths_have_their_bounds(name: str, kind: str, value: Any, fault: str | None) -> None:
    found = list(value_problems(name, value, {"type": kind}))
    assert [text.startswith(fault or "-") for text in found] == [True] * (fault is not None)
