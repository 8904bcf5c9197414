# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stores of one image: those that shall hold its data, and how it comes there."""

from __future__ import annotations

from typing import Any, Callable, ContextManager, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Step
from ansible_collections.osops.glance.plugins.module_utils._image import planner as steps
from ansible_collections.osops.glance.plugins.module_utils._image.api import Images
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import COPY, UPLOAD, ImportMethod
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import (
    missing_stores,
    plan_stores,
    stores_of,
)
from ansible_collections.osops.glance.plugins.module_utils._image.model import Desired, Image
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Limits


class Stores:
    """The stores of one image.

    images: returns the API.
    copying: is entered while the service copies.
    missed: is told of stores that the data did not reach, where it is allowed to miss them.
    """

    def __init__(
        self,
        way: ImportMethod,
        images: Callable[[], Images],
        limits: Limits,
        copying: Callable[[], ContextManager[Any]],
        missed: Callable[[Sequence[str]], None],
    ) -> None:
        self._way = way
        self._images = images
        self._limits = limits
        self._copying = copying
        self._missed = missed

    def wanted(self) -> tuple[str, ...]:
        """Return the stores that shall hold the data; none where that is left to the service."""
        return self._way.wanted(self._images().stores)

    def check(self) -> None:
        """Raise GlanceError where the service does not offer what new content needs."""
        self._images().check(self._way)
        if self._way.method == UPLOAD and len(self.wanted()) > 1:
            self._images().check(self._way._replace(method=COPY))

    def steps(self, image: Image, desired: Desired) -> tuple[Step, ...]:
        """Return the step that brings the data of an image to the stores that are asked for."""
        if not self._way.concerns_stores:
            return ()
        self._images().check(self._way._replace(method=UPLOAD))
        plan = plan_stores(image, self.wanted(), self._way.stores_mode)
        if plan.copy:
            self._images().check(self._way._replace(method=COPY))
        return steps.spread(desired, stores_of(image), plan)

    def spread(self, image: Image, copy: Sequence[str], remove: Sequence[str]) -> Any:
        """Carry that step out, and return the image as it is then."""
        self._copied(image, copy)
        for store in remove:
            self._images().imports.remove(image["id"], store)
        return self._images().get(image["id"])

    def complete(self, image: Image) -> Image:
        """Return an image that was uploaded when its data is in all its stores."""
        return self._copied(image, missing_stores(image, self.wanted())) if self._way.method == UPLOAD else image

    def _copied(self, image: Image, stores: Sequence[str]) -> Image:
        if not stores:
            return image
        imports, image_id = self._images().imports, image["id"]
        imports.start(image_id, COPY, stores=stores, all_stores_must_succeed=self._way.all_stores_must_succeed)
        with self._copying():
            outcome = imports.finish(image_id, self._limits.timeout, self._limits.stall_timeout)
        self._missed(outcome.failed)
        return outcome.image
