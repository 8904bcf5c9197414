# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import methods of the service, and uploads by an import."""

from __future__ import annotations

import hashlib
import json
import time
from functools import cached_property
from typing import Any, Callable, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    Checksum,
    check_algorithms,
    check_digest,
    parse_checksum,
)
from ansible_collections.osops.glance.plugins.module_utils._content.send import Cancelled
from ansible_collections.osops.glance.plugins.module_utils._content.signed_url import identity
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.import_status import ImportStatus
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Import
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.publication import verify_size
from ansible_collections.osops.glance.plugins.module_utils._image.upload import CANCELLED, Attempt, Uploader

UPLOAD, DIRECT, DOWNLOAD, COPY = "upload", "glance-direct", "web-download", "copy-image"
OTHER_REGION = "glance-download"
CLIENT_SIDE_METHODS = (UPLOAD, DIRECT)  # the methods with which this module reads the content
# Options that need the content on the host.
CLIENT_SIDE_OPTIONS = (
    *("url_username", "url_password", "url_headers", "url_ca_path"),
    *("checksum_uncompressed", "convert"),
)


class ImportMethod(NamedTuple):
    """The method to store content with, and the desired stores."""

    method: str = UPLOAD
    stores: tuple[str, ...] = ()
    all_stores: bool = False
    all_stores_must_succeed: bool | None = None
    stores_mode: str = "merge"

    @property
    def selects_stores(self) -> bool:
        return bool(self.stores or self.all_stores)

    @property
    def store_arguments(self) -> dict[str, Any]:
        """The arguments of import_document() for the stores."""
        return {
            "stores": self.stores,
            "all_stores": self.all_stores,
            "all_stores_must_succeed": self.all_stores_must_succeed if self.selects_stores else None,
        }

    def check(self, imports: Import) -> None:
        """Raise GlanceError if the service does not offer the method or the stores; a plain upload needs no check."""
        if self.method != UPLOAD or self.selects_stores:
            imports.check(None if self.method == UPLOAD else self.method, self.stores, self.all_stores)

    def desired_stores(self, writable_stores: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """Return the stores that the data must be in; none if the service chooses."""
        return writable_stores() if self.all_stores else self.stores


def import_method(params: Mapping[str, Any]) -> ImportMethod:
    """Return the method and the stores from the options."""
    if params.get("stores") and params.get("all_stores"):
        raise GlanceError("stores and all_stores exclude each other. Set only one of them")
    options = {name: params[name] for name in ImportMethod._fields if params.get(name) is not None}
    return ImportMethod(**{**options, "stores": tuple(dict.fromkeys(options.get("stores", ())))})


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


class Importer(Uploader):
    """Upload of one content to a temporary image by an import of the service."""

    def __init__(self, method: ImportMethod, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._method = method
        self._status: ImportStatus | None = None

    def upload(self, document: Mapping[str, Any], open_source: Callable[[int], Source]) -> Image:
        """Import the content, and return the image when the service holds it."""
        imports = self._api.monitored_imports(self._record_status)
        self._create(document)
        image_id = (self.temporary or {})["id"]
        source = open_source(1)
        attempt = None if isinstance(source, RemoteSource) else self._stage(imports, image_id, source)
        location = source.arguments if isinstance(source, RemoteSource) else {}
        imports.start(image_id, self._method.method, **location, **self._method.store_arguments)
        with self._hooks.importing(lambda: (self._status.bytes if self._status else None) or 0):
            # A download by the service shows no progress.
            stall = None if location else self._limits.stall_timeout
            self.failed_stores = imports.wait(image_id, self._left, stall).failed
        return self._verified(attempt) if attempt else self._verified_download(image_id, source)

    def _record_status(self, status: ImportStatus) -> None:
        self._status = status
        if self._stop.is_set():
            raise Cancelled(CANCELLED)

    def _stage(self, imports: Import, image_id: str, source: Source) -> Attempt:
        self._api.content.refresh_token()
        attempt = self._attempt(1, source)
        with self._hooks.sending(attempt.body.size, lambda: attempt.body.sent):
            imports.stage(image_id, attempt.body, self._left)
        return attempt

    def _verified_download(self, image_id: str, source: Source) -> Image:
        """Return the image; raise GlanceError if it does not have the given checksum."""
        image = self._api.images.get(image_id)
        verify_size(image, image.get("size"))
        expected = source.checksum
        if expected:
            held = known_digests(image)
            name = expected.algorithm
            if name not in held:
                check_algorithms(source.name, expected)
                held[name] = self._api.content.digest(image_id, name)
            check_digest(source.name, held, expected)
        self.transfer = {"bytes": image["size"], "seconds": round(time.monotonic() - self._started, 1), "attempts": 1}
        return dict(image)
