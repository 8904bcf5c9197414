# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One download, resumed after each interruption."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.http_request import (
    HttpSettings,
    HttpStatusError,
    connection_error_message,
    send_request,
)
from ansible_collections.osops.glance.plugins.module_utils._content.response_metadata import (
    ResponseMetadata,
    metadata_of,
    parse_content_range,
)
from ansible_collections.osops.glance.plugins.module_utils._content.retry_after import MAX_RETRY_DELAY
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE
from ansible_collections.osops.glance.plugins.module_utils._core.errors import PermanentError, RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# Seconds after which an incomplete piece is yielded, so that the receiver does not time out during a slow download.
MAX_PIECE_SECONDS = 1.0
RANGE_NOT_SATISFIABLE = 416


class DownloadAttempts:
    """The failed attempts of one download, and the time that it may take."""

    def __init__(self, name: str, settings: HttpSettings) -> None:
        self._name = name
        self._settings = settings
        self._started = time.monotonic()
        self._failures = 0
        self._received = 0  # bytes at the time of the last reset of the failures

    def note_progress(self, received: int) -> None:
        """Forget the failures if at least one piece was received since they were forgotten last."""
        if received - self._received >= PIECE:
            self._received, self._failures = received, 0

    def check_timeout(self, received: int) -> None:
        """Raise GlanceError if the time for the download is over."""
        limit = self._settings.timeout
        if limit is not None and self._seconds > limit:
            raise GlanceError(
                f"The {self._name} was not downloaded within {limit:g} seconds (timeout), only {received} bytes"
            )

    def wait(self, failure: RetryableError) -> None:
        """Wait before the next attempt; raise GlanceError if no attempt or no time is left."""
        if self._failures >= self._settings.retries:
            attempts = f" ({self._failures + 1} attempts)" if self._failures else ""
            raise GlanceError(f"The {self._name} cannot be downloaded: {failure}{attempts}") from failure
        delay = self._delay(failure)
        limit = self._settings.timeout
        if limit is not None and self._seconds + delay > limit:
            raise GlanceError(
                f"The {self._name} cannot be downloaded: {failure}, and {limit:g} seconds (timeout) leave no time for "
                "another attempt"
            ) from failure
        self._failures += 1
        time.sleep(delay)

    def _delay(self, failure: RetryableError) -> float:
        backoff = self._settings.retry_delay * 2**self._failures
        return min(backoff if failure.retry_after is None else failure.retry_after, MAX_RETRY_DELAY)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started


class Download:
    """One download of a URL.

    name: the content in messages.
    has_checksum: whether a checksum proves that the content is complete; otherwise the server must report its size.
    earlier: the metadata of an earlier download, which this one must match.
    """

    def __init__(
        self, name: str, url: str, settings: HttpSettings, has_checksum: bool, earlier: ResponseMetadata | None = None
    ) -> None:
        self._name = name
        self._origin = self._target = (url, settings)
        self._has_checksum = has_checksum
        self._received = 0
        self._attempts = DownloadAttempts(name, settings)
        self._response = self._request({})
        self.metadata = self._check_first_response(earlier)
        self._size = self.metadata.size

    def _check_first_response(self, earlier: ResponseMetadata | None) -> ResponseMetadata:
        if self._response.status == 206:
            raise GlanceError(f"The {self._name} cannot be downloaded: the server sends only a range of it")
        metadata = metadata_of(self._response)
        if earlier:
            self._check_unchanged(metadata, earlier)
        is_chunked = "chunked" in (self._response.headers.get("Transfer-Encoding") or "").lower()
        if is_chunked:
            metadata = metadata._replace(size=None)
        if metadata.size is None and not is_chunked and not self._has_checksum:
            raise GlanceError(
                f"The server does not report the size of the {self._name}, so an interruption cannot be detected. "
                "Set its checksum."
            )
        return metadata

    def _check_unchanged(self, metadata: ResponseMetadata, earlier: ResponseMetadata) -> None:
        if not metadata.matches(earlier):
            raise RetryableError(f"The {self._name} changed during the download")

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from iter(self._piece, b"")
        finally:
            self._response.close()

    def _piece(self) -> bytes:
        """Return the next piece; an incomplete one if the download is slow, an empty one at the end."""
        piece = bytearray()
        end = time.monotonic() + MAX_PIECE_SECONDS
        while len(piece) < PIECE and (not piece or time.monotonic() < end):
            received = self._receive(PIECE - len(piece))
            if not received:
                break
            piece += received
        return bytes(piece)

    def _receive(self, limit: int) -> bytes:
        while self._received != self._size:
            self._attempts.check_timeout(self._received)
            left = limit + 1 if self._size is None else self._size - self._received
            try:
                # At the end, one byte more than expected shows content that is too long; read1() does not wait for it.
                received = bytes(self._response.read1(left + 1 if left <= limit else limit))
            except (OSError, ValueError, HTTPException) as error:
                self._resume(connection_error_message(error))
                continue
            if len(received) > left and self._size is not None:
                raise GlanceError(f"The {self._name} is longer than the {self._size} bytes that the server announced")
            self._received += len(received)
            if received or self._size is None:
                return received
            self._resume(f"the server ended it after {self._received} of {self._size} bytes")
        return b""

    def _resume(self, reason: str) -> None:
        """Request the rest of the content."""
        self._response.close()
        self._attempts.note_progress(self._received)
        condition = self.metadata.range_condition
        if self._received and not condition and not self._has_checksum:
            raise RetryableError(
                f"The download of the {self._name} was interrupted ({reason}), and the server reports neither a date "
                "nor an ETag that identifies the rest"
            )
        conditions = {"If-Range": condition} if condition else {}
        headers = {"Range": f"bytes={self._received}-", **conditions} if self._received else {}
        try:
            self._response = self._request(headers, RetryableError(f"the download was interrupted: {reason}"))
        except HttpStatusError as error:
            if error.status != RANGE_NOT_SATISFIABLE:
                raise
            self._check_complete(parse_content_range(error.headers)[1])
            return
        self._check_range()

    def _check_range(self) -> None:
        """Raise RetryableError unless the response has the rest of the same content."""
        self._check_unchanged(metadata_of(self._response), self.metadata)
        start = parse_content_range(self._response.headers)[0] if self._response.status == 206 else 0
        if start != self._received:
            raise RetryableError(
                f"The download of the {self._name} was interrupted after {self._received} bytes, and the server does "
                "not send the rest alone"
            )

    def _check_complete(self, total: str) -> None:
        """Accept the end of content of unknown size if the server reports the received bytes as the total size."""
        if self._size is not None or total != str(self._received):
            raise RetryableError(
                f"The {self._name} ended after {self._received} of {self._size or 'an unknown number of'} bytes, "
                "and the server reports that this is all"
            )
        self._size = self._received

    def _request(self, headers: Mapping[str, str], failure: RetryableError | None = None) -> Any:
        """Return a successful response; repeat the request after temporary failures."""
        while True:
            if failure:
                self._attempts.wait(failure)
            try:
                response = send_request(*self._target, headers)
            except RetryableError as error:
                failure = error
            except PermanentError as error:
                if isinstance(error, HttpStatusError) and error.status == RANGE_NOT_SATISFIABLE:
                    raise
                if self._target == self._origin:
                    raise PermanentError(f"The {self._name} cannot be downloaded: {error}") from error
                # The target of a redirect may be a signed URL that has expired.
                self._target, failure = self._origin, RetryableError(str(error), retry_after=0)
            else:
                self._target = (response.url, response.settings)
                response.raw.length = None  # http.client would cut off the bytes beyond the announced size
                return response.raw
