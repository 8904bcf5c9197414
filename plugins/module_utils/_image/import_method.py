# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content that the service takes in by one of its own ways of import, and the stores that it comes to."""

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
from ansible_collections.osops.glance.plugins.module_utils._image import planner as steps
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Import, ImportStatus
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image, known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Attempt, Uploader

UPLOAD, DIRECT, DOWNLOAD, COPY = "upload", "glance-direct", "web-download", "copy-image"
OTHER_REGION = "glance-download"
OURS = (UPLOAD, DIRECT)  # the ways in which content passes through here


class ImportMethod(NamedTuple):
    """The way that content comes to the service, and the stores that it shall be in."""

    method: str = UPLOAD
    stores: tuple[str, ...] = ()
    all_stores: bool = False
    all_stores_must_succeed: bool | None = None
    stores_mode: str = "merge"

    @property
    def concerns_stores(self) -> bool:
        return bool(self.stores or self.all_stores)

    @property
    def choice(self) -> dict[str, Any]:
        """What an import is told of the stores."""
        return {
            "stores": self.stores,
            "all_stores": self.all_stores,
            "all_stores_must_succeed": self.all_stores_must_succeed if self.concerns_stores else None,
        }

    def check(self, imports: Import) -> None:
        """Raise GlanceError for what the service does not offer; it is asked only if there is something to ask."""
        if self.method != UPLOAD or self.concerns_stores:
            imports.check(None if self.method == UPLOAD else self.method, self.stores, self.all_stores)

    def wanted(self, offered: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """Return the stores that the data shall be in; none where that is left to the service."""
        return offered() if self.all_stores else self.stores


def way(params: Mapping[str, Any]) -> ImportMethod:
    """Return the way that the options of the module say."""
    if params.get("stores") and params.get("all_stores"):
        raise GlanceError("stores and all_stores exclude each other: name the stores, or mean all of them")
    given = {name: params[name] for name in ImportMethod._fields if params.get(name) is not None}
    return ImportMethod(**{**given, "stores": tuple(dict.fromkeys(given.get("stores", ())))})


class Remote(Source):
    """Something that the service downloads: nothing of it is seen here.

    asked: what the service is told of it.
    """

    is_readable = False

    def __init__(self, name: str, checksum: Checksum | None, **asked: str | None) -> None:
        super().__init__(name, checksum, None, "none")
        self.asked = asked

    @cached_property
    def size(self) -> int | None:
        return None

    @cached_property
    def origin(self) -> str:
        """A fingerprint of where it is, as nothing else is known here; a new signature does not make it another."""
        uri = self.asked.get("uri")
        where = {**self.asked, **({"uri": identity(uri)} if uri else {})}
        return hashlib.sha256(json.dumps(where, sort_keys=True).encode()).hexdigest()

    @cached_property
    def head(self) -> bytes:
        raise GlanceError(f"The service downloads the {self.name}, so disk_format must be given")


def remote(params: Mapping[str, Any], source: Source | None) -> Remote:
    """Return what the service shall download; GlanceError for what it cannot do."""
    method = params.get("method")
    if (method == OTHER_REGION) != bool(params.get("from_image") and params.get("from_region")):
        raise GlanceError(f"method: {OTHER_REGION}, from_region and from_image need one another")
    if method == DOWNLOAD and not isinstance(source, UrlSource):
        raise GlanceError(f"method: {DOWNLOAD} needs url: it is the service that downloads")
    ours = ("url_username", "url_password", "url_headers", "url_ca_path", "checksum_uncompressed", "convert")
    given = [name for name in ours if params.get(name)]
    if given:
        raise GlanceError(f"The service cannot be told {' and '.join(given)}: leave it out, or method: {method}")
    if source:
        return Remote(source.name, source.checksum, uri=params["url"])
    region, image = params["from_region"], params["from_image"]
    where = {"region": region, "remote_id": image, "interface": params.get("from_interface")}
    expected = parse_checksum(params["checksum"]) if params.get("checksum") else None
    return Remote(f"image {image} of the region {region}", expected, **where)


class Importer(Uploader):
    """Content on its way into one unfinished image, by an import of the service."""

    def __init__(self, way_: ImportMethod, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._way = way_
        self._seen: ImportStatus | None = None

    def fill(self, document: Mapping[str, Any], opened: Callable[[int], Source]) -> Image:
        """Have the content imported, and return the image when it is proven that the service holds it."""
        imports = self._images.reported(self._look)
        self._empty(document)
        image_id = (self.draft or {})["id"]
        source = opened(1)
        attempt = None if isinstance(source, Remote) else self._staged(imports, image_id, source)
        asked = source.asked if isinstance(source, Remote) else {}
        imports.start(image_id, self._way.method, **asked, **self._way.choice)
        with self._importing(lambda: (self._seen.bytes if self._seen else None) or 0):
            # Nothing is seen to move while the service downloads.
            stall = None if asked else self._limits.stall_timeout
            self.missed = imports.finish(image_id, self._left, stall).failed
        return self._proven(attempt) if attempt else self._downloaded(image_id, source)

    def _look(self, seen: ImportStatus) -> None:
        self._seen = seen
        if self._stop.is_set():
            raise Cancelled("The run was told to end")

    def _staged(self, imports: Import, image_id: str, source: Source) -> Attempt:
        self._images.refresh_token()
        attempt = self._attempt(1, source)
        with self._progress(attempt.body.size, lambda: attempt.body.sent):
            imports.stage(image_id, attempt.body, self._left)
        return attempt

    def _downloaded(self, image_id: str, source: Source) -> Image:
        """Return the image, if it has the checksum that was given."""
        image = self._images.get(image_id)
        steps.verify_size(image, image.get("size"))
        expected = source.checksum
        if expected:
            held = known_digests(image)
            name = expected.algorithm
            if name not in held:
                check_algorithms(source.name, expected)
                held[name] = self._images.digest(image_id, name)
            check_digest(source.name, held, expected)
        self.transfer = {"bytes": image["size"], "seconds": round(time.monotonic() - self._started, 1), "attempts": 1}
        return dict(image)
