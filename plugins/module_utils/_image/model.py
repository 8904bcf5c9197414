# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the attributes and properties of an image, and the properties in which this module records state."""

from __future__ import annotations

from typing import Any, Mapping

Image = Mapping[str, Any]  # an image as the API returns it

# Options that set an attribute of the image, and the name of the attribute in the API.
ATTRIBUTES = {
    "visibility": "visibility",
    "protected": "protected",
    "hidden": "os_hidden",
    "min_disk": "min_disk",
    "min_ram": "min_ram",
    "owner": "owner",
    "tags": "tags",
}
# Options that set a property which the image schema of Glance defines, and the name of the property.
COMMON_PROPERTIES = {
    "architecture": "architecture",
    "os_distro": "os_distro",
    "os_version": "os_version",
    "description": "description",
    "kernel": "kernel_id",
    "ramdisk": "ramdisk_id",
}
# Attributes of the API that are not properties.
BASE_ATTRIBUTES = {
    *ATTRIBUTES.values(),
    *("id", "name", "status", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value"),
    *("disk_format", "container_format", "created_at", "updated_at", "file", "self", "schema"),
    *("stores", "locations", "direct_url"),
}
UPLOAD_OF = "osops_upload_of"  # on a temporary image: the name that the image gets when it is published
UPLOAD_BY = "osops_upload_by"  # on a temporary image: which host uploads, and for how long at most
RETIRED = "osops_retired"  # on a replaced image that was kept; SOURCE records its previous name
SOURCE = "osops_source"  # facts about the source that the image does not show
RECORD_PROPERTIES = (UPLOAD_OF, UPLOAD_BY, RETIRED, SOURCE)
# Prefixes of properties that users do not manage; properties_mode: replace does not remove them.
RESERVED_PREFIXES = (*RECORD_PROPERTIES, "os_glance_", "owner_specified.")
# Prefixes of properties that describe one content or belong to the service; new content does not inherit them.
NOT_INHERITED_PREFIXES = (*RESERVED_PREFIXES, "img_signature")
LONGEST_NAME = 255


def is_property(name: str) -> bool:
    """Return whether an attribute of the API is a property that users may set and remove."""
    return name not in BASE_ATTRIBUTES and not name.startswith(RESERVED_PREFIXES)


def property_text(value: Any) -> str:
    """Return the value of a property as the API stores it: a string, with booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def without_records(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes without the properties in which this module records state."""
    return {name: value for name, value in attributes.items() if name not in RECORD_PROPERTIES}


def temporary_name(name: str) -> str:
    """Return the name of the temporary image for an upload to the name."""
    return f"(upload of osops.glance) {name}"[:LONGEST_NAME]


def creation_order(image: Image) -> tuple[str, str]:
    """Return a sort key: by creation time, then by ID, so that every run sorts images alike."""
    return str(image.get("created_at")), str(image["id"])
