# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement of the data of one image in the stores of the service."""

from __future__ import annotations

from typing import Any, Callable, ContextManager, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Step
from ansible_collections.osops.glance.plugins.module_utils._image.api import ImageApi
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import COPY, UPLOAD, ImportMethod
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.steps import store_steps
from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import (
    missing_stores,
    plan_stores,
    stores_of,
)


class StorePlacement:
    """Placement of the data of one image.

    api: returns the API.
    copying: entered while the service copies data.
    report_failed: called with the stores that the data was not copied to, if that is allowed.
    """

    def __init__(
        self,
        method: ImportMethod,
        api: Callable[[], ImageApi],
        limits: Limits,
        copying: Callable[[], ContextManager[Any]],
        report_failed: Callable[[Sequence[str]], None],
    ) -> None:
        self._method = method
        self._api = api
        self._limits = limits
        self._copying = copying
        self._report_failed = report_failed

    def desired(self) -> tuple[str, ...]:
        """Return the stores that the data must be in; none if the service chooses."""
        return self._method.desired_stores(self._api().stores)

    def check(self) -> None:
        """Raise GlanceError if the service does not offer what new content needs."""
        self._check(self._method)
        if self._method.method == UPLOAD and len(self.desired()) > 1:
            self._check(self._method._replace(method=COPY))

    def _check(self, method: ImportMethod) -> None:
        if self._api().is_in_catalog:
            method.check(self._api().imports)

    def steps(self, image: Image, desired: Desired) -> tuple[Step, ...]:
        """Return the step that places the data of an image in the desired stores."""
        if not self._method.selects_stores:
            return ()
        self._check(self._method._replace(method=UPLOAD))
        plan = plan_stores(image, self.desired(), self._method.stores_mode)
        if plan.copy:
            self._check(self._method._replace(method=COPY))
        return store_steps(desired, stores_of(image), plan)

    def place(self, image: Image, copy: Sequence[str], remove: Sequence[str]) -> Any:
        """Copy the data to stores and remove it from others; return the image after the change."""
        self._copy(image, copy)
        for store in remove:
            self._api().imports.remove(image["id"], store)
        return self._api().images.get(image["id"])

    def complete(self, image: Image) -> Image:
        """Copy the data of an uploaded image to its other stores, and return the image after that."""
        return self._copy(image, missing_stores(image, self.desired())) if self._method.method == UPLOAD else image

    def _copy(self, image: Image, stores: Sequence[str]) -> Image:
        if not stores:
            return image
        imports, image_id = self._api().imports, image["id"]
        imports.start(image_id, COPY, stores=stores, all_stores_must_succeed=self._method.all_stores_must_succeed)
        with self._copying():
            result = imports.wait(image_id, self._limits.timeout, self._limits.stall_timeout)
        self._report_failed(result.failed)
        return result.image
