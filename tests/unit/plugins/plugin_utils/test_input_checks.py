# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.plugin_utils.input_checks import account_problems, input_problems, report
from ansible_collections.osops.glance.plugins.plugin_utils.input_templates import Unresolved

TYPES = ["bool", "dict", "float", "int", "list", "path", "raw", "str"]


def test_the_default_of_a_role_is_not_judged_for_what_it_refers_to() -> None:
    specs = {"glance": {"glance_internal_url": {"type": "str"}}}
    variables = {"glance_internal_url": Unresolved("uses glance_public_url, which is not defined")}
    assert input_problems(variables, specs, ["glance"], defaults=["glance_internal_url"]) == []
    assert len(input_problems(variables, specs, ["glance"])) == 1


def test_a_fault_that_two_roles_find_is_told_once() -> None:
    spec = {"type": "str", "required": True}
    specs = {"glance_api": {"glance_x": spec}, "glance_database": {"glance_x": spec}}
    assert input_problems({}, specs, list(specs)) == ["glance_x is not set: set it in the inventory"]


def test_options_of_a_store_that_exclude_each_other_are_a_fault() -> None:
    options = {"filesystem_store_datadir": "/srv/a", "filesystem_store_datadirs": ["/srv/b:100"]}
    variables = {"glance_stores": [{"name": "fs", "type": "file", "options": options}]}
    found = input_problems(variables, {"glance": {"glance_stores": {"type": "list"}}}, ["glance"])
    assert [fault for fault in found if "has both filesystem_store_datadir and filesystem_store_datadirs" in fault]


def test_one_fault_is_told_in_the_singular() -> None:
    assert report(["a"], "h") == "1 problem in the variables of h; nothing was changed:\n  - a"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(value=ANYTHING, type_=st.sampled_from(TYPES), name=st.sampled_from(["x", "x_password", "x_url", "x_port"]))
def test_no_value_whatsoever_ends_in_a_traceback(value: Any, type_: str, name: str) -> None:
    specs = {"glance": {f"glance_{name}": {"type": type_}, "glance_config": {"type": "dict"}}}
    found = input_problems({f"glance_{name}": value, "glance_config": value, "glance_stores": value}, specs, ["glance"])
    assert all(fault.startswith("glance_") for fault in found)


@settings(deadline=None)
@given(secret=st.text(alphabet="äöüß€", min_size=4))
def test_no_fault_holds_the_value_of_a_secret(secret: str) -> None:
    secret = f"Sesame{secret}"
    specs = {"glance": {"glance_x_password": {"type": "list"}, "glance_config": {"type": "dict"}}}
    config = {"DEFAULT": {"debug": {"a": secret}, "connection": secret}, "database": secret}
    found = input_problems({"glance_x_password": secret, "glance_config": config}, specs, ["glance"])
    assert len(found) == 4
    assert not any(secret in fault for fault in found)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"glance_database_user": "root", "glance_database_login_user": "admin"}, "glance_database_user is an admin"),
        ({"glance_database_user": "dba", "glance_database_login_user": "dba"}, "glance_database_user is an admin"),
        ({"glance_service_user": "admin"}, "glance_service_user is an administrator of the cloud"),
        (
            {"glance_service_user": "ops", "glance_cloud": {"auth": {"username": "ops"}}},
            "glance_service_user is an administrator of the cloud",
        ),
        ({"glance_stores": []}, "glance_stores is empty"),
        ({"glance_service_user": "glance", "glance_cloud": "sandbox", "glance_database_user": "glance"}, None),
    ],
)
def test_accounts_of_administrators_are_not_taken_over(given: dict[str, Any], fault: str | None) -> None:
    found = list(account_problems(given))
    assert [text.startswith(fault or "-") for text in found] == [True] * (fault is not None)
