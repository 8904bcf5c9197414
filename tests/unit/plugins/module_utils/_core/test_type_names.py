# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a number"),
        ("x", "a string"),
        ({}, "a dictionary"),
        ((), "a list"),
        (frozenset(), "a frozenset"),
    ],
)
def test_value_is_described_by_its_type(value: Any, expected: str) -> None:
    assert describe_type(value) == expected
