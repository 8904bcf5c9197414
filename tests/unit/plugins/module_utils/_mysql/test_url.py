# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.url import URL_PARTS


@pytest.mark.parametrize(
    ("part", "text", "is_plain"),
    [
        ("driver", "mysql+pymysql", True),
        ("driver", "mysql://", False),
        ("host", "db1.example.com", True),
        ("host", "db1/x", False),
        ("name", "glance_2-a.b~c", True),
        ("name", "gl%61nce", False),
        ("port", "3306", True),
        ("port", "33o6", False),
    ],
)
def test_part_that_needs_no_encoding_is_recognized(part: str, text: str, is_plain: bool) -> None:
    assert bool(URL_PARTS[part].fullmatch(text)) is is_plain
