# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of an image, from the options of the module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum, parse_checksum
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.model import (
    ATTRIBUTES,
    BASE_ATTRIBUTES,
    COMMON_PROPERTIES,
    RECORD_PROPERTIES,
    property_text,
)

AUTO = "auto"  # of min_disk: the size of the disk in the content
MEMBER_STATES = ("accepted", "pending", "rejected")
# Options that are fields of Desired with the same name.
FIELDS = ("state", "tags_mode", "members_mode", "select", "compare", "replace", "keep", "force")


@dataclass(frozen=True)
class Desired:
    """The desired state of an image.

    attributes: only those that the options set, by their API names; None removes a property.
    members: the state of each project; None keeps the current state.
    checksum: of the content as delivered, before it is decompressed and converted.
    """

    name: str
    attributes: Mapping[str, Any]
    checksum: Checksum | None = None
    checksum_uncompressed: Checksum | None = None
    disk_format: str | None = None
    container_format: str | None = None
    id: str | None = None
    state: str = "present"
    tags_mode: str = "replace"
    properties_mode: str = "merge"
    members: Mapping[str, str | None] | None = None
    members_mode: str = "replace"
    select: str = "fail"
    compare: str = "record"
    replace: str = "delete"
    keep: int | None = None
    force: bool = False

    @property
    def label(self) -> str:
        """The image in messages and in the diff."""
        return f"image {self.name or self.id}"

    @property
    def may_unprotect(self) -> bool:
        return self.force or self.attributes.get("protected") is False


def desired_image(params: Mapping[str, Any], source: Source | None = None) -> Desired:
    """Return the desired state that the options describe.

    source: contains the checksums that were read from checksum files.
    """
    delivered, uncompressed = desired_checksums(params, source)
    return Desired(
        name=params.get("name") or "",
        id=params.get("id"),
        attributes=attribute_options(params),
        checksum=delivered,
        checksum_uncompressed=uncompressed,
        disk_format=params.get("disk_format") or params.get("convert"),
        container_format=params.get("container_format"),
        properties_mode=(params.get("properties_mode") or "merge") if params.get("properties") is not None else "merge",
        members=None if params.get("members") is None else parse_members(params["members"]),
        **{name: params[name] for name in FIELDS if params.get(name) is not None},
    )


def attribute_options(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes and properties that the options set, by their API names."""
    attributes = {api: params[option] for option, api in ATTRIBUTES.items() if params.get(option) is not None}
    if "min_disk" in attributes:
        attributes["min_disk"] = parse_min_disk(attributes["min_disk"])
    if "tags" in attributes:
        attributes["tags"] = sorted(set(attributes["tags"]))
    if params.get("id") and params.get("name"):
        attributes["name"] = params["name"]
    common = {api: params[option] for option, api in COMMON_PROPERTIES.items() if params.get(option) is not None}
    return {**attributes, **merge_properties(params.get("properties") or {}, common)}


def desired_checksums(params: Mapping[str, Any], source: Source | None) -> list[Checksum | None]:
    """Return the checksums that the content must have: as delivered, and decompressed."""
    if source:
        return [source.original.checksum, source.original.checksum_uncompressed]
    texts = (params.get(name) for name in ("checksum", "checksum_uncompressed"))
    return [parse_checksum(text) if text else None for text in texts]


def merge_properties(properties: Mapping[str, Any], common: Mapping[str, str]) -> dict[str, str | None]:
    """Return the properties as the API stores them: of the option properties, and of the options for one property."""
    for name in properties:
        if name in BASE_ATTRIBUTES or name in RECORD_PROPERTIES:
            raise GlanceError(f"properties cannot set {name!r}, which is not a property. Use the option for it")
        if name in common:
            raise GlanceError(f"{name!r} is set twice, in properties and by its own option. Remove one of them")
    merged = {**properties, **common}
    return {name: None if value is None else property_text(value) for name, value in merged.items()}


def parse_min_disk(value: Any) -> Any:
    """Return the value of min_disk: a number of GiB, or AUTO."""
    if value == AUTO or re.fullmatch("[0-9]+", str(value)):
        return value if value == AUTO else int(value)
    raise GlanceError(f"min_disk is {value!r}, which is neither a number of GiB nor {AUTO!r}")


def parse_members(value: Any) -> dict[str, str | None]:
    """Return the desired state of each member, from a list of projects or a dictionary of projects and states."""
    if isinstance(value, str):
        value = [project.strip() for project in value.split(",") if project.strip()]
    if isinstance(value, Mapping):
        states = {str(project): state for project, state in value.items()}
    elif isinstance(value, list):
        states = {str(project): None for project in value}
    else:
        raise GlanceError("members is neither a list of projects nor a dictionary of projects and their states")
    for project, state in states.items():
        if state is not None and state not in MEMBER_STATES:
            raise GlanceError(
                f"members: the state {state!r} of the project {project} is none of {', '.join(MEMBER_STATES)}"
            )
    return states
