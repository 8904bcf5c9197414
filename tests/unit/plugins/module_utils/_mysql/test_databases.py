# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Current
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import (
    DESIRED,
    NO_DATABASE,
    SERVER,
    current,
    statements,
)


@pytest.mark.parametrize(
    ("changes", "state", "expected"),
    [
        pytest.param(
            {"encoding": "utf8mb4"},
            current(desired_encoding="utf8mb4"),
            ["ALTER DATABASE `glance` CHARACTER SET utf8mb4"],
            id="other encoding",
        ),
        pytest.param({}, current(encoding="utf8mb4"), [], id="encoding omitted"),
        pytest.param(
            {"collation": "utf8_bin"}, current(), ["ALTER DATABASE `glance` COLLATE utf8mb3_bin"], id="other collation"
        ),
        pytest.param({"collation": "utf8_general_ci"}, current(), [], id="alias of the collation"),
        pytest.param(
            {"collation": "utf8mb4_bin"},
            current(**NO_DATABASE),
            ["CREATE DATABASE IF NOT EXISTS `glance` COLLATE utf8mb4_bin"],
            id="collation determines the encoding",
        ),
        pytest.param(
            {"name": "a`b%c", "user": None},
            current(**NO_DATABASE),
            ["CREATE DATABASE IF NOT EXISTS `a``b%c` CHARACTER SET utf8mb3"],
            id="special characters in the name",
        ),
        pytest.param(
            {"name": "GLANCE"}, current(server=SERVER._replace(lowercases_names=True)), [], id="server lowercases names"
        ),
    ],
)
def test_database_is_created_or_changed(changes: dict[str, Any], state: Current, expected: list[str]) -> None:
    assert statements({**DESIRED, **changes}, state) == expected
