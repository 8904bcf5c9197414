# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order of images in the result of image_info."""

from __future__ import annotations

from typing import Any, Iterable, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image

SORT_KEYS = ("name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at")
# Keys that every database sorts alike; databases differ in the order of letters and of missing values.
PORTABLE_KEYS = ("status", "id", "created_at", "updated_at")
# The order of images that are equal by the requested keys.
LAST_KEYS = ("created_at:desc", "id:asc")


def sort_keys(requested: Iterable[str]) -> list[tuple[str, bool]]:
    """Return the sort keys, the most important first, each with whether it is descending; no two images are equal."""
    keys: dict[str, bool] = {}
    for text in (*requested, *LAST_KEYS):
        key, _colon, direction = text.strip().partition(":")
        if key not in SORT_KEYS or direction not in ("", "asc", "desc"):
            raise GlanceError(
                f"sort: images cannot be sorted by {text!r}. Use {', '.join(SORT_KEYS)}, each with :asc or :desc"
            )
        keys.setdefault(key, direction == "desc")
    return list(keys.items())


def sort_images(images: Iterable[Image], requested: Iterable[str]) -> list[Image]:
    """Return the images in the requested order; a missing value precedes all others."""
    # Each process of the service has its own order of tags.
    ordered: list[Image] = [{**image, "tags": sorted(image.get("tags") or ())} for image in images]
    for key, descending in reversed(sort_keys(requested)):
        ordered.sort(key=lambda image: rank(image.get(key)), reverse=descending)  # noqa: B023
    return ordered


def rank(value: Any) -> tuple[bool, Any]:
    """Return the sort key of a value; text is sorted without regard to case."""
    return value is not None, value.casefold() if isinstance(value, str) else value


def sufficient_images(limit: int | None, requested: Sequence[str]) -> int | None:
    """Return how many images of a list to read; None for all, if the service may sort them in another order."""
    is_portable = all(key in PORTABLE_KEYS for key, _descending in sort_keys(requested))
    return limit if is_portable else None
