# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of the content of an image with the desired content; reads as little as possible."""

from __future__ import annotations

import json
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    compute_digests,
    is_available,
    parse_checksum,
)
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source, expected_algorithms
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import SOURCE, Image


def source_record(image: Image) -> Mapping[str, Any]:
    """Return the recorded facts about the source.

    A record that was copied from another image, as it is in snapshots, does not count.
    """
    try:
        record = json.loads(image.get(SOURCE) or "{}")
    except ValueError:
        return {}
    return record if isinstance(record, dict) and record.get("image") == image.get("id", "") else {}


def known_digests(image: Image) -> dict[str, str]:
    """Return the digests of the stored content that are known without reading it, by algorithm."""
    known = {"md5": image.get("checksum"), str(image.get("os_hash_algo")): image.get("os_hash_value")}
    recorded = source_record(image).get("checksum")
    if recorded:
        algorithm, value = parse_checksum(recorded)
        known[algorithm] = value
    return {algorithm: value for algorithm, value in known.items() if value}


def delivered_digests(image: Image) -> dict[str, str]:
    """Return the known digests of the source as delivered, before it was decompressed or converted."""
    recorded = source_record(image).get("delivered")
    return dict([parse_checksum(recorded)]) if recorded else known_digests(image)


def uncompressed_digests(image: Image) -> dict[str, str]:
    """Return the known digests of the decompressed source, before it was converted."""
    record = source_record(image)
    if record.get("uncompressed"):
        return dict([parse_checksum(record["uncompressed"])])
    return {} if record.get("converted") else known_digests(image)


def has_formats(image: Image, desired: Desired) -> bool:
    """Return whether the image has the desired disk format and container format."""
    return all(getattr(desired, name) in (None, image.get(name)) for name in ("disk_format", "container_format"))


def matches_checksums(image: Image, desired: Desired) -> bool | None:
    """Return whether the image has the desired checksums; None if that is unknown without reading the content."""
    for expected, known in (
        (desired.checksum, delivered_digests(image)),
        (desired.checksum_uncompressed, uncompressed_digests(image)),
    ):
        if expected and expected.algorithm in known:
            return known[expected.algorithm] == expected.value
    return None


def same_content(image: Image, desired: Desired, source: Source | None) -> bool:
    """Return whether the image has the desired content in the desired formats."""
    if not has_formats(image, desired):
        return False
    matches = matches_checksums(image, desired)
    if matches is not None:
        return matches
    has_checksum = bool(desired.checksum or desired.checksum_uncompressed)
    if source is None:
        return not has_checksum
    is_local = source.original.is_local
    if not has_checksum and (desired.compare == "record" or not is_local) and same_origin(image, source):
        return True
    if not (is_local or (source.is_readable and not source_record(image))):
        return False  # the recorded source differs
    if source.target_format and source_record(image):
        return source_record(image).get("delivered") == source.fingerprint
    return source.size in (None, image.get("size")) and same_digest(known_digests(image), source)


def same_origin(image: Image, source: Source) -> bool:
    """Return whether the image was made from the source in the same way, and the source has not changed since."""
    record = source_record(image)
    recorded = [record[name] for name in ("origin", "validator") if name in record]
    if not recorded or record.get("converted", source.target_format) != source.target_format:
        return False
    return source.original.matches_origin(*recorded)


def same_digest(known: Mapping[str, str], source: Source) -> bool:
    """Return whether the content of the source has a known digest; reads it once."""
    # The strongest algorithm is the last: the hash of the image (os_hash_algo) follows md5.
    algorithm = next((name for name in reversed(list(known)) if is_available(name)), None)
    if algorithm is None:
        return False
    found = compute_digests(source.pieces(), {algorithm, *expected_algorithms(source)})
    source.check({**source.delivered, **found})
    return found[algorithm] == known[algorithm]
