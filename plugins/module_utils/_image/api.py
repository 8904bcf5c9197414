# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Image API as this package uses it."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._image.connection import ImageConnection
from ansible_collections.osops.glance.plugins.module_utils._image.content_api import ImageContent
from ansible_collections.osops.glance.plugins.module_utils._image.images import Images, ServiceTraits
from ansible_collections.osops.glance.plugins.module_utils._image.import_status import ImportStatus
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Import
from ansible_collections.osops.glance.plugins.module_utils._image.listing import ImageListing
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service


class ImageApi:
    """The Image API, for one thread.

    listing: lists of images.
    images: single images.
    content: the content of images.
    traits: detected properties of the service; shared between threads.
    """

    def __init__(
        self, service: Service, retry_policy: RetryPolicy, session: Any, traits: ServiceTraits | None = None
    ) -> None:
        self.traits = traits or ServiceTraits()
        self._connection = ImageConnection(service, retry_policy)
        self.listing = ImageListing(self._connection, self.traits.operators)
        self.images = Images(self._connection, self.traits)
        self.content = ImageContent(self._connection, session)

    @property
    def now(self) -> float:
        """The time by the clock of the service, in seconds since the epoch."""
        return self._connection.now

    @property
    def is_in_catalog(self) -> bool:
        """Whether the catalog has the service."""
        return self._connection.is_in_catalog()

    @cached_property
    def imports(self) -> Import:
        """The imports of the service."""
        return self.monitored_imports(lambda _status: None)

    def monitored_imports(self, report: Callable[[ImportStatus], None]) -> Import:
        """Return the imports of the service; report is called with each status of an import."""
        return Import(self._connection.service, self._connection.retry_policy, report)

    def stores(self) -> tuple[str, ...]:
        """Return the stores that can be written to."""
        return self.imports.capabilities.stores if self.is_in_catalog else ()

    def quota(self) -> tuple[int, int] | None:
        """Return the usage and the limit of the images of the project in MiB; None if there is no quota."""
        if not self.is_in_catalog:
            return None
        usage = self._connection.retry_policy.call(
            lambda: self._connection.service.find("/v2/info/usage")
        )  # since Yoga
        total = ((usage or {}).get("usage") or {}).get("image_size_total")
        return (int(total["usage"]), int(total["limit"])) if total else None


def image_api(cloud: Cloud, traits: ServiceTraits | None = None) -> ImageApi:
    """Return the Image API of the cloud."""
    return ImageApi(cloud.service("image"), cloud.retry_policy, cloud.session, traits)


class AbsentService(Service):
    """An Image service that is not deployed yet: it is not in the catalog, and has no images."""

    def __init__(self) -> None:
        """Do without a connection."""

    def is_in_catalog(self) -> bool:
        return False

    def request(self, method: str, path: str, accept: tuple[int, ...] = (), **arguments: Any) -> Any:
        return SimpleNamespace(status_code=404, headers={})


def absent_image_api() -> ImageApi:
    """Return the Image API for a prediction before the service is deployed."""
    return ImageApi(AbsentService(), RetryPolicy(), None)
