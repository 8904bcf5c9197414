# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selection of the image that is managed from the existing images of its name."""

from __future__ import annotations

from typing import Iterable, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import same_content, source_record
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import (
    UPLOAD_OF,
    Image,
    creation_order,
    temporary_name,
)


def owned_by(images: Iterable[Image], owners: Iterable[str | None]) -> list[Image]:
    """Return the images that belong to one of the projects."""
    projects = tuple(owners)
    return [image for image in images if image.get("owner") in projects]


def visible_to_all(images: Iterable[Image]) -> list[Image]:
    """Return the public and community images.

    The list of an administrator also contains the private and shared images of other projects.
    """
    return [image for image in images if image.get("visibility") in ("public", "community")]


def replaced_images(images: Iterable[Image]) -> list[Image]:
    """Return the images that another one was published to replace; they exist if that run was killed."""
    replaced = {source_record(image).get("replaces") for image in images}
    return [image for image in images if image["id"] in replaced]


def temporary_images(images: Iterable[Image], name: str) -> list[Image]:
    """Return the temporary images of unfinished uploads to the name."""
    return [image for image in images if image.get("name") == temporary_name(name) and is_upload_of(image, name)]


def is_upload_of(image: Image, name: str) -> bool:
    """Return whether an image with the name of a temporary image is one.

    A service with property protections may refuse the property UPLOAD_OF. Without it, a complete image is not removed,
    because it may belong to a user.
    """
    if UPLOAD_OF in image:
        return bool(image[UPLOAD_OF] == name)
    return image.get("status") not in ("active", "deactivated")


def retired_copies(images: Iterable[Image], name: str) -> list[Image]:
    """Return the replaced and kept copies of the name, the newest first; without snapshots of them."""
    copies = [image for image in images if source_record(image).get("retired") == name]
    return sorted(copies, key=creation_order, reverse=True)


class Selection(NamedTuple):
    """The selected image, whether it has the desired content, and warnings."""

    image: Image | None = None
    same: bool = False
    warnings: tuple[str, ...] = ()


def select_image(images: Iterable[Image], desired: Desired, source: Source | None) -> Selection:
    """Return the image to manage: of several, the oldest one that has the desired content."""
    candidates = sorted(images, key=creation_order)
    has_content = bool(source or desired.checksum or desired.disk_format or desired.container_format)
    for image in candidates if has_content or len(candidates) == 1 else ():
        if same_content(image, desired, source):
            return Selection(image, True, duplicate_warning(candidates, desired, image))
    if len(candidates) < 2:
        return Selection(candidates[0] if candidates else None)
    if desired.select == "newest":
        newest = candidates[-1]
        return Selection(newest, not has_content, duplicate_warning(candidates, desired, newest))
    raise GlanceError(ambiguous(candidates, desired, has_content))


def ambiguous(candidates: list[Image], desired: Desired, has_content: bool) -> str:
    """Return the message that several images have the name."""
    ids = ", ".join(image["id"] for image in candidates)
    cause = "none has the desired content" if has_content else "no option selects one of them"
    return (
        f"{len(candidates)} images have the name {desired.name}, and {cause}: {ids}. "
        "Set the id of one, set select: newest, or remove the others"
    )


def duplicate_warning(candidates: list[Image], desired: Desired, selected: Image) -> tuple[str, ...]:
    """Return the warning that several images have the name; nothing if there is only one."""
    if len(candidates) < 2:
        return ()
    others = ", ".join(image["id"] for image in candidates if image is not selected)
    return (f"{len(candidates)} images have the name {desired.name}; {selected['id']} is managed, not {others}",)
