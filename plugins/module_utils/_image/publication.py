# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of an image during its upload, when it is published, and when it is retired.

An upload goes to a temporary image, which is private and has a temporary name. When the content is verified, the image
gets the attributes that other users can see.
"""

from __future__ import annotations

import json
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import is_available
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.changes import min_disk_attribute
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests, source_record
from ansible_collections.osops.glance.plugins.module_utils._image.desired import AUTO, Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import (
    LONGEST_NAME,
    RETIRED,
    SOURCE,
    UPLOAD_BY,
    UPLOAD_OF,
    Image,
    temporary_name,
)

PUBLISHED_LAST = ("visibility", "protected", "os_hidden", "name")


def temporary_document(
    name: str, formats: Mapping[str, str], attributes: Mapping[str, Any], uploader: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the document that creates the temporary image: without the attributes that are published last."""
    early = {attribute: value for attribute, value in attributes.items() if attribute not in PUBLISHED_LAST}
    records = {UPLOAD_OF: name, UPLOAD_BY: json.dumps(uploader, sort_keys=True)}
    return {**early, **formats, "name": temporary_name(name), "visibility": "private", **records}


def source_facts(previous: Image | None, desired: Desired, source: Source) -> dict[str, str]:
    """Return the facts for the next run that the image does not show: its source, and the image that it replaces."""
    facts = {"replaces": previous["id"]} if previous else {}
    recorded = {"origin": source.original.origin, "validator": source.original.validator}
    facts.update({name: value for name, value in recorded.items() if value})
    if source.target_format:
        facts["converted"] = source.target_format
        if desired.checksum_uncompressed:
            facts["uncompressed"] = str(desired.checksum_uncompressed)
        if desired.checksum or source.original.is_local:
            facts["delivered"] = str(desired.checksum or source.fingerprint)
        return facts
    if desired.checksum:
        facts["delivered" if source.is_decompressed else "checksum"] = str(desired.checksum)
    if desired.checksum_uncompressed:
        facts["checksum"] = str(desired.checksum_uncompressed)
    return facts


def published_attributes(
    image: Image, desired: Desired, attributes: Mapping[str, Any], facts: Mapping[str, str]
) -> dict[str, Any]:
    """Return the attributes that turn the verified temporary image into the desired image."""
    record = dict(facts)
    if record.get("checksum", "").partition(":")[0] in known_digests(image):
        del record["checksum"]
    text = json.dumps({"image": image["id"], **record}, sort_keys=True) if record else None
    min_disk = min_disk_attribute(image) if desired.attributes.get("min_disk") == AUTO else {}
    return {**attributes, **min_disk, "name": desired.name, UPLOAD_OF: None, UPLOAD_BY: None, SOURCE: text}


def retired_name(image: Image) -> str:
    """Return the name of a retired copy: with its creation time."""
    date = f" ({image.get('created_at')})"
    return str(image["name"])[: LONGEST_NAME - len(date)] + date


def retired_attributes(image: Image, hide: bool) -> dict[str, Any]:
    """Return the attributes that turn an image into a retired copy."""
    facts = {name: value for name, value in source_record(image).items() if name != "replaces"}
    record = json.dumps({**facts, "image": image["id"], "retired": image["name"]}, sort_keys=True)
    hidden = {"os_hidden": True} if hide and "os_hidden" in image else {}
    return {"name": retired_name(image), RETIRED: "true", SOURCE: record, **hidden}


def upload_algorithms(created: Image, verify: bool = True) -> set[str]:
    """Return the algorithm to hash sent content with; the service has a hash besides md5 since Rocky."""
    algorithm = "sha512" if "os_hash_algo" in created else "md5"
    return {algorithm} if verify and is_available(algorithm) else set()


def verify_size(image: Image, sent: int) -> None:
    """Raise GlanceError unless the service holds as many bytes as were sent."""
    if image.get("status") != "active":
        raise GlanceError(f"after the upload the image is {image.get('status')}, not active")
    if image.get("size") != sent:
        raise GlanceError(f"{sent} bytes were sent, but the service holds {image.get('size')}")


def verify_digests(held: Mapping[str, str], sent: Mapping[str, str]) -> None:
    """Raise GlanceError unless the digests of the service equal those of the sent content, by common algorithms."""
    for algorithm in held.keys() & sent.keys():
        if held[algorithm] != sent[algorithm]:
            raise GlanceError(f"{algorithm}:{sent[algorithm]} was sent, but the service holds {held[algorithm]}")
