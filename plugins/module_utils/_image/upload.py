# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How content reaches the service: the one place where it is sent, tried again, and proven."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from itertools import count
from typing import Any, Callable, ContextManager, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._content.download import MAX_RETRY_DELAY
from ansible_collections.osops.glance.plugins.module_utils._content.partition_table import (
    has_unsafe_partitions,
    is_hybrid_iso,
    rejected_head_message,
)
from ansible_collections.osops.glance.plugins.module_utils._content.send import Body, Cancelled
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image import planner as steps
from ansible_collections.osops.glance.plugins.module_utils._image.api import Images
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image, known_digests

POLL = 1.0  # seconds between two looks at an image that the service is busy with

# Is entered while content is sent: told of how many bytes, if that is known, and what says how many are sent by now.
Progress = Callable[["int | None", Callable[[], int]], ContextManager[Any]]


class Limits(NamedTuple):
    """How long and how often content is sent; seconds."""

    timeout: float = 3600
    stall_timeout: float = 300
    retries: int = 3
    retry_delay: float = 5
    verify: bool = True


class Attempt(NamedTuple):
    """One attempt to send the content."""

    number: int
    source: Source
    body: Body


class Uploader:
    """Content on its way into one unfinished image.

    progress: is entered while content is sent.
    begun: is told of each unfinished image, before anything is sent.
    stop: ends the upload when it is set.
    importing: is entered while the service imports.
    store: where the service shall put it, if that is not left to it.
    """

    def __init__(
        self,
        images: Images,
        limits: Limits,
        begun: Callable[[Image], None] = lambda _draft: None,
        progress: Progress = lambda _size, _sent: nullcontext(),
        stop: threading.Event | None = None,
        importing: Callable[[Callable[[], int]], ContextManager[Any]] = lambda _done: nullcontext(),
        store: str | None = None,
    ) -> None:
        self._images = images
        self._limits = limits
        self._begun = begun
        self._progress = progress
        self._stop = stop or threading.Event()
        self._importing = importing
        self._store = store
        self._started = time.monotonic()
        self.draft: Image | None = None  # the unfinished image that is there now
        self.transfer: dict[str, Any] = {}
        self.missed: tuple[str, ...] = ()  # stores that the data did not reach, as it was allowed to

    def fill(self, document: Mapping[str, Any], opened: Callable[[int], Source]) -> Image:
        """Send the content, and return the image when it is proven that the service holds it.

        document: creates an unfinished image.
        opened: returns the source, at its beginning, for the attempt of that number.
        """
        for number in count(1):
            attempt = None
            try:
                self._empty(document)
                attempt = self._attempt(number, opened(number))
                self._send(attempt)
                return self._proven(attempt)
            except RetryableError as error:
                if attempt and attempt.body.is_complete and self._arrived(attempt):
                    return self._proven(attempt)
                self._wait_after(error, number)
        raise AssertionError("count() has no end")

    def check_beginning(self, document: Mapping[str, Any], source: Source) -> None:
        """Raise GlanceError for content that the service refuses for how it begins, before all of it is sent.

        The API does not show how a release, or its configuration, treats such content. So its beginning is sent to an
        image that is removed again.
        """
        if document.get("container_format") != "bare" or not source.is_readable:
            return
        if not (is_hybrid_iso(source.head) or has_unsafe_partitions(source.head)):
            return
        draft = self.draft = self._images.create(document)
        answer = self._images.refused_content(draft["id"], source.head)
        if answer is not None:
            raise GlanceError(rejected_head_message(source.name, source.head, answer))
        self._images.remove(draft)
        self.draft = None

    def discard(self) -> str:
        """Remove the unfinished image, if there is one, and say so."""
        draft, self.draft = self.draft, None
        return self._images.discard(draft) if draft else "Nothing is left of it"

    def _empty(self, document: Mapping[str, Any]) -> None:
        """Have an unfinished image without content: the one that is there, if it is as good as new."""
        image = self._images.find(self.draft["id"]) if self.draft else None
        if image and image["status"] == "queued":
            return
        if image:
            self._images.remove(image)
        self.draft = self._images.create(document)
        self._begun(self.draft)

    def _attempt(self, number: int, source: Source) -> Attempt:
        hashes = steps.algorithms(self.draft or {}, self._limits.verify)
        return Attempt(number, source, Body(source, hashes, self._left, self._stop))

    @property
    def _left(self) -> float:
        """The seconds that are left."""
        return self._started + self._limits.timeout - time.monotonic()

    def _send(self, attempt: Attempt) -> None:
        self._images.refresh_token()
        image_id = (self.draft or {})["id"]
        body = attempt.body
        with self._progress(body.size, lambda: body.sent):
            self._images.send(image_id, body, self._limits.stall_timeout, self._left, self._store)

    def _proven(self, attempt: Attempt) -> Image:
        """Return the image, if it holds what was sent; GlanceError if not."""
        body = attempt.body
        attempt.source.check(body.digests)
        image = self._images.get((self.draft or {})["id"])
        steps.verify_size(image, body.sent)
        held = known_digests(image)
        if self._limits.verify and not held.keys() & body.digests.keys():
            # The service hashes in a way that nothing told before.
            held = {name: self._images.digest(image["id"], name) for name in body.digests}
        steps.verify_digests(held, body.digests)
        rate = round(body.sent / max(body.seconds, 0.001) / 2**20, 1)
        seconds = round(body.seconds, 1)
        self.transfer = {"bytes": body.sent, "seconds": seconds, "mib_s": rate, "attempts": attempt.number}
        return dict(image)

    def _arrived(self, attempt: Attempt) -> bool:
        """Say whether all arrived and only the answer got lost, so that it need not be sent again."""
        end = time.monotonic() + min(self._limits.stall_timeout, self._left)
        while True:
            image = self._images.find((self.draft or {})["id"])
            if image is None or image["status"] != "saving":
                return bool(image and image["status"] == "active" and image.get("size") == attempt.body.sent)
            if self._stop.is_set() or time.monotonic() > end:
                return False
            self._stop.wait(POLL)

    def _wait_after(self, error: GlanceError, number: int) -> None:
        """Let some time pass before the next attempt; GlanceError where there is none."""
        delay = max(self._limits.retry_delay, min(getattr(error, "delay", None) or 0, MAX_RETRY_DELAY))
        if number > self._limits.retries or self._left < delay:
            tried = f" (attempt {number})" if number > 1 else ""
            raise GlanceError(f"{error}{tried}") from error
        if self._paused(delay):
            raise Cancelled("The run was told to end") from error

    def _paused(self, seconds: float) -> bool:
        """Let some time pass, and say whether the run was told to end meanwhile."""
        return self._stop.wait(seconds)
