# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upload of content to a temporary image, with retries and verification."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from itertools import count
from typing import Any, Callable, ContextManager, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._content.partition_table import (
    has_unsafe_partitions,
    is_hybrid_iso,
    rejected_head_message,
)
from ansible_collections.osops.glance.plugins.module_utils._content.retry_after import MAX_RETRY_DELAY
from ansible_collections.osops.glance.plugins.module_utils._content.send import CANCELLED, Body, Cancelled
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.api import ImageApi
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.publication import (
    upload_algorithms,
    verify_digests,
    verify_size,
)

POLL = 1.0  # seconds between two requests for an image that the service is saving

# Entered while content is sent; arguments: the size in bytes or None, and a function that returns the bytes sent.
SendProgress = Callable[["int | None", Callable[[], int]], ContextManager[Any]]
# Entered while the service imports; argument: a function that returns the bytes stored.
ImportProgress = Callable[[Callable[[], int]], ContextManager[Any]]


class UploadHooks(NamedTuple):
    """Functions that an upload calls.

    created: called with each temporary image before content is sent; may raise GlanceError.
    sending, importing: entered during the phase, to report progress.
    """

    created: Callable[[Image], None] = lambda _temporary: None
    sending: SendProgress = lambda _size, _sent: nullcontext()
    importing: ImportProgress = lambda _done: nullcontext()


class Attempt(NamedTuple):
    """One attempt to send the content."""

    number: int
    source: Source
    body: Body


class Uploader:
    """Upload of one content to a temporary image.

    stop: cancels the upload when it is set.
    store: the store for the data, if the service does not choose it.
    """

    def __init__(
        self,
        api: ImageApi,
        limits: Limits,
        hooks: UploadHooks | None = None,
        stop: threading.Event | None = None,
        store: str | None = None,
    ) -> None:
        self._api = api
        self._limits = limits
        self._hooks = hooks or UploadHooks()
        self._stop = stop or threading.Event()
        self._store = store
        self._started = time.monotonic()
        self.temporary: Image | None = None  # the current temporary image
        self.transfer: dict[str, Any] = {}
        self.failed_stores: tuple[str, ...] = ()  # stores that the data was not copied to, if that is allowed

    def upload(self, document: Mapping[str, Any], open_source: Callable[[int], Source]) -> Image:
        """Send the content, and return the image when the service holds what was sent.

        document: creates a temporary image.
        open_source: returns the source, at its beginning, for the attempt of that number.
        """
        for number in count(1):
            attempt = None
            try:
                self._create(document)
                attempt = self._attempt(number, open_source(number))
                self._send(attempt)
                return self._verified(attempt)
            except RetryableError as error:
                if attempt and attempt.body.is_complete and self._is_stored(attempt):
                    return self._verified(attempt)
                self._wait_before_retry(error, number)
        raise AssertionError("count() has no end")

    def check_beginning(self, document: Mapping[str, Any], source: Source) -> None:
        """Raise GlanceError for content whose beginning the service refuses, before all of it is sent.

        The API does not show how a release, or its configuration, treats such content. So its beginning is sent to an
        image that is removed again.
        """
        if document.get("container_format") != "bare" or not source.is_readable:
            return
        if not (is_hybrid_iso(source.head) or has_unsafe_partitions(source.head)):
            return
        temporary = self.temporary = self._api.images.create(document)
        refusal = self._api.content.refusal(temporary["id"], source.head)
        if refusal is not None:
            raise GlanceError(rejected_head_message(source.name, source.head, refusal))
        self._api.images.remove(temporary)
        self.temporary = None

    def discard(self) -> str:
        """Remove the temporary image if there is one, and return the outcome for a message."""
        temporary, self.temporary = self.temporary, None
        return self._api.images.discard(temporary) if temporary else "No temporary image is left"

    def _create(self, document: Mapping[str, Any]) -> None:
        """Create a temporary image; the current one is used again if it has no content."""
        image = self._api.images.find(self.temporary["id"]) if self.temporary else None
        if image and image["status"] == "queued":
            return
        if image:
            self._api.images.remove(image)
        self.temporary = self._api.images.create(document)
        self._hooks.created(self.temporary)

    def _attempt(self, number: int, source: Source) -> Attempt:
        algorithms = upload_algorithms(self.temporary or {}, self._limits.verify)
        return Attempt(number, source, Body(source, algorithms, self._left, self._stop))

    @property
    def _left(self) -> float:
        """The seconds before the timeout."""
        return self._started + self._limits.timeout - time.monotonic()

    def _send(self, attempt: Attempt) -> None:
        self._api.content.refresh_token()
        image_id = (self.temporary or {})["id"]
        body = attempt.body
        with self._hooks.sending(body.size, lambda: body.sent):
            self._api.content.send(image_id, body, self._limits.stall_timeout, self._left, self._store)

    def _verified(self, attempt: Attempt) -> Image:
        """Return the image; raise GlanceError unless the service holds what was sent."""
        body = attempt.body
        attempt.source.check(body.digests)
        image = self._api.images.get((self.temporary or {})["id"])
        verify_size(image, body.sent)
        held = known_digests(image)
        if self._limits.verify and not held.keys() & body.digests.keys():
            # The service uses an algorithm that was unknown before the upload.
            held = {name: self._api.content.digest(image["id"], name) for name in body.digests}
        verify_digests(held, body.digests)
        rate = round(body.sent / max(body.seconds, 0.001) / 2**20, 1)
        seconds = round(body.seconds, 1)
        self.transfer = {"bytes": body.sent, "seconds": seconds, "mib_s": rate, "attempts": attempt.number}
        return dict(image)

    def _is_stored(self, attempt: Attempt) -> bool:
        """Return whether the service stored all content and only its response was lost."""
        end = time.monotonic() + min(self._limits.stall_timeout, self._left)
        while True:
            image = self._api.images.find((self.temporary or {})["id"])
            if image is None or image["status"] != "saving":
                return bool(image and image["status"] == "active" and image.get("size") == attempt.body.sent)
            if self._stop.is_set() or time.monotonic() > end:
                return False
            self._stop.wait(POLL)

    def _wait_before_retry(self, error: RetryableError, number: int) -> None:
        """Wait before the next attempt; raise GlanceError if none is left."""
        delay = max(self._limits.retry_delay, min(error.retry_after or 0, MAX_RETRY_DELAY))
        if number > self._limits.retries or self._left < delay:
            attempts = f" (attempt {number})" if number > 1 else ""
            raise GlanceError(f"{error}{attempts}") from error
        if self._stop.wait(delay):
            raise Cancelled(CANCELLED) from error
