# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.order import sort_images, sort_keys, sufficient_images

IMAGES: list[dict[str, Any]] = [
    {"id": "1", "name": "b", "size": None, "created_at": "2"},
    {"id": "2", "name": "A", "size": 5, "created_at": "1"},
    {"id": "3", "name": "a", "size": 3, "created_at": "3"},
]


@pytest.mark.parametrize(
    ("requested", "ids"),
    [
        ([], "312"),
        (["name"], "321"),
        (["name:desc"], "132"),
        (["size"], "132"),
        (["size:desc"], "231"),
        (["created_at:asc"], "213"),
    ],
)
def test_images_are_sorted(requested: list[str], ids: str) -> None:
    assert [image["id"] for image in sort_images(IMAGES, requested)] == list(ids)


def test_tags_are_sorted() -> None:
    (image,) = sort_images([{"id": "1", "tags": ["b", "a"]}], [])
    assert image["tags"] == ["a", "b"]


def test_keys_are_unique_and_complete() -> None:
    assert sort_keys(["id:desc", "id"]) == [("id", True), ("created_at", True)]


@pytest.mark.parametrize("key", ["weight", "name:up", ""])
def test_invalid_key_is_refused(key: str) -> None:
    with pytest.raises(GlanceError, match="sort: images cannot be sorted by"):
        sort_keys([key])


@pytest.mark.parametrize(("requested", "expected"), [(["created_at"], 3), (["name"], None)])
def test_limit_is_sufficient_only_if_all_databases_sort_alike(requested: list[str], expected: int | None) -> None:
    assert sufficient_images(3, requested) == expected
