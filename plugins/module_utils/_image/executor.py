# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution of the plan for one image."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.context import ImageContext
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.planner import ImagePlan
from ansible_collections.osops.glance.plugins.module_utils._image.publication import retired_attributes
from ansible_collections.osops.glance.plugins.module_utils._image.publisher import ImagePublisher
from ansible_collections.osops.glance.plugins.module_utils._image.result import ImageResult
from ansible_collections.osops.glance.plugins.module_utils._image.stores import StorePlacement


class ImageExecutor:
    """Execution of the plan for one image; the result is updated with each step."""

    def __init__(
        self, context: ImageContext, stores: StorePlacement, publisher: ImagePublisher, result: ImageResult
    ) -> None:
        self._context = context
        self._stores = stores
        self._publisher = publisher
        self._result = result

    def execute(self, plan: ImagePlan) -> None:
        """Execute the steps of the plan in their order."""
        actions: dict[str, Callable[..., None]] = {
            "create": lambda **upload: self._upload(plan, **upload),
            "replace": lambda **upload: self._upload(plan, **upload),
            "update": self._update,
            "set_members": self._set_members,
            "set_stores": self._set_stores,
            "deactivate": lambda: self._set_active(False),
            "reactivate": lambda: self._set_active(True),
            "remove": self._remove,
            "retire": self._retire,
            "prune": self._prune,
        }
        for step in plan.steps:
            actions[step.action](**(step.arguments or {}))

    def _upload(self, plan: ImagePlan, **upload: Any) -> None:
        self._result.image = self._publisher.publish(plan, **upload)

    def _update(self, image: Image, attributes: Mapping[str, Any]) -> None:
        self._result.image = self._context.api.images.update(image, attributes)

    def _set_members(self, after: Mapping[str, str]) -> None:
        images, image = self._context.api.images, self._result.image
        # An image that becomes shared again still has its earlier members.
        current = images.members(image)
        for project in images.set_members(image["id"], current, after):
            self._result.warnings.append(
                f"The state of the member {project} of {image['id']} cannot be set with this account; only that "
                "project may set it"
            )

    def _set_stores(self, copy: Sequence[str], remove: Sequence[str]) -> None:
        self._result.image = self._stores.place(self._result.image, copy, remove)

    def _set_active(self, active: bool) -> None:
        self._result.image = self._context.api.images.set_active(self._result.image["id"], active)

    def _remove(self, image: Image) -> None:
        if not self._context.api.images.remove(image):
            raise self._context.error(
                f"({image['id']}) cannot be removed: the service answered 409. The image is in use, or an import has "
                "locked it"
            )
        self._result.removed.append(image["id"])

    def _prune(self, image: Image) -> None:
        if self._context.api.images.remove(image):
            self._result.removed.append(image["id"])
        else:
            self._result.warnings.append(f"The retired image {image['name']} ({image['id']}) is in use; it is kept")

    def _retire(self, image: Image, action: str) -> None:
        try:
            self._remove_or_rename(image, action)
        except GlanceError as error:
            raise self._context.error(
                f"is now {self._result.image['id']}, but the replaced image {image['id']} could not be removed or "
                f"renamed: {error}"
            ) from error

    def _remove_or_rename(self, image: Image, action: str) -> None:
        images = self._context.api.images
        if action == "delete" and images.remove(image):
            self._result.removed.append(image["id"])
            return
        if action == "delete":
            self._result.warnings.append(f"The replaced image {image['id']} is in use; it is renamed and hidden")
        elif self._context.desired.replace == "delete":
            self._result.warnings.append(f"The replaced image {image['id']} has members; it is renamed and kept")
        kept = images.update(image, retired_attributes(image, hide=action != "rotate"))
        self._result.retired.append({"id": kept["id"], "name": kept["name"]})
