# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match


@pytest.mark.parametrize(
    ("name", "names", "cutoff", "expected"),
    [
        ("debgu", ["debug", "workers"], 0.6, "debug"),
        ("worker", {"workers", "debug"}, 0.9, "workers"),
        ("debgu", ["debug"], 0.9, None),
        ("default", ["DEFAULT", "database"], 0.7, "DEFAULT"),
        ("debug", [], 0.6, None),
    ],
)
def test_most_similar_name_is_suggested(name: str, names: list[str], cutoff: float, expected: str | None) -> None:
    assert closest_match(name, names, cutoff) == expected
