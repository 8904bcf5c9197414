# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the service returns the data of existing images."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.health import ANY_STATUS, PATH
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import error_cause, failure_message
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service

Image = Mapping[str, Any]

LISTED = 1000  # newest images that are considered, the default maximum of a page of the service
# Responses of a store that does not support ranges. A service that ignores the range sends all; the rest is not read.
NO_RANGES = (400, 416)
USUAL_CAUSES = {
    204: "Usually the store that holds the data is not among the stores of the configuration",
    403: "Usually a policy of the service forbids the download, or the service has no permission to read the data",
    404: "Usually the data was removed from the store, or the directory or pool of the store was changed",
    500: "Usually the service has no permission to read the data: check the owner and the mode of the files",
}


def newest_per_store(images: Iterable[Image]) -> dict[str | None, Image]:
    """Return the newest image with data of each store, preferably one that is in no other store.

    images: the newest first. The store is None on releases that do not report it.
    """
    shared: dict[str | None, Image] = {}
    alone: dict[str | None, Image] = {}
    for image in images:
        if image.get("status") != "active" or not image.get("size"):
            continue
        stores = [store for store in str(image.get("stores") or "").split(",") if store]
        for store in stores or [None]:  # type: ignore[list-item]
            (alone if len(stores) < 2 else shared).setdefault(store, image)
    return {**shared, **alone}


def listed(service: Service) -> list[Image]:
    """Return the newest active images that the account can list."""
    query: dict[str, Any] = {"status": "active", "limit": LISTED}
    images: list[Image] = service.get(PATH, params=query)["images"]
    return images


def _download(service: Service, image: Image, headers: Mapping[str, str]) -> Any:
    path = f"{PATH}/{image['id']}/file"
    return service.request("GET", path, accept=ANY_STATUS, stream=True, log=False, headers=headers)


def read_first_byte(service: Service, store: str | None, image: Image) -> None:
    """Download the first byte of an image; raise GlanceError if that fails."""
    label = f"The image {image['id']} ({image.get('name')}) in {f'the store {store}' if store else 'the store'}"
    try:
        response = _download(service, image, {"Range": "bytes=0-0"})
        if response.status_code in NO_RANGES:
            response.close()
            response = _download(service, image, {})
    except GlanceError as error:
        raise GlanceError(f"{label} cannot be read: {error}") from error
    try:
        if response.status_code not in (200, 206):
            cause = USUAL_CAUSES.get(response.status_code, "")
            raise GlanceError(f"{label} cannot be read: {failure_message('GET', response)}. {cause}".rstrip(". "))
        if not next(iter(response.iter_content(1)), b""):
            raise GlanceError(f"{label} cannot be read: GET {response.url} sent none of its {image['size']} bytes")
    except OSError as error:
        raise GlanceError(f"{label} cannot be read: GET {response.url} ended early: {error_cause(error)}") from error
    finally:
        response.close()
