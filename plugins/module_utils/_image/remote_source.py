# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content that the service downloads."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum, parse_checksum
from ansible_collections.osops.glance.plugins.module_utils._content.signed_url import identity
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import DOWNLOAD

OTHER_REGION = "glance-download"
CLIENT_SIDE_OPTIONS = (
    *("url_username", "url_password", "url_headers", "url_ca_path"),
    *("checksum_uncompressed", "convert"),
)


class RemoteSource(Source):
    """Content that the service downloads; this module cannot read it.

    arguments: the arguments of import_document() for the source.
    """

    is_readable = False

    def __init__(self, name: str, checksum: Checksum | None, **arguments: str | None) -> None:
        super().__init__(name, checksum, None, "none")
        self.arguments = arguments

    @cached_property
    def size(self) -> int | None:
        return None

    @cached_property
    def origin(self) -> str:
        """A fingerprint of the location, without the signature of a signed URL."""
        uri = self.arguments.get("uri")
        location = {**self.arguments, **({"uri": identity(uri)} if uri else {})}
        return hashlib.sha256(json.dumps(location, sort_keys=True).encode()).hexdigest()

    @cached_property
    def head(self) -> bytes:
        raise GlanceError(f"The Image service downloads the {self.name}, so its format is unknown. Set disk_format")


def remote_source(params: Mapping[str, Any], source: Source | None) -> RemoteSource:
    """Return the content that the service downloads; raise GlanceError for options that need it on the host.

    source: the local view of url, if it is set.
    """
    method = params.get("method")
    if (method == OTHER_REGION) != bool(params.get("from_image") and params.get("from_region")):
        raise GlanceError(f"method: {OTHER_REGION}, from_region and from_image must be set together")
    if method == DOWNLOAD and not isinstance(source, UrlSource):
        raise GlanceError(f"method: {DOWNLOAD} requires url, which the Image service downloads")
    unsupported = [name for name in CLIENT_SIDE_OPTIONS if params.get(name)]
    if unsupported:
        raise GlanceError(f"{' and '.join(unsupported)} cannot be used with method: {method}. Remove one of them")
    if source:
        return RemoteSource(source.name, source.checksum, uri=params["url"])
    region, image = params["from_region"], params["from_image"]
    location = {"region": region, "remote_id": image, "interface": params.get("from_interface")}
    expected = parse_checksum(params["checksum"]) if params.get("checksum") else None
    return RemoteSource(f"image {image} of the region {region}", expected, **location)
