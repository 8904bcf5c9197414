# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All images of one run: listed together, planned and processed in parallel."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, ContextManager

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._content.source_options import url_secrets
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, PartialFailure, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.progress import (
    VARIABLE,
    Progress,
    exit_on_signals,
    progress_file,
)
from ansible_collections.osops.glance.plugins.module_utils._image.access import (
    CloudAccess,
    cloud_access,
    predicted_access,
)
from ansible_collections.osops.glance.plugins.module_utils._image.parallel import run_parallel

if TYPE_CHECKING:
    from ansible_collections.osops.glance.plugins.module_utils._image.reconciler import ImageReconciler

# The options that are set once for all images, and that the processing of each needs.
SHARED_OPTIONS = ("convert_directory", "retries", "retry_delay", "stall_timeout", "timeout")

RECORDS_REFUSED = (
    "The Image service refuses the properties osops_* in which this module records the source of an image (see "
    "property_protection_file in glance-api.conf). Without them the next run reads the whole content of src or url to "
    "compare it, unless a checksum sha512: or md5: is given; keep counts no copies"
)


class ImageBatch:
    """The images of one run."""

    @classmethod
    def predict(cls, module: AnsibleModule) -> ImageBatch:
        """Return the batch for a prediction without openstacksdk."""
        return cls(module, predicted_access)

    def __init__(self, module: AnsibleModule, access: Callable[[AnsibleModule], CloudAccess] = cloud_access) -> None:
        params = module.params
        self._is_list = params["images"] is not None
        shared = {name: params[name] for name in SHARED_OPTIONS}
        requested = [{**shared, **image} for image in params["images"]] if self._is_list else [params]
        module.no_log_values.update(secret for image in requested for secret in url_secrets(image))
        self._parallel: int = max(params["parallel"], 1)
        self._stop = threading.Event()
        self._progress = Progress(lambda _text: None)
        self._images: list[ImageReconciler] = []
        if requested:
            self._access = access(module)
            # cloud_access() has imported it while Keystone answered.
            from ansible_collections.osops.glance.plugins.module_utils._image.reconciler import reconcilers

            self._images = reconcilers(requested, params, self._access, self._stop, self._during)
        check_unique(self._images)

    def _during(self, name: str, phase: str, size: int | None, done: Callable[[], int]) -> ContextManager[None]:
        return self._progress.during(name, phase, size, done)

    def plan(self) -> Plan:
        """Plan all images."""
        names = {name for image in self._images for name in image.names()}
        named = self._access.api.listing.named(names) if names else []
        needs_copies = any(image.needs_retired_copies() for image in self._images)
        copies = self._access.api.listing.retired() if needs_copies else []
        self._each(self._images, lambda image: image.plan(named, copies))
        return self._combined_plan()

    def _combined_plan(self) -> Plan:
        return Plan(tuple(step for image in self._images for step in image.steps))

    def apply(self, plan: Plan) -> Plan:
        """Process the images whose plan has steps, and return the plan that was executed."""
        with exit_on_signals(), progress_file(os.environ.get(VARIABLE)) as self._progress:
            try:
                images = [image for image in self._images if image.steps and not image.error]
                for image in images:
                    image.prepare()
                self._each(images, lambda image: image.apply())
            except BaseException:
                self._stop.set()
                for image in self._images:
                    image.abandon()
                raise
        return self._combined_plan()

    def _each(self, images: list[ImageReconciler], action: Callable[[ImageReconciler], None]) -> None:
        """Call the action with each image, in parallel; the failure of one does not stop the others."""

        def guarded(image: ImageReconciler) -> None:
            try:
                action(image)
            except GlanceError as error:
                image.error = error

        run_parallel([partial(guarded, image) for image in images], self._parallel)

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return the return values of the module; raise GlanceError if an image failed."""
        self._raise_failures()
        warnings = [warning for image in self._images for warning in image.warnings]
        if self._images and not self._access.api.traits.stores_records:
            warnings.append(RECORDS_REFUSED)
        if not self._is_list:
            return {**self._images[0].result(), "warnings": warnings}
        return {"images": [image_result(image) for image in self._images], "warnings": warnings}

    def _raise_failures(self) -> None:
        failed = [image for image in self._images if image.error]
        if not failed:
            return
        if not self._is_list:
            raise GlanceError(str(failed[0].error)) from failed[0].error
        causes = "\n".join(f"- {image.desired.label}: {image.error}" for image in failed)
        changed = any(image.steps and not image.error for image in self._images)
        others = "; the others are done" if len(failed) < len(self._images) else ""
        raise PartialFailure(
            f"{len(failed)} of {len(self._images)} images failed{others}:\n{causes}",
            {"changed": changed, "images": [image_result(image) for image in self._images]},
        )


def image_result(image: ImageReconciler) -> dict[str, Any]:
    """Return the return values of the module for one of several images."""
    if image.error:
        return {"name": image.desired.name, "action": "fail", "error": str(image.error)}
    return {"name": image.desired.name, **{name: value for name, value in image.result().items() if name != "image"}}


def check_unique(images: list[ImageReconciler]) -> None:
    """Raise GlanceError if an image is listed twice."""
    known: set[tuple[Any, ...]] = set()
    for image in images:
        if image.identity in known:
            raise GlanceError(f"The {image.desired.label} is listed twice")
        known.add(image.identity)
