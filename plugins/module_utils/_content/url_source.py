# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content of a URL, downloaded while it is read."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import cached_property
from typing import Iterator
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.download import Download
from ansible_collections.osops.glance.plugins.module_utils._content.http_request import HttpSettings, send_request
from ansible_collections.osops.glance.plugins.module_utils._content.response_metadata import (
    ResponseMetadata,
    metadata_of,
)
from ansible_collections.osops.glance.plugins.module_utils._content.signed_url import identity, location
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.url import redacted_url, split_credentials
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


class UrlSource(Source):
    """The content of a URL: one GET request, sent when the content or its metadata is needed."""

    def __init__(
        self,
        url: str,
        checksum: Checksum | None = None,
        checksum_uncompressed: Checksum | None = None,
        decompress: str = "none",
        settings: HttpSettings | None = None,
    ) -> None:
        self._url, self._settings = with_credentials(url, settings or HttpSettings())
        self._download: Download | None = None
        super().__init__(f"content of {redacted_url(self._url)}", checksum, checksum_uncompressed, decompress)

    @cached_property
    def _metadata(self) -> ResponseMetadata:
        self._download = self._start_download()
        return self._download.metadata

    def _start_download(self, earlier: ResponseMetadata | None = None) -> Download:
        return Download(self.name, self._url, self._settings, self.checksum is not None, earlier)

    @cached_property
    def delivered_size(self) -> int | None:
        """The size that the server reports."""
        return self._metadata.size

    @cached_property
    def origin(self) -> str | None:
        """A fingerprint of the URL without its signature, and of the version that the server reports."""
        metadata = self._metadata
        if metadata.version is None and metadata.size is None:
            if self.checksum:
                return None
            raise GlanceError(
                f"The server reports neither a date nor an ETag nor a size of the {self.name}. Set its checksum."
            )
        return self._origin(metadata)

    @cached_property
    def validator(self) -> str | None:
        return self._validator(self._metadata)

    def matches_origin(self, *recorded: str) -> bool:
        head = self._head_metadata
        if head and {self._origin(head), self._validator(head)}.intersection(recorded):
            return True
        return self.origin in recorded or self.validator in recorded

    @cached_property
    def _head_metadata(self) -> ResponseMetadata | None:
        """The metadata of a HEAD request; None where the server does not accept it."""
        try:
            response = send_request(self._url, self._settings, {}, "HEAD")
        except GlanceError:
            return None
        with closing(response.raw):
            return metadata_of(response.raw)

    def _origin(self, metadata: ResponseMetadata) -> str:
        return self._fingerprint(identity(self._url), metadata.size, metadata.version)

    def _validator(self, metadata: ResponseMetadata) -> str | None:
        """Return a fingerprint without the query, which may be a signature in an unknown format.

        The ETag is preferred: a date does not distinguish the contents of one path with different queries.
        """
        version = metadata.etag or metadata.modified
        if version is None or not urlsplit(self._url).query:
            return None
        # Images record this fingerprint: with another text, unchanged content would not be recognized.
        return self._fingerprint("any query", location(self._url), metadata.size, version)

    def _read(self) -> Iterator[bytes]:
        metadata = self._metadata
        download, self._download = self._download or self._start_download(metadata), None
        yield from download


def with_credentials(url: str, settings: HttpSettings) -> tuple[str, HttpSettings]:
    """Return a URL without its credentials, and the settings with them unless they have a username."""
    address, username, password = split_credentials(url)
    if username is None or settings.username:
        return address, settings
    return address, replace(settings, username=username, password=password)
