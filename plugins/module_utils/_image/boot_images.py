# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images with the kernel and the RAM disk that an image boots with."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterable

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.selection import owned_by, visible_to_all

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ATTRIBUTES = ("kernel_id", "ramdisk_id")


def boot_image_names(desired: Desired) -> set[str]:
    """Return the names of the kernel and of the RAM disk; none for those that are specified by ID."""
    names = (desired.attributes.get(attribute) for attribute in ATTRIBUTES)
    return {str(name) for name in names if name and not UUID.fullmatch(name)}


def with_boot_image_ids(desired: Desired, images: Iterable[Image], owners: Iterable[str | None]) -> Desired:
    """Return the desired state with the IDs of the kernel and of the RAM disk.

    images: include those of the names.
    owners: the projects whose images are preferred to public ones.
    """
    attributes = dict(desired.attributes)
    for attribute in ATTRIBUTES:
        name = attributes.get(attribute)
        if name == "":
            attributes[attribute] = None
        elif name and not UUID.fullmatch(name):
            named = [image for image in images if image["name"] == name]
            candidates = owned_by(named, owners) or visible_to_all(named)
            attributes[attribute] = boot_image_id(name, candidates, desired)
    return replace(desired, attributes=attributes)


def boot_image_id(name: str, candidates: list[Image], desired: Desired) -> str:
    """Return the ID of the only candidate; raise GlanceError if there are none or several."""
    if len(candidates) == 1:
        return str(candidates[0]["id"])
    if not candidates:
        raise GlanceError(f"The {desired.label} needs the image {name}, but there is no such image")
    ids = ", ".join(image["id"] for image in candidates)
    raise GlanceError(
        f"The {desired.label} needs the image {name}, but {len(candidates)} images have the name: {ids}. "
        "Set the ID of one"
    )
