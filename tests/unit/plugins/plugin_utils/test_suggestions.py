# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.suggestions import closest_match


@pytest.mark.parametrize(
    ("name", "candidates", "cutoff", "expected"),
    [
        pytest.param("stroes", ["stores", "config"], 0.7, "stores", id="typing error"),
        pytest.param("default", ["DEFAULT", "database"], 0.7, "DEFAULT", id="case"),
        pytest.param("vip", ["stores", "config"], 0.7, None, id="no similar name"),
        pytest.param("nmae", ["name", "url"], 0.6, "name", id="lower cutoff"),
        pytest.param("nmae", ["name", "url"], 0.9, None, id="higher cutoff"),
        pytest.param("x", [], 0.7, None, id="no candidates"),
    ],
)
def test_closest_match(name: str, candidates: list[str], cutoff: float, expected: str | None) -> None:
    assert closest_match(name, candidates, cutoff=cutoff) == expected
