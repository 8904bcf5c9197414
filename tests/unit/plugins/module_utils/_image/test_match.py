# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.match import has_property, matches_time, parse_time


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("gt:2026-01-01T00:00:00Z", True),
        ("gte:2026-01-02T00:00:00Z", True),
        ("lt:2026-01-02T00:00:00Z", False),
        ("lte:2026-01-02T00:00:00Z", True),
        ("eq:2026-01-02T01:00:00+01:00", True),
        ("neq:2026-01-02T00:00:00", False),
        ("2026-01-02T00:00:00", True),
    ],
)
def test_times_are_compared(condition: str, expected: bool) -> None:
    assert matches_time("2026-01-02T00:00:00Z", "created_at", condition) is expected


def test_missing_time_does_not_match() -> None:
    assert not matches_time(None, "updated_at", "neq:2026-01-02T00:00:00Z")


def test_invalid_time_is_refused() -> None:
    with pytest.raises(GlanceError, match="updated_at is 'about:noon'. Use an operator .gt, gte, lt, lte, eq, neq."):
        matches_time("2026-01-02T00:00:00Z", "updated_at", "about:noon")


def test_time_without_a_zone_is_in_utc() -> None:
    assert parse_time("2026-01-02T03:04:05") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("image", "value", "expected"),
    [
        ({}, None, True),
        ({"p": "1"}, None, False),
        ({"p": "1"}, 1, True),
        ({"p": "true"}, True, True),
        ({"p": "a"}, "A", False),
        ({}, "1", False),
    ],
)
def test_properties_are_compared_as_text(image: dict[str, Any], value: Any, expected: bool) -> None:
    assert has_property(image, "p", value) is expected
