# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a store accepts the data of an image and returns it."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any, Sequence

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import compute_digests
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.health import ANY_STATUS, PATH, failure_with_hint
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE, Service

PIECE = 64 * 1024  # bytes
PIECES = 4

UPLOAD_LIKELY_CAUSES = {
    410: "Usually the service could not use its store when it started. Check its log and the owner of the directory",
    413: "Usually the store is full, or a quota is exhausted",
    500: "Check the log of the service. Usually it cannot reach its store or lacks the library of the driver",
    503: "Usually the service has no permission to write to its store. Check the owner of the directory",
}


def writable_stores(service: Service, required: Sequence[str]) -> list[str | None]:
    """Return the stores that the service can write to; only None if it does not report its stores (before Train).

    Raise GlanceError if a required store is missing.
    """
    info = service.find("/v2/info/stores")
    if info is None:
        return [None]
    names = [store["id"] for store in info["stores"]]
    missing = [name for name in required if name not in names]
    if missing:
        raise GlanceError(
            f"The service has the stores {', '.join(names)}, but not {', '.join(missing)}. It runs with another "
            "configuration, or it could not initialize the store when it started"
        )
    return [store["id"] for store in info["stores"] if str(store.get("read-only")).lower() != "true"]


def check_upload(service: Service, store: str | None) -> dict[str, Any]:
    """Upload random bytes to a store, download and compare them, and remove the image.

    Return the bytes and the seconds. Raise GlanceError for the first failure, after the image was removed.
    """
    started = time.monotonic()
    content = [os.urandom(PIECE) for _piece in range(PIECES)]
    attributes = {
        "name": f"osops.glance probe {uuid.uuid4()}",
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "private",
    }
    image_id = document(service.request("POST", PATH, json=attributes))["id"]
    try:
        _check_round_trip(service, image_id, content, store)
    except BaseException as error:
        cleanup = _remove_image(service, image_id)
        if not isinstance(error, GlanceError):
            raise
        prefix = f"The store {store} does not work: " if store else ""
        raise GlanceError(f"{prefix}{error}. {cleanup}") from error
    service.request("DELETE", f"{PATH}/{image_id}")
    return {"bytes": PIECE * PIECES, "seconds": round(time.monotonic() - started, 1)}


def _check_round_trip(service: Service, image_id: str, content: list[bytes], store: str | None) -> None:
    _upload(service, image_id, content, store)
    image = service.get(f"{PATH}/{image_id}")
    if image["status"] != "active":
        raise GlanceError(f"After the upload, the status of the image {image_id} is {image['status']}, not active")
    if store and store not in str(image.get("stores", store)).split(","):
        raise GlanceError(f"The image {image_id} is in the store {image['stores']}, not in the requested one")
    sent = b"".join(content)
    if service.request("GET", f"{PATH}/{image_id}/file").content != sent:
        raise GlanceError(f"The download of the image {image_id} differs from the upload")
    algorithm = image.get("os_hash_algo") or "md5"
    digest = image.get("os_hash_value") or image["checksum"]
    if compute_digests([sent], [algorithm])[algorithm] != digest:
        raise GlanceError(f"The service reports a wrong {algorithm} digest of the image {image_id}: {digest}")


def _upload(service: Service, image_id: str, content: list[bytes], store: str | None) -> None:
    headers = {"Content-Type": "application/octet-stream", **({"X-Image-Meta-Store": store} if store else {})}
    # Chunked, without a length, as Nova and Cinder upload: a proxy that rejects chunks accepts the uploads of
    # `openstack image create`.
    response = service.request(
        "PUT", f"{PATH}/{image_id}/file", accept=ANY_STATUS, headers=headers, data=iter(content), **SEND_ONCE
    )
    if response.status_code >= 400:
        raise GlanceError(failure_with_hint("PUT", response, UPLOAD_LIKELY_CAUSES))


def _remove_image(service: Service, image_id: str) -> str:
    """Remove the image of the check; return a sentence about the result."""
    try:
        service.request("DELETE", f"{PATH}/{image_id}", accept=(404,))
    except GlanceError as error:
        return f"The image {image_id} of this check was not removed: {error}"
    return "The image of this check was removed"
