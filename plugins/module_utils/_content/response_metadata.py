# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The size and the version of content, as the headers of a response report them."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple


class ResponseMetadata(NamedTuple):
    """The size and the validators of the whole content; None for each that the server does not report."""

    size: int | None
    modified: str | None
    etag: str | None

    @property
    def version(self) -> str | None:
        """The date, or else the ETag: the mirrors of one URL have the same dates and often different ETags."""
        return self.modified or self.etag

    def matches(self, earlier: ResponseMetadata) -> bool:
        """Return whether this may be the same content; a response with a range may lack some of the headers."""
        if None not in (self.size, earlier.size) and self.size != earlier.size:
            return False
        if self.modified and earlier.modified:
            return self.modified == earlier.modified
        return not self.etag or not earlier.etag or self.etag == earlier.etag

    @property
    def range_condition(self) -> str | None:
        """The value of If-Range: a strong ETag, or else the date; a weak ETag does not identify bytes (RFC 9110)."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


def metadata_of(response: Any) -> ResponseMetadata:
    """Return the metadata of the whole content, also from a response with a range of it."""
    headers = response.headers
    length = headers.get("Content-Length") or ""
    size = int(length) if re.fullmatch("[0-9]+", length) else None
    if response.status == 206:
        total = parse_content_range(headers)[1]
        size = int(total) if total.isdigit() else None
    return ResponseMetadata(size, headers.get("Last-Modified"), headers.get("ETag"))


def parse_content_range(headers: Mapping[str, str]) -> tuple[int | None, str]:
    """Return the first byte of the range in a response, and the total size; None and "*" where they are unknown."""
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", (headers.get("Content-Range") or "").strip())
    if not match:
        return None, "*"
    return int(match.group(1)) if match.group(1) else None, match.group(2)
