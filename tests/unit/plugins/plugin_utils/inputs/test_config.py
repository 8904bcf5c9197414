# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.config import (
    document_problems,
    document_warnings,
    documents_of,
    own_config,
)


def test_documents_are_variables_with_sections() -> None:
    sections = {"DEFAULT": {"debug": True}}
    variables = {"glance_config": sections, "glance_registry_config": {"DEFAULT": "x"}, "glance_region": "x"}
    assert documents_of(variables) == {"glance_config": sections}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, []),
        ({"glance_stores": "x", "glance_config": "x"}, []),
        (
            {"glance_stores": [{"name": "s", "type": "file", "options": {"nonsense": 1}}]},
            ["glance_stores: s/nonsense is not an option of Glance"],
        ),
        (
            {"glance_registry_config": {"task": {}}},
            ["glance_registry_config: [task] is not a section of Glance"],
        ),
    ],
    ids=["empty", "wrong types", "store", "registry"],
)
def test_problems_of_documents(variables: dict[str, Any], expected: list[str]) -> None:
    problems = list(document_problems(variables, "zed"))
    assert [problem[: len(start)] for problem, start in zip(problems, expected)] == expected
    assert len(problems) == len(expected)


def test_section_of_a_store_is_valid_in_glance_config() -> None:
    stores = [{"name": "fs", "type": "file", "options": {"filesystem_store_datadir": "/x"}}]
    config = {"fs": {"filesystem_store_chunk_size": 1}}
    assert list(document_problems({"glance_stores": stores, "glance_config": config}, "zed")) == []
    assert list(document_problems({"glance_config": config}, "zed")) != []


def test_options_of_a_host_take_precedence_over_those_of_its_group() -> None:
    group = {"DEFAULT": {"debug": False, "workers": 2}}
    variables = {"glance_config": group, "glance_config_host": {"DEFAULT": {"debug": True}}}
    assert own_config(variables) == {"DEFAULT": {"debug": True, "workers": 2}}
    assert own_config({"glance_config": group, "glance_config_host": "x"}) == group


def test_options_of_a_host_are_checked_like_those_of_its_group() -> None:
    [problem] = document_problems({"glance_config_host": {"DEFAULT": {"debgu": True}}}, "zed")
    assert problem.startswith("glance_config_host: DEFAULT/debgu is not an option of Glance")


def test_option_of_a_host_under_another_name_than_that_of_its_group_is_a_problem() -> None:
    group = {"keystone_authtoken": {"auth_uri": "http://a"}}
    host = {"keystone_authtoken": {"www_authenticate_uri": "http://b"}}
    [problem] = document_problems({"glance_config": group, "glance_config_host": host}, "zed")
    assert problem.startswith("glance_config_host: ")
    assert "auth_uri" in problem


def test_renamed_option_and_unknown_reference_are_warnings() -> None:
    config = {"keystone_authtoken": {"auth_uri": "x"}, "DEFAULT": {"log_file": "$nonsense"}}
    renamed, reference = document_warnings({"glance_config": config}, "zed")
    assert renamed.startswith("glance_config: keystone_authtoken/auth_uri is written as ")
    assert reference.startswith("glance_config: DEFAULT/log_file contains a reference")
