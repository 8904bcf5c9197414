# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upload of new content to a temporary image, and its publication under the desired name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.progress import IMPORTING, SENDING
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.context import ConflictError, ImageContext
from ansible_collections.osops.glance.plugins.module_utils._image.image_source import ImageSource
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import UPLOAD
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image, creation_order
from ansible_collections.osops.glance.plugins.module_utils._image.planner import ImagePlan
from ansible_collections.osops.glance.plugins.module_utils._image.publication import (
    published_attributes,
    temporary_document,
)
from ansible_collections.osops.glance.plugins.module_utils._image.result import ImageResult
from ansible_collections.osops.glance.plugins.module_utils._image.selection import owned_by
from ansible_collections.osops.glance.plugins.module_utils._image.stores import StorePlacement
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Uploader, UploadHooks

if TYPE_CHECKING:
    from ansible_collections.osops.glance.plugins.module_utils._image.importer import Importer


class ImagePublisher:
    """Upload and publication of new content of one image."""

    def __init__(self, context: ImageContext, source: ImageSource, stores: StorePlacement, result: ImageResult) -> None:
        self._context = context
        self._source = source
        self._stores = stores
        self._result = result
        self._uploader: Uploader | None = None
        self._importer: type[Importer] | None = None
        if context.method.method != UPLOAD:
            from ansible_collections.osops.glance.plugins.module_utils._image.importer import Importer

            self._importer = Importer

    def publish(
        self,
        plan: ImagePlan,
        source: Source,
        formats: Mapping[str, str],
        attributes: Mapping[str, Any],
        record: Mapping[str, str],
    ) -> dict[str, Any]:
        """Upload the content, verify it, and return the published image; nothing is left after a failure.

        formats: the disk format and the container format.
        record: facts about the source for the next run.
        """
        run = self._context.run
        document = temporary_document(
            plan.desired.name, formats, attributes, run.lock.upload_record(run.limits.timeout)
        )
        uploader = self._uploader = self._new_uploader(plan)
        try:
            uploader.check_beginning(document, source)
            image = uploader.upload(document, lambda number: self._source.for_attempt(number, source, formats))
            self._result.add_failed_stores(uploader.failed_stores)
            image = self._stores.complete(image)
            self._check_published(plan, image)
            final = published_attributes(image, plan.desired, attributes, record)
            published = self._context.api.images.update(image, final)
        except BaseException as error:
            outcome = uploader.discard()
            if isinstance(error, ConflictError) or not isinstance(error, GlanceError):
                raise
            cause = str(error).rstrip(".")
            raise GlanceError(f"The upload of the {plan.desired.label} failed: {cause}. {outcome}") from error
        finally:
            self._source.close()
        uploader.temporary = None
        self._result.transfer = uploader.transfer
        return dict(published)

    def abandon(self) -> None:
        """Remove the temporary image of an upload that was cancelled."""
        temporary = self._uploader.temporary if self._uploader else None
        if temporary:
            # The connection of the context may be in use by the thread that uploads.
            self._context.run.api().images.discard(temporary)

    def _new_uploader(self, plan: ImagePlan) -> Uploader:
        context = self._context
        hooks = UploadHooks(
            created=lambda temporary: self._check_created(plan, temporary),
            sending=lambda size, sent: context.progress(SENDING, size, sent),
            importing=lambda done: context.progress(IMPORTING, None, done),
        )
        arguments = (context.api, context.run.limits, hooks, context.run.stop)
        if self._importer:
            return self._importer(context.method, *arguments)
        return Uploader(*arguments, store=next(iter(self._stores.desired()), None))

    def _check_created(self, plan: ImagePlan, temporary: Image) -> None:
        """Raise GlanceError if the image could not be published, ConflictError if another host was first."""
        api, context = self._context.api, self._context
        visibility = str(plan.image.get("visibility"))
        if visibility in ("public", "community"):
            api.images.check_visibility(temporary, visibility)
        for other in context.temporary_images(api.listing.named(context.own_names(), hidden=False)):
            if other["id"] == temporary["id"]:
                continue
            is_first = other["status"] != "queued" or creation_order(other) < creation_order(temporary)
            if is_first and not context.is_stale(other, holds_lock=True):
                raise ConflictError(f"Another upload of the {plan.desired.label} began earlier ({other['id']})")

    def _check_published(self, plan: ImagePlan, image: Image) -> None:
        """Raise ConflictError if another run published an image with the same content during the upload."""
        known = {each["id"] for each in plan.named}
        digests = known_digests(image).items()
        hidden = bool(plan.image.get("os_hidden"))
        named = self._context.api.listing.named({plan.desired.name}, hidden=hidden)
        for other in owned_by(named, self._context.owners):
            if other["id"] not in known and known_digests(other).items() & digests:
                raise ConflictError(
                    f"Another run published the same content as {plan.desired.label} during the upload ({other['id']})"
                )
