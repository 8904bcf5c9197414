# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checksums and the digests that are compared with them."""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from typing import Any, Iterable, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# Hex digits by algorithm, from weak to strong.
CHECKSUM_LENGTHS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}


class Checksum(NamedTuple):
    """An algorithm and a digest in lower-case hex digits."""

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


def parse_checksum(text: str) -> Checksum:
    """Return the checksum of a text such as "sha256:1f3e..."; raise GlanceError if it is invalid."""
    algorithm, _colon, value = text.strip().lower().partition(":")
    if CHECKSUM_LENGTHS.get(algorithm) != len(value) or not re.fullmatch("[0-9a-f]+", value):
        formats = ", ".join(f"{name}:<{length} hex digits>" for name, length in CHECKSUM_LENGTHS.items())
        raise GlanceError(f"The checksum {text!r} has none of the formats {formats}")
    return Checksum(algorithm, value)


def new_hash(algorithm: str) -> Any:
    """Return a hash for comparing content, not for security; raise ValueError if the host does not have it.

    In FIPS mode, OpenSSL has md5 only for this purpose. Python 3.8 and older do not have the keyword.
    """
    try:
        return hashlib.new(algorithm, usedforsecurity=False)
    except TypeError:
        return hashlib.new(algorithm)


def is_available(algorithm: str) -> bool:
    """Return whether this host can compute digests of the algorithm."""
    try:
        new_hash(algorithm)
    except ValueError:
        return False
    return True


def check_algorithms(name: str, *checksums: Checksum | None) -> None:
    """Raise GlanceError for a checksum whose algorithm Python refuses for security on this host.

    name: the content in the message.
    """
    for checksum in checksums:
        try:
            hashlib.new(checksum.algorithm if checksum else "sha256")
        except ValueError as error:
            raise GlanceError(
                f"The checksum of the {name} uses {checksum.algorithm if checksum else ''}, which Python on this host "
                "refuses, as hosts in FIPS mode do for md5. Set a checksum of sha256 or sha512."
            ) from error


class Hasher:
    """The digests of a stream, computed in a thread parallel to its transfer."""

    MAX_WAITING = 4  # pieces; more would need memory and not save time

    def __init__(self, algorithms: Iterable[str]) -> None:
        self._hashes = {algorithm: new_hash(algorithm) for algorithm in algorithms}
        self._waiting: queue.Queue[bytes | None] = queue.Queue(self.MAX_WAITING)
        self._thread: threading.Thread | None = None
        if self._hashes:
            # A stream that is not read to its end must not prevent Python from exiting.
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def _work(self) -> None:
        for piece in iter(self._waiting.get, None):
            for each in self._hashes.values():
                each.update(piece)

    def update(self, piece: bytes) -> None:
        """Add a piece, which must not be modified afterwards."""
        if self._thread:
            self._waiting.put(piece)

    def end(self) -> dict[str, str]:
        """Return the digests of all pieces by algorithm; no piece may follow."""
        if self._thread:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        return {algorithm: each.hexdigest() for algorithm, each in self._hashes.items()}


def compute_digests(pieces: Iterable[bytes], algorithms: Iterable[str]) -> dict[str, str]:
    """Return the digests of the content by algorithm, computed in one pass."""
    hasher = Hasher(algorithms)
    try:
        for piece in pieces:
            hasher.update(piece)
    finally:
        digests = hasher.end()
    return digests


def check_digest(name: str, digests: Mapping[str, str], expected: Checksum | None) -> None:
    """Raise GlanceError if the digest of the content differs from the expected checksum.

    name: the content in the message.
    """
    if expected and digests[expected.algorithm] != expected.value:
        raise GlanceError(
            f"The {name} has the checksum {expected.algorithm}:{digests[expected.algorithm]}, not {expected}"
        )
