# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.filter.oslo_names import FilterModule, oslo_names


@pytest.mark.parametrize(
    ("file", "sections", "expected"),
    [
        pytest.param(
            "api",
            {"DEFAULT": {"debug": True, "sql_connection": "x"}},
            {"DEFAULT": {"debug": True}, "database": {"connection": "x"}},
            id="an option with another name",
        ),
        pytest.param(
            "registry",
            {"DEFAULT": {"disk_formats": "x"}},
            {"DEFAULT": {"disk_formats": "x"}},
            id="an option of the other file",
        ),
        pytest.param("api", {}, {}, id="nothing"),
    ],
)
def test_options_get_the_names_of_the_release(file: str, sections: Any, expected: Any) -> None:
    assert FilterModule().filters()["oslo_names"](sections, "zed", file) == expected


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        pytest.param("Sesame", "must be a dictionary of sections, not a string", id="no sections"),
        pytest.param({"a": "Sesame"}, r"\[a\] must be a dictionary of options, not a string", id="no options"),
        pytest.param(
            {"database": {"connection": "Sesame"}, "DEFAULT": {"sql_connection": "x"}},
            "DEFAULT/sql_connection and database/connection are the same option in Glance Zed",
            id="two names with two values",
        ),
    ],
)
def test_what_has_no_one_meaning_is_named_without_its_value(sections: Any, told: str) -> None:
    with pytest.raises(AnsibleFilterError, match=told) as failure:
        oslo_names(sections, "zed")
    assert "Sesame" not in str(failure.value)
