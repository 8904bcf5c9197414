# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.checks import account_problems, input_problems, report
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import Unresolved

TYPES = ["bool", "dict", "float", "int", "list", "path", "raw", "str"]


def test_unresolved_reference_in_a_default_is_not_reported() -> None:
    specs = {"glance": {"glance_internal_url": {"type": "str"}}}
    variables = {"glance_internal_url": Unresolved("uses glance_public_url, which is not defined")}
    assert input_problems(variables, specs, ["glance"], defaults=["glance_internal_url"]) == []
    assert len(input_problems(variables, specs, ["glance"])) == 1


def test_problem_of_two_roles_is_reported_once() -> None:
    spec = {"type": "str", "required": True}
    specs = {"glance_api": {"glance_x": spec}, "glance_database": {"glance_x": spec}}
    assert input_problems({}, specs, list(specs)) == ["glance_x is not set: set it in the inventory"]


def test_conflicting_options_of_a_store_are_reported() -> None:
    options = {"filesystem_store_datadir": "/srv/a", "filesystem_store_datadirs": ["/srv/b:100"]}
    variables = {"glance_stores": [{"name": "fs", "type": "file", "options": options}]}
    problems = input_problems(variables, {"glance": {"glance_stores": {"type": "list"}}}, ["glance"])
    assert [
        problem for problem in problems if "has both filesystem_store_datadir and filesystem_store_datadirs" in problem
    ]


def test_report_of_one_problem_is_in_the_singular() -> None:
    assert report(["a"], "h") == "1 problem in the variables of h; nothing was changed:\n  - a"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(value=ANYTHING, type_=st.sampled_from(TYPES), name=st.sampled_from(["x", "x_password", "x_url", "x_port"]))
def test_any_value_is_checked_without_an_exception(value: Any, type_: str, name: str) -> None:
    specs = {"glance": {f"glance_{name}": {"type": type_}, "glance_config": {"type": "dict"}}}
    problems = input_problems(
        {f"glance_{name}": value, "glance_config": value, "glance_stores": value}, specs, ["glance"]
    )
    assert all(problem.startswith("glance_") for problem in problems)


@settings(deadline=None)
@given(secret=st.text(alphabet="äöüß€", min_size=4))
def test_problem_does_not_contain_a_secret(secret: str) -> None:
    secret = f"Sesame{secret}"
    specs = {"glance": {"glance_x_password": {"type": "list"}, "glance_config": {"type": "dict"}}}
    config = {"DEFAULT": {"debug": {"a": secret}, "connection": secret}, "database": secret}
    problems = input_problems({"glance_x_password": secret, "glance_config": config}, specs, ["glance"])
    assert len(problems) == 4
    assert not any(secret in problem for problem in problems)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"glance_database_user": "root", "glance_database_login_user": "admin"}, "glance_database_user is an admin"),
        ({"glance_database_user": "dba", "glance_database_login_user": "dba"}, "glance_database_user is an admin"),
        ({"glance_service_user": "admin"}, "glance_service_user is an administrator of the cloud"),
        ({"glance_service_user": ["a"]}, None),
        ({"glance_service_user": {"a": 1}, "glance_cloud": {"auth": {"username": ["a"]}}}, None),
        (
            {"glance_service_user": "ops", "glance_cloud": {"auth": {"username": "ops"}}},
            "glance_service_user is an administrator of the cloud",
        ),
        ({"glance_previous_service_user": "glance", "glance_service_user": "glance"}, "glance_previous_service_user"),
        ({"glance_previous_database_user": "root", "glance_database_user": "glance"}, "glance_previous_database_user"),
        ({"glance_previous_service_user": "glance", "glance_service_user": "glance-2"}, None),
        ({"glance_previous_service_user": "", "glance_service_user": ""}, None),
        ({"glance_stores": []}, "glance_stores is empty"),
        ({"glance_service_user": "glance", "glance_cloud": "sandbox", "glance_database_user": "glance"}, None),
    ],
)
def test_account_of_an_administrator_is_refused(variables: dict[str, Any], expected: str | None) -> None:
    problems = list(account_problems(variables))
    assert [problem.startswith(expected or "-") for problem in problems] == [True] * (expected is not None)
