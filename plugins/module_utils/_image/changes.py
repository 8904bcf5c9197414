# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between the current and the desired state of an image."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.desired import AUTO, Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import BASE_ATTRIBUTES, Image, is_property

GIB = 2**30


def desired_attributes(image: Image, desired: Desired) -> dict[str, Any]:
    """Return the attributes to set on the image; some of them depend on those that it has."""
    attributes = dict(desired.attributes)
    if "tags" in attributes and desired.tags_mode == "merge":
        attributes["tags"] = sorted({*(image.get("tags") or []), *attributes["tags"]})
    if attributes.get("min_disk") == AUTO:
        del attributes["min_disk"]
        attributes.update(min_disk_attribute(image))
    if desired.properties_mode == "replace":
        attributes = {**{name: None for name in image if is_property(name)}, **attributes}
    return attributes


def min_disk_attribute(image: Image) -> dict[str, int]:
    """Return min_disk for the disk in the image, rounded up to GiB; nothing if the size of the disk is unknown."""
    size = image.get("virtual_size") or (image.get("size") if image.get("disk_format") == "raw" else None)
    return {} if size is None else {"min_disk": -(-int(size) // GIB)}


def difference(image: Image, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes whose value differs from that of the image."""
    current: dict[str, Any] = {"os_hidden": False, **image}
    current["tags"] = sorted(image.get("tags") or [])
    return {name: value for name, value in attributes.items() if current.get(name) != value}


def patch(image: Image, attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the JSON patch that sets the attributes of the image; only operations that change a value."""
    operations = []
    for name, value in sorted(difference(image, attributes).items()):
        path = "/" + name.replace("~", "~0").replace("/", "~1")
        if value is None:
            operations.append({"op": "remove", "path": path})
        else:
            operations.append({"op": "replace" if name in image else "add", "path": path, "value": value})
    return operations


def apply_attributes(image: Image, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the image with the attributes set, as the API will return it."""
    merged = {**image, **attributes}
    return {name: value for name, value in merged.items() if value is not None or name in BASE_ATTRIBUTES}


def desired_members(current: Mapping[str, str], desired: Desired) -> dict[str, str]:
    """Return the members and their states after the run; a new member is pending unless its state is given."""
    members = {project: state or current.get(project, "pending") for project, state in (desired.members or {}).items()}
    return {**current, **members} if desired.members is None or desired.members_mode == "merge" else members


def inherit_members(previous: Mapping[str, str], current: Mapping[str, str]) -> dict[str, str]:
    """Return the current members with those of the replaced image.

    A current state of pending may only mean that a killed run did not copy the previous state yet.
    """
    answered = {project: state for project, state in current.items() if state != "pending"}
    return {**current, **previous, **answered}


def check_members(desired: Desired, visibility: str | None) -> None:
    """Raise GlanceError if members are set for an image that cannot have any."""
    if desired.members and visibility != "shared":
        raise GlanceError(
            f"The {desired.label} would be {visibility}, and only shared images have members. Set visibility: shared"
        )
