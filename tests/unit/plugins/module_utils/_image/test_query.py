# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.query import (
    LONGEST_FILTER,
    check_limit,
    is_id,
    is_supported,
    name_filter,
    page_size,
    plain_query,
    selects_nothing,
)


def params(**options: Any) -> dict[str, Any]:
    return {**dict.fromkeys(("name", "names", "owner", "member_status", "status")), **options}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("00000000-0000-4000-8000-000000000001", True), ("00000000-0000-4000-8000-00000000000A", True), ("../x", False)],
)
def test_only_uuids_are_ids(text: str, expected: bool) -> None:
    assert is_id(text) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"name": "a:b"}, "eq:a:b"),
        ({"names": ["a", "b,c"]}, 'in:"a","b,c"'),
        ({"names": []}, None),
        ({"names": ['a"b']}, None),
        ({"names": [""]}, None),
        ({"names": ["a" * LONGEST_FILTER]}, None),
    ],
    ids=["no name", "name", "names", "empty list", "quote", "empty name", "too long"],
)
def test_names_are_quoted(options: dict[str, Any], expected: str | None) -> None:
    assert name_filter(params(**options)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("os_distro", True), ("size", False), ("limit", False), ("_x", False), ("x_min", False)]
)
def test_ambiguous_properties_are_not_sent(name: str, expected: bool) -> None:
    assert is_supported(name) is expected


@pytest.mark.parametrize(("limit", "size"), [(None, 1000), (1, 25), (300, 300), (3000, 1000)])
def test_page_size_depends_on_the_limit(limit: int | None, size: int) -> None:
    assert page_size(limit) == size


def test_plain_query_has_no_operators() -> None:
    assert plain_query(params(name="a", status=["active"])) == {"name": "a", "limit": "1000"}


@pytest.mark.parametrize("options", [{"names": []}, {"status": []}])
def test_empty_lists_select_nothing(options: dict[str, Any]) -> None:
    assert selects_nothing(params(**options))
    assert not selects_nothing(params())


def test_limit_below_one_is_refused() -> None:
    check_limit(None)
    check_limit(1)
    with pytest.raises(GlanceError, match="limit is 0. Set a number above 0"):
        check_limit(0)
