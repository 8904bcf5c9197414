# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores that hold the data of an image, and the changes to them."""

from __future__ import annotations

from typing import Iterable, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._image.model import Image


def store_names(image: Image, attribute: str) -> tuple[str, ...]:
    """Return the stores in a comma-separated attribute of the image."""
    return tuple(name for name in str(image.get(attribute) or "").split(",") if name)


def stores_of(image: Image) -> tuple[str, ...]:
    """Return the stores that hold the data of the image."""
    return store_names(image, "stores")


def importing_stores(image: Image) -> tuple[str, ...]:
    """Return the stores to which an import has not copied the data yet."""
    return store_names(image, "os_glance_importing_to_stores")


def failed_stores(image: Image) -> tuple[str, ...]:
    """Return the stores to which the last import failed to copy the data."""
    return store_names(image, "os_glance_failed_import")


def missing_stores(image: Image, desired: Iterable[str]) -> tuple[str, ...]:
    """Return the desired stores that do not hold the data of the image."""
    current = stores_of(image)
    return tuple(dict.fromkeys(store for store in desired if store not in current))


class StorePlan(NamedTuple):
    """Stores to copy the data to, and stores to remove it from afterwards; never all that hold it."""

    copy: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def plan_stores(image: Image, desired: Sequence[str], mode: str) -> StorePlan:
    """Return the changes that copy the data to the desired stores; mode "replace" removes it from the others."""
    if not desired:
        return StorePlan()
    surplus = tuple(store for store in stores_of(image) if store not in desired) if mode == "replace" else ()
    return StorePlan(copy=missing_stores(image, desired), remove=surplus)
