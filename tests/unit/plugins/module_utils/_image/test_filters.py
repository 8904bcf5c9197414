# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Mapping

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.filters import (
    LONGEST_QUERY,
    FilterOperators,
    name_filters,
)


class Listing:
    """A list of images of a service with or without filter operators."""

    def __init__(self, names: list[str | None], operators: bool, removed: str | None = None) -> None:
        self.names = names
        self.operators = operators
        self.removed = removed  # after the first request
        self.requests = 0

    def __call__(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        self.requests += 1
        names = [name for name in self.names if self.requests == 1 or name != self.removed]
        expected = query.get("name")
        if expected is not None and self.operators:
            operator, colon, text = expected.partition(":")
            assert not colon or operator == "eq", "the service answers 400"
            expected = text if colon else expected
        return [{"name": name} for name in names if expected in (None, name)]


@pytest.mark.parametrize(
    ("names", "operators", "expected"),
    [
        pytest.param([], False, True, id="no image"),
        pytest.param([None], False, True, id="no image with a name"),
        pytest.param(["a"], True, True, id="Mitaka"),
        pytest.param(["a"], False, False, id="Liberty"),
        pytest.param([None, "debian:12", "a"], False, False, id="Liberty, several"),
        pytest.param(["debian:12"], True, True, id="Mitaka, colon"),
        pytest.param(["debian:12"], False, False, id="Liberty, colon"),
    ],
)
def test_support_is_tested_with_an_image(names: list[Any], operators: bool, expected: bool) -> None:
    assert FilterOperators().are_supported(Listing(names, operators)) is expected


def test_support_is_tested_once() -> None:
    operators, listing = FilterOperators(), Listing(["a"], False)
    assert [operators.are_supported(listing) for _time in range(3)] == [False] * 3
    assert listing.requests == 3


def test_image_that_was_removed_during_the_test_proves_nothing() -> None:
    operators = FilterOperators()
    assert operators.are_supported(Listing(["a"], True, removed="a"))
    assert not operators.are_supported(Listing(["b"], False))


def test_filter_with_a_result_proves_the_support() -> None:
    operators, listing = FilterOperators(), Listing(["a"], True)
    operators.mark_supported()
    assert operators.are_supported(listing)
    assert listing.requests == 0


@pytest.mark.parametrize(
    ("names", "filters"),
    [
        pytest.param(["a,b"], ['in:"a,b"'], id="comma"),
        pytest.param(["in:a"], ['in:"in:a"'], id="operator"),
        pytest.param(["b", "a", "b"], ['in:"a","b"'], id="several"),
        pytest.param(['a"b', "c"], ['eq:a"b', 'in:"c"'], id="quote"),
        pytest.param([], [], id="none"),
    ],
)
def test_names_are_combined_into_few_filters(names: list[str], filters: list[str]) -> None:
    assert list(name_filters(names)) == filters


def test_filters_have_a_maximum_length() -> None:
    filters = list(name_filters(f"{number:0200d}" for number in range(40)))
    assert (len(filters), max(map(len, filters)) < LONGEST_QUERY) == (4, True)
