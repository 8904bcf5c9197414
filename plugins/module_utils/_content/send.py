# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How content is sent: once, counted, and hashed beside the sending."""

from __future__ import annotations

import threading
import time
from typing import Iterable, Iterator

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Digests
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source, StartAgain
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


class Cancelled(GlanceError):
    """The run is told to end."""


class Body:
    """The content as the body of one request: sent once, counted and hashed on the way; stop ends it when it is set."""

    def __init__(
        self, source: Source, algorithms: Iterable[str], seconds: float, stop: threading.Event | None = None
    ) -> None:
        self.size = source.size
        self.sent = 0
        self.digests: dict[str, str] = {}  # known when all is sent
        self.is_whole = False  # whether all is sent
        self._source = source
        self._algorithms = {*algorithms, *wanted_digests(source)}
        self._limit = seconds
        self._started: float | None = None
        self._stop = stop or threading.Event()
        if self.size is not None:
            self.len = self.size  # where requests looks for the Content-Length; without it the request is chunked

    def __iter__(self) -> Iterator[bytes]:
        if self._started is not None:
            raise GlanceError(f"The {self._source.name} was asked for a second time; a stream can only be sent once")
        self._started = time.monotonic()
        # What is sent as it was delivered has been hashed for its checksum already.
        known = {self._source.checksum.algorithm} if as_delivered(self._source) and self._source.checksum else set()
        hashed = Digests(self._algorithms - known)
        try:
            for piece in self._source.pieces():
                self._count(piece)
                hashed.update(piece)
                yield piece
        finally:
            self.digests = hashed.end()
        if self.size not in (None, self.sent):
            raise StartAgain(f"The {self._source.name} ended after {self.sent} of {self.size} bytes")
        if known:
            self.digests.update(self._source.delivered)
        self.is_whole = True

    def _count(self, piece: bytes) -> None:
        if self._stop.is_set():
            raise Cancelled("The run was told to end")
        self.sent += len(piece)
        if self.size is not None and self.sent > self.size:
            raise GlanceError(f"The {self._source.name} grew beyond {self.size} bytes while it was sent")
        if self.seconds > self._limit:
            raise GlanceError(
                f"The {self._source.name} was not sent within {self._limit:.1f} seconds, only {self.sent} bytes of it"
            )

    @property
    def seconds(self) -> float:
        """The time since the first byte was asked for."""
        return 0.0 if self._started is None else time.monotonic() - self._started


def wanted_digests(source: Source) -> set[str]:
    """Return the algorithms of the checksums that the content must have as it is sent."""
    expected = [source.checksum_uncompressed, source.checksum if as_delivered(source) else None]
    return {one.algorithm for one in expected if one}


def as_delivered(source: Source) -> bool:
    return not source.is_decompressed
