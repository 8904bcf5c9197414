# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upload of content by an import of the service."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import check_algorithms, check_digest
from ansible_collections.osops.glance.plugins.module_utils._content.send import CANCELLED, Cancelled
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import ImportMethod
from ansible_collections.osops.glance.plugins.module_utils._image.import_status import ImportStatus
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Import
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.publication import verify_size
from ansible_collections.osops.glance.plugins.module_utils._image.remote_source import RemoteSource
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Attempt, Uploader


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
