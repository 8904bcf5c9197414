# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconciliation of one image with its desired state: plan, lock, execution and result."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.send import CANCELLED, Cancelled
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._core.progress import IMPORTING
from ansible_collections.osops.glance.plugins.module_utils._image.context import (
    ConflictError,
    ImageContext,
    PhaseProgress,
    RunContext,
)
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.image_source import ImageSource
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.lock import UploadLock
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.planner import ImagePlan, ImagePlanner
from ansible_collections.osops.glance.plugins.module_utils._image.result import ImageResult
from ansible_collections.osops.glance.plugins.module_utils._image.stores import StorePlacement

if TYPE_CHECKING:
    from ansible_collections.osops.glance.plugins.module_utils._image.access import CloudAccess
    from ansible_collections.osops.glance.plugins.module_utils._image.executor import ImageExecutor
    from ansible_collections.osops.glance.plugins.module_utils._image.publisher import ImagePublisher

POLL = 2.0  # seconds between two requests for the state of an upload by another host


class ImageReconciler:
    """Reconciliation of one image; error: why it failed, set by the caller."""

    def __init__(self, params: Mapping[str, Any], run: RunContext) -> None:
        self._source = ImageSource(params)
        self._context = ImageContext(params, run, self._source.current)
        self._result = ImageResult(self._context.desired.label)
        self._stores = StorePlacement(
            self._context.method,
            api=lambda: self._context.api,
            limits=run.limits,
            copying=lambda: self._context.progress(IMPORTING, None, lambda: 0),
            report_failed=self._result.add_failed_stores,
        )
        self._planner = ImagePlanner(self._context, self._source, self._stores)
        self._publisher: ImagePublisher | None = None
        self._executor: ImageExecutor | None = None
        self._plan = ImagePlan(self._context.desired)
        self.error: GlanceError | None = None

    @property
    def desired(self) -> Desired:
        return self._plan.desired

    @property
    def steps(self) -> tuple[Step, ...]:
        return self._plan.steps

    @property
    def warnings(self) -> list[str]:
        return self._result.warnings

    @property
    def identity(self) -> tuple[Any, ...]:
        """What no two images of one run may have in common."""
        return (self.desired.id,) if self.desired.id else (self._context.owner, self.desired.name)

    def names(self) -> set[str]:
        """Return the names of the images that the plan needs."""
        return self._planner.names()

    def needs_retired_copies(self) -> bool:
        """Return whether the plan needs the retired copies."""
        return self._planner.needs_retired_copies()

    def plan(self, named: Iterable[Image], copies: Iterable[Image], holds_lock: bool = False) -> None:
        """Plan the steps; see ImagePlanner.plan()."""
        self._plan = self._planner.plan(named, copies, holds_lock)
        self._result.image = self._plan.image
        self._result.warnings[:] = self._plan.warnings

    def prepare(self) -> None:
        """Prepare apply(), in the main thread, with code that was imported while Keystone responded.

        Concurrent imports from the archive of the module are not safe: with Python 3.9, another thread can get a
        half-initialized module.
        """
        from ansible_collections.osops.glance.plugins.module_utils._image.executor import ImageExecutor
        from ansible_collections.osops.glance.plugins.module_utils._image.publisher import ImagePublisher

        self._publisher = ImagePublisher(self._context, self._source, self._stores, self._result)
        self._executor = ImageExecutor(self._context, self._stores, self._publisher, self._result)

    def apply(self) -> None:
        """Execute the plan; one run at a time uploads content."""
        if self._executor is None:
            raise RuntimeError("prepare() was not called")
        if not self._plan.is_upload:
            return self._executor.execute(self._plan)
        run = self._context.run
        end = time.monotonic() + run.limits.timeout
        label = self.desired.label
        with run.lock.acquire(self._context.lock_key, run.limits.timeout, label, self._context.waiting):
            while True:
                self._refresh_plan(end)
                try:
                    return self._executor.execute(self._plan)
                except ConflictError:
                    if time.monotonic() > end:
                        raise

    def _refresh_plan(self, end: float) -> None:
        """Wait until no other host uploads to the image, and plan again if the images have changed."""
        named = self._wait_for_other_hosts(end)
        if revisions(named) != revisions(self._plan.named):
            self._source.reopen()
            copies = self._context.api.listing.retired() if self.needs_retired_copies() else []
            self.plan(named, copies, holds_lock=True)

    def _wait_for_other_hosts(self, end: float) -> list[Image]:
        """Return the images of names() when no other host uploads to the image."""
        context = self._context
        with ExitStack() as waiting:
            is_waiting = False
            while True:
                named = context.api.listing.named(self.names())
                uploads = [
                    image for image in context.temporary_images(named) if not context.is_stale(image, holds_lock=True)
                ]
                if not uploads:
                    return named
                self._check_wait(end, uploads)
                if not is_waiting:
                    waiting.enter_context(context.waiting(f"waiting for the upload {uploads[0]['id']}"))
                    is_waiting = True
                context.run.stop.wait(POLL)

    def _check_wait(self, end: float, uploads: list[Image]) -> None:
        """Raise GlanceError if the run is cancelled, or has waited until the end."""
        if self._context.run.stop.is_set():
            raise Cancelled(CANCELLED)
        if time.monotonic() > end:
            unfinished = ", ".join(
                f"{image['id']} ({image['status']}, changed {image['updated_at']})" for image in uploads
            )
            raise GlanceError(
                f"Unfinished uploads of the {self.desired.label} by another host or user did not end within "
                f"{self._context.run.limits.timeout:g} seconds (timeout): {unfinished}. If no other run is active, "
                "remove them, or set stale_after"
            )

    def abandon(self) -> None:
        """Remove the temporary image when the run is cancelled."""
        if self._publisher:
            self._publisher.abandon()

    def result(self) -> dict[str, Any]:
        """Return the return values of the module for the image."""
        return self._result.to_dict(self.steps)


def revisions(images: Iterable[Image]) -> set[tuple[str, ...]]:
    """Return values that differ if an image has changed."""
    return {(image["id"], str(image.get("status")), str(image.get("updated_at"))) for image in images}


def reconcilers(
    images: Iterable[Mapping[str, Any]],
    params: Mapping[str, Any],
    access: CloudAccess,
    stop: threading.Event,
    progress: PhaseProgress,
) -> list[ImageReconciler]:
    """Return the reconciliations of the images of one run.

    images: the options of each image.
    params: the options of the module.
    """
    limits = Limits(**{name: params[name] for name in Limits._fields if name != "verify"})
    run = RunContext(
        api=access.thread_api,
        now=lambda: access.api.now,
        projects=access.projects,
        project=access.project,
        cloud_name=access.name,
        lock=UploadLock(),
        limits=limits._replace(verify=params["verify_content"]),
        stale_after=params["stale_after"],
        stop=stop,
        progress=progress,
    )
    return [ImageReconciler(image, run) for image in images]
