# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content that an image is created from, however it is obtained."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from itertools import chain
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    Checksum,
    Hasher,
    check_algorithms,
    check_digest,
    compute_digests,
)
from ansible_collections.osops.glance.plugins.module_utils._content.compression import (
    Compression,
    select_compression,
)

HEAD = 64 * 1024  # bytes; the signature with the highest offset, that of ISO 9660, is within
PIECE = 1024 * 1024


class Source:
    """Content that can be read several times and is decompressed while it is read.

    name: the content in messages.
    checksum: of the content as it is delivered.
    checksum_uncompressed: of the content after decompression.
    decompress: the compression, `auto` or `none`.
    """

    is_local = False  # whether reading it needs no transfer
    is_readable = True  # whether this host can read it at all
    target_format: str | None = None  # the disk format that it is converted to

    def __init__(
        self, name: str, checksum: Checksum | None, checksum_uncompressed: Checksum | None, decompress: str
    ) -> None:
        self.name = name
        self.checksum = checksum
        self.checksum_uncompressed = checksum_uncompressed
        self.delivered: Mapping[str, str] = {}  # digests of the content as delivered, after it was read
        self.original: Source = self  # the source of converted content
        self._decompress = decompress
        self._raw: Iterator[bytes] | None = None  # opened to detect the compression
        self._opened: Iterator[bytes] | None = None  # opened to read the head

    @cached_property
    def delivered_size(self) -> int | None:
        """The bytes before decompression; None if they are unknown."""
        raise NotImplementedError

    def _read(self) -> Iterator[bytes]:
        """Yield the content as it is delivered, from the beginning."""
        raise NotImplementedError

    @cached_property
    def size(self) -> int | None:
        """The bytes of the content; None if they are unknown before it is read."""
        return None if self.is_decompressed else self.delivered_size

    @cached_property
    def origin(self) -> str | None:
        """A fingerprint that changes with the content, obtained without reading it; None if there is none."""
        return None

    @cached_property
    def validator(self) -> str | None:
        """A fingerprint of the location and the version that ignores the query of the URL; None if there is none."""
        return None

    def matches_origin(self, *recorded: str) -> bool:
        """Return whether one of the recorded origins or validators is that of the source."""
        return self.origin in recorded

    def _fingerprint(self, *facts: Any) -> str:
        """Return a hash of the facts: a URL may contain a password, and every user can read a public image."""
        hashed = [*facts, "as delivered"] if self._decompress == "none" else [*facts]
        return hashlib.sha256(json.dumps(hashed).encode()).hexdigest()

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        head, self._opened = split_head(self._opened or self._open(), HEAD)
        return head

    @property
    def is_decompressed(self) -> bool:
        return self._compression is not None

    @cached_property
    def _compression(self) -> Compression | None:
        if self._decompress == "none":
            return None
        head, self._raw = split_head(self._read(), HEAD)
        return select_compression(self._decompress, head)

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole content; its head is not read twice."""
        opened, self._opened = self._opened or self._open(), None
        yield from opened

    def _open(self) -> Iterator[bytes]:
        check_algorithms(self.name, self.checksum, self.checksum_uncompressed)
        compression = self._compression
        raw, self._raw = self._raw or self._read(), None
        delivered = self._hash(raw)
        return compression.decompress(delivered, self.name) if compression else delivered

    def _hash(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        hasher = Hasher([self.checksum.algorithm] if self.checksum else [])
        try:
            for piece in pieces:
                hasher.update(piece)
                yield piece
        except BaseException:
            hasher.end()
            raise
        self.delivered = hasher.end()

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 checksum of the original, which is read for it."""
        return str(Checksum("sha256", compute_digests(self.original.pieces(), ["sha256"])["sha256"]))

    def close(self) -> None:
        """Release the resources that reading needed."""

    def check(self, digests: Mapping[str, str]) -> None:
        """Raise GlanceError unless the content that was read has the expected checksums.

        digests: of the content after decompression, by algorithm.
        """
        check_digest(self.name, self.delivered, self.checksum)
        check_digest(f"{self.name}, decompressed,", digests, self.checksum_uncompressed)


def split_head(pieces: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, and an iterator over all pieces."""
    read: list[bytes] = []
    missing = size
    while missing > 0:
        piece = next(pieces, b"")
        if not piece:
            break
        read.append(piece)
        missing -= len(piece)
    return b"".join(read)[:size], chain(read, pieces)


def expected_algorithms(source: Source) -> set[str]:
    """Return the algorithms of the checksums that the content has as it is sent."""
    expected = [source.checksum_uncompressed, None if source.is_decompressed else source.checksum]
    return {checksum.algorithm for checksum in expected if checksum}
