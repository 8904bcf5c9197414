# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of an upload."""

from __future__ import annotations

import threading
import time
from typing import Iterable, Iterator

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Hasher
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source, expected_algorithms
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

CANCELLED = "The run was cancelled"


class Cancelled(GlanceError):
    """The run was cancelled."""


class Body:
    """The content as the body of one request, counted and hashed while it is sent.

    algorithms: of the digests, in addition to those of the expected checksums.
    seconds: the time for the transfer.
    stop: cancels the transfer when it is set.
    """

    def __init__(
        self, source: Source, algorithms: Iterable[str], seconds: float, stop: threading.Event | None = None
    ) -> None:
        self.size = source.size
        self.sent = 0
        self.digests: dict[str, str] = {}  # by algorithm, after the content was sent
        self.is_complete = False
        self._source = source
        self._algorithms = {*algorithms, *expected_algorithms(source)}
        self._limit = seconds
        self._started: float | None = None
        self._stop = stop or threading.Event()
        if self.size is not None:
            self.len = self.size  # requests takes the Content-Length from here; without it the request is chunked

    def __iter__(self) -> Iterator[bytes]:
        if self._started is not None:
            raise GlanceError(
                f"The {self._source.name} was requested a second time, but a stream can only be sent once"
            )
        self._started = time.monotonic()
        checksum = None if self._source.is_decompressed else self._source.checksum
        # The source has computed this digest already.
        known = {checksum.algorithm} if checksum else set()
        hasher = Hasher(self._algorithms - known)
        try:
            for piece in self._source.pieces():
                self._count(piece)
                hasher.update(piece)
                yield piece
        finally:
            self.digests = hasher.end()
        if self.size not in (None, self.sent):
            raise RetryableError(f"The {self._source.name} ended after {self.sent} of {self.size} bytes")
        if known:
            self.digests.update(self._source.delivered)
        self.is_complete = True

    def _count(self, piece: bytes) -> None:
        if self._stop.is_set():
            raise Cancelled(CANCELLED)
        self.sent += len(piece)
        if self.size is not None and self.sent > self.size:
            raise GlanceError(f"The {self._source.name} grew beyond {self.size} bytes while it was sent")
        if self.seconds > self._limit:
            raise GlanceError(
                f"The {self._source.name} was not sent within {self._limit:.1f} seconds, only {self.sent} bytes of it"
            )

    @property
    def seconds(self) -> float:
        """The seconds since the first byte was requested."""
        return 0.0 if self._started is None else time.monotonic() - self._started
