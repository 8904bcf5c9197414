# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that refuse to replace or remove an image."""

from __future__ import annotations

from typing import Iterable

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image

MIB = 2**20


def replacement_action(desired: Desired, has_members: bool) -> str:
    """Return what to do with a replaced image; one with members is never deleted."""
    if desired.replace == "never" or (desired.replace == "delete" and has_members):
        return "rotate"
    return desired.replace


def check_replacement(
    image: Image, desired: Desired, owners: Iterable[str | None], has_members: bool, content: str
) -> None:
    """Raise GlanceError for an image whose content must not be replaced.

    content: describes the current content.
    """
    if desired.id:
        raise GlanceError(
            f"The {desired.label} has other content, and the content of an image ID cannot change. "
            "Set name without id to replace the image by a new one"
        )
    if image.get("owner") not in owners:
        raise GlanceError(
            f"The image {desired.name} ({image['id']}) has other content and belongs to the project "
            f"{image.get('owner')}, so it is not replaced. Authenticate for that project, set owner to it, or use "
            "another name"
        )
    if desired.replace == "never":
        raise GlanceError(
            f"The image {desired.name} ({image['id']}) has other content ({content}), and replace: never forbids to "
            "replace it"
        )
    if replacement_action(desired, has_members) == "delete":
        check_protection(image, desired, "its content cannot be replaced")


def check_protection(image: Image, desired: Desired, consequence: str) -> None:
    """Raise GlanceError for a protected image, unless the options permit to unprotect it."""
    if image.get("protected") and not desired.may_unprotect:
        raise GlanceError(
            f"The {desired.label} ({image['id']}) is protected, so {consequence}. "
            "Set protected: false or force: true to allow it"
        )


def missing_source(image: Image | None, desired: Desired) -> str:
    """Return the message that content is needed and no source is set."""
    if image is None:
        return f"There is no {desired.label}, and neither src nor url is set to create it"
    return (
        f"The {desired.label} ({image['id']}) does not have the desired checksum, disk_format or container_format, "
        "and neither src nor url is set to replace it"
    )


def check_quota(desired: Desired, quota: tuple[int, int] | None, added: int, removed: int) -> None:
    """Raise GlanceError if the images of the project would exceed its quota.

    The service checks the size of an image only after it has stored it, or not in every release.

    quota: the usage and the limit in MiB; a negative limit is none.
    added, removed: bytes.
    """
    usage, limit = quota or (0, -1)
    after = usage + (added - removed) / MIB
    if limit >= 0 and after > limit and (added > removed or usage > limit):
        raise GlanceError(
            f"The {desired.label} would increase the images of the project from {usage} MiB to {after:.0f} MiB, and "
            f"its quota (image_size_total) is {limit} MiB"
        )
