# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.stored_images import newest_per_store

OLD: dict[str, Any] = {"id": "a", "status": "active", "size": 1}


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        pytest.param([], {}, id="no image"),
        pytest.param([OLD, {**OLD, "id": "b"}], {None: "a"}, id="a release that does not report stores"),
        pytest.param(
            [{**OLD, "stores": "x"}, {**OLD, "id": "b", "stores": "y"}], {"x": "a", "y": "b"}, id="two stores"
        ),
        pytest.param([{**OLD, "stores": "x,y"}], {"x": "a", "y": "a"}, id="in both stores"),
        pytest.param(
            [{**OLD, "stores": "x,y"}, {**OLD, "id": "b", "stores": "y"}], {"x": "a", "y": "b"}, id="alone first"
        ),
        pytest.param([{**OLD, "size": 0}, {**OLD, "size": None}], {}, id="without data"),
        pytest.param([{**OLD, "status": "queued"}], {}, id="not active"),
    ],
)
def test_newest_image_of_each_store_is_selected(images: Any, expected: Any) -> None:
    assert {store: image["id"] for store, image in newest_per_store(images).items()} == expected
