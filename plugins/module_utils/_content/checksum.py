# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checksums: as they are given, as files list them, and as they are computed."""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# From weak to strong.
CHECKSUM_LENGTHS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
CANDIDATES = 10  # names in an error message


class Checksum(NamedTuple):
    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class ChecksumFile(NamedTuple):
    """Where a checksum is listed, and by which algorithm if that was said."""

    url: str
    algorithm: str | None = None


def checksum(text: str) -> Checksum:
    """Return the checksum that a text such as "sha256:1f3e..." says."""
    algorithm, _colon, value = text.strip().lower().partition(":")
    if CHECKSUM_LENGTHS.get(algorithm) != len(value) or not re.fullmatch("[0-9a-f]+", value):
        known = ", ".join(f"{name}:<{length} hex digits>" for name, length in CHECKSUM_LENGTHS.items())
        raise GlanceError(f"The checksum {text!r} is none of: {known}")
    return Checksum(algorithm, value)


def given(text: str) -> Checksum | ChecksumFile:
    """Return the checksum that was given, or the file where it is listed."""
    found = re.fullmatch(r"(?:([a-z0-9]+):)?(https?://.*)", text.strip(), re.IGNORECASE | re.DOTALL)
    if not found:
        if "://" in text:
            raise GlanceError("The URL of a checksum file is neither http nor https")
        return checksum(text)
    algorithm = found.group(1) and found.group(1).lower()
    if algorithm not in (None, *CHECKSUM_LENGTHS):
        known = ", ".join(CHECKSUM_LENGTHS)
        raise GlanceError(f"The algorithm {algorithm} of the checksum file is none of: {known}")
    return ChecksumFile(found.group(2), algorithm)


# Checksum files


class Entry(NamedTuple):
    """What a line of a checksum file says; without a name where it holds a digest only."""

    algorithm: str
    value: str
    name: str | None


GNU = re.compile(r"(\\?)([0-9a-fA-F]{32,128})(?:[ \t]+\*?(\S.*))?")
BSD = re.compile(r"(\\?)([A-Za-z0-9-]+) ?\((.+)\) ?= ?([0-9a-fA-F]{32,128})")
ESCAPED = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


def entries(text: str) -> Iterator[Entry]:
    """Yield what a checksum file lists, in the way of GNU or BSD."""
    for line in signed(text):
        found = entry(line.strip("\ufeff \t\r\n"))
        if found:
            yield found


def entry(line: str) -> Entry | None:
    """Return what one line lists."""
    bsd = BSD.fullmatch(line)
    if bsd:
        escape, title, name, value = bsd.groups()
        algorithm: str | None = title.lower().replace("-", "")
    else:
        gnu = GNU.fullmatch(line)
        if not gnu:
            return None
        escape, value, name = gnu.groups()
        algorithm = by_length(value)
    if algorithm is None or CHECKSUM_LENGTHS.get(algorithm) != len(value):
        return None
    if escape:
        name = re.sub(r"\\[\\nr]", lambda found: ESCAPED[found.group()], name or "")
    return Entry(algorithm, value.lower(), None if name in (None, "-") else name)


def by_length(value: str) -> str | None:
    """Return the algorithm whose digests are as long as this one."""
    return next((name for name, length in CHECKSUM_LENGTHS.items() if length == len(value)), None)


def signed(text: str) -> Iterator[str]:
    """Yield the lines of a text; of one that is signed in the way of PGP, what is signed."""
    lines = text.splitlines()
    begin = next((number for number, line in enumerate(lines) if line.startswith("-----BEGIN PGP SIGNED")), None)
    if begin is None:
        yield from lines
        return
    body = False
    for line in lines[begin + 1 :]:
        if line.startswith("-----BEGIN PGP SIGNATURE"):
            return
        if body:
            yield line[2:] if line.startswith("- ") else line
        body = body or not line.strip()


def listed(text: str, name: str, algorithm: str | None, where: str) -> Checksum:
    """Return the checksum that a file lists for a name; by the strongest algorithm if none was said."""
    found = [one for one in entries(text) if algorithm in (None, one.algorithm)]
    own = [one for one in found if one.name is not None and one.name.rpartition("/")[2] == name]
    own = own or (found if len(found) == 1 and found[0].name is None else [])
    if not own:
        raise GlanceError(f"The checksum file {where} lists no {algorithm or 'checksum'} of {name}{others(found)}")
    strongest = max(own, key=lambda one: CHECKSUM_LENGTHS[one.algorithm]).algorithm
    values = sorted({one.value for one in own if one.algorithm == strongest})
    if len(values) > 1:
        raise GlanceError(f"The checksum file {where} lists several different {strongest} of {name}{others(own)}")
    return Checksum(strongest, values[0])


def others(found: Iterable[Entry]) -> str:
    """Return which names there are, to end a sentence with."""
    names = sorted({one.name for one in found if one.name is not None})
    more = f" and {len(names) - CANDIDATES} more" if len(names) > CANDIDATES else ""
    return f"; it lists {', '.join(names[:CANDIDATES])}{more}" if names else "; it lists no names"


# Digests


def new_hash(algorithm: str) -> Any:
    """Return a hash to compare content with, which need not withstand an attack; ValueError where there is none.

    In FIPS mode, OpenSSL offers md5 only for that. Python 3.8 and older do not have the keyword.
    """
    try:
        return hashlib.new(algorithm, usedforsecurity=False)
    except TypeError:
        return hashlib.new(algorithm)


def is_available(algorithm: str) -> bool:
    """Return whether content can be compared by the algorithm on this host."""
    try:
        new_hash(algorithm)
    except ValueError:
        return False
    return True


def refuse_unavailable(name: str, *expected: Checksum | None) -> None:
    """Raise GlanceError for a checksum that the host does not trust; the digest of content is compared with it."""
    for one in expected:
        try:
            hashlib.new(one.algorithm if one else "sha256")
        except ValueError as error:
            raise GlanceError(
                f"The checksum of the {name} is given as {one.algorithm if one else ''}, which Python on this host "
                "refuses, as hosts in FIPS mode do for md5: give the checksum as sha256 or sha512"
            ) from error


class Digests:
    """The digests of content that passes by, computed in a thread beside it."""

    AHEAD = 4  # pieces that wait; more would be memory and no speed

    def __init__(self, algorithms: Iterable[str]) -> None:
        self._hashes = {algorithm: new_hash(algorithm) for algorithm in algorithms}
        self._waiting: queue.Queue[bytes | None] = queue.Queue(self.AHEAD)
        self._thread: threading.Thread | None = None
        if self._hashes:
            # Content that is given up half way must not keep Python from ending.
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def _work(self) -> None:
        for piece in iter(self._waiting.get, None):
            for one in self._hashes.values():
                one.update(piece)

    def update(self, piece: bytes) -> None:
        """Take a piece in; it must not be changed afterwards."""
        if self._thread:
            self._waiting.put(piece)

    def end(self) -> dict[str, str]:
        """Return the digests of all that was taken in; nothing may follow."""
        if self._thread:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        return {algorithm: one.hexdigest() for algorithm, one in self._hashes.items()}


def digests(pieces: Iterable[bytes], algorithms: Iterable[str]) -> dict[str, str]:
    """Return the digest by each algorithm, all in one pass."""
    found = Digests(algorithms)
    try:
        for piece in pieces:
            found.update(piece)
    finally:
        result = found.end()
    return result


def check_digest(name: str, found: Mapping[str, str], expected: Checksum | None) -> None:
    """Raise GlanceError if the content has not the checksum that was given."""
    if expected and found[expected.algorithm] != expected.value:
        raise GlanceError(
            f"The {name} has the checksum {expected.algorithm}:{found[expected.algorithm]}, not {expected}"
        )
