# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.plugin_utils.input_checks import Unresolved, faults, told, value_faults

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
    assert list(value_faults("glance_x", value, {"type": type_})) == []


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in WRONG.items() for value in values])
def test_a_value_of_the_wrong_type_is_one_fault(type_: str, value: Any) -> None:
    (fault,) = value_faults("glance_x", value, {"type": type_})
    assert fault.startswith("glance_x must be ")


def test_a_password_that_cannot_be_sent_is_told_without_being_shown() -> None:
    spec = {"type": "str", "required": True}
    assert list(value_faults("glance_database_password", "p@ss é", spec)) == []
    (fault,) = value_faults("glance_database_password", "s3same-Ω", spec)
    assert "glance_database_password contains a character that PyMySQL cannot send" in fault
    assert "s3same" not in fault
    assert list(value_faults("glance_service_password", "s3same-Ω", spec)) == []


@pytest.mark.parametrize(
    "word",
    ["GLANCE_DBPASS", "GLANCE_PASS", "ADMIN_PASS", "CHANGEME", "CHANGE_ME", "change-me", "changeme!"]
    + ["password", "Secret", "openstack", "123456", "<password>", "  ADMIN_PASS "],
)
def test_a_placeholder_is_no_password(word: str) -> None:
    assert "still holds a placeholder" in "".join(value_faults("glance_x_password", word, {"type": "str"}))
    assert "still holds a placeholder" in "".join(value_faults("glance_x", word, {"type": "str", "no_log": True}))
    assert list(value_faults("glance_x", word, {"type": "str"})) == []


@pytest.mark.parametrize("word", ["Sesame", "my password", "COMPASS", "a_PASSenger", "openstack1", "<", "$ADMIN"])
def test_a_password_that_looks_a_little_like_one_is_right(word: str) -> None:
    assert list(value_faults("glance_x_password", word, {"type": "str"})) == []


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
    assert (list(value_faults("glance_public_url", url, {"type": "str"})) == []) == right


@pytest.mark.parametrize(("port", "right"), [(1, True), ("9292", True), (65535, True), (0, False), (65536, False)])
def test_a_port_has_its_bounds(port: Any, right: bool) -> None:
    assert (list(value_faults("glance_api_bind_port", port, {"type": "int"})) == []) == right


def test_the_entries_of_a_list_are_judged_each() -> None:
    spec = {"type": "list", "elements": "str", "choices": ["public", "private"]}
    assert list(value_faults("glance_x", ["public", "pubic", {}, None], spec)) == [
        "glance_x[1] must be one of public, private; did you mean public?",
        "glance_x[2] must be a string, not a dictionary",
        "glance_x[3] holds nothing: give it a value, or leave it out",
    ]


def test_a_choice_among_secrets_is_not_guessed() -> None:
    (fault,) = value_faults("glance_x_token", "alphb", {"type": "str", "choices": ["alpha", "beta"]})
    assert fault == "glance_x_token must be one of alpha, beta"


def test_what_cannot_be_resolved_is_told_where_it_stands() -> None:
    value = {"a": [Unresolved("uses x, which is not defined")]}
    assert list(value_faults("glance_x", value, {"type": "dict"})) == ["glance_x.a[0] uses x, which is not defined"]


def test_the_default_of_a_role_is_not_judged_for_what_it_refers_to() -> None:
    specs = {"glance": {"glance_internal_url": {"type": "str"}}}
    variables = {"glance_internal_url": Unresolved("uses glance_public_url, which is not defined")}
    assert faults(variables, specs, ["glance"], ours=["glance_internal_url"]) == []
    assert len(faults(variables, specs, ["glance"])) == 1


def test_a_fault_that_two_roles_find_is_told_once() -> None:
    spec = {"type": "str", "required": True}
    specs = {"glance_api": {"glance_x": spec}, "glance_database": {"glance_x": spec}}
    assert faults({}, specs, list(specs)) == ["glance_x is not set: put it into the inventory"]


def test_options_of_a_store_that_exclude_each_other_are_a_fault() -> None:
    options = {"filesystem_store_datadir": "/srv/a", "filesystem_store_datadirs": ["/srv/b:100"]}
    variables = {"glance_stores": [{"name": "fs", "type": "file", "options": options}]}
    found = faults(variables, {"glance": {"glance_stores": {"type": "list"}}}, ["glance"])
    assert [fault for fault in found if "has both filesystem_store_datadir and filesystem_store_datadirs" in fault]


def test_one_fault_is_told_in_the_singular() -> None:
    assert told(["a"], "h") == "1 thing is wrong with the variables of h; nothing was changed:\n  - a"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    value=ANYTHING, type_=st.sampled_from(sorted(RIGHT)), name=st.sampled_from(["x", "x_password", "x_url", "x_port"])
)
def test_no_value_whatsoever_ends_in_a_traceback(value: Any, type_: str, name: str) -> None:
    specs = {"glance": {f"glance_{name}": {"type": type_}, "glance_config": {"type": "dict"}}}
    found = faults({f"glance_{name}": value, "glance_config": value, "glance_stores": value}, specs, ["glance"])
    assert all(fault.startswith("glance_") for fault in found)


@settings(deadline=None)
@given(secret=st.text(alphabet="äöüß€", min_size=4))
def test_no_fault_holds_the_value_of_a_secret(secret: str) -> None:
    secret = f"Sesame{secret}"
    specs = {"glance": {"glance_x_password": {"type": "list"}, "glance_config": {"type": "dict"}}}
    config = {"DEFAULT": {"debug": {"a": secret}, "connection": secret}, "database": secret}
    found = faults({"glance_x_password": secret, "glance_config": config}, specs, ["glance"])
    assert len(found) == 4
    assert not any(secret in fault for fault in found)
