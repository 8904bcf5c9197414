# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files such as SHA256SUMS, which list the checksums of other files."""

from __future__ import annotations

import re
from typing import Iterable, Iterator, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    CHECKSUM_LENGTHS,
    Checksum,
    parse_checksum,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

MAX_NAMES = 10  # in an error message

_GNU = re.compile(r"(\\?)([0-9a-fA-F]{32,128})(?:[ \t]+\*?(\S.*))?")
_BSD = re.compile(r"(\\?)([A-Za-z0-9-]+) ?\((.+)\) ?= ?([0-9a-fA-F]{32,128})")
_ESCAPED = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


class ChecksumFile(NamedTuple):
    """The URL of a checksum file; the algorithm is None if any is accepted."""

    url: str
    algorithm: str | None = None


class Entry(NamedTuple):
    """A line of a checksum file; the name is None if the line has only a digest."""

    algorithm: str
    value: str
    name: str | None


def parse_checksum_option(text: str) -> Checksum | ChecksumFile:
    """Return the checksum of an option, or the checksum file that it refers to; raise GlanceError if it is invalid."""
    match = re.fullmatch(r"(?:([a-z0-9]+):)?(https?://.*)", text.strip(), re.IGNORECASE | re.DOTALL)
    if not match:
        if "://" in text:
            raise GlanceError("The URL of a checksum file is neither http nor https")
        return parse_checksum(text)
    algorithm = match.group(1) and match.group(1).lower()
    if algorithm not in (None, *CHECKSUM_LENGTHS):
        names = ", ".join(CHECKSUM_LENGTHS)
        raise GlanceError(f"The algorithm {algorithm} of the checksum file is none of {names}")
    return ChecksumFile(match.group(2), algorithm)


def find_checksum(text: str, name: str, algorithm: str | None, url: str) -> Checksum:
    """Return the checksum of a file in the text of a checksum file; by the strongest algorithm if none is specified.

    Raise GlanceError if there is none, or if there are different ones.
    url: the checksum file in messages.
    """
    entries = [entry for entry in parse_entries(text) if algorithm in (None, entry.algorithm)]
    matching = [entry for entry in entries if entry.name is not None and entry.name.rpartition("/")[2] == name]
    matching = matching or (entries if len(entries) == 1 and entries[0].name is None else [])
    if not matching:
        raise GlanceError(
            f"The checksum file {url} lists no {algorithm or 'checksum'} of {name}; it lists {names_of(entries)}"
        )
    strongest = max(matching, key=lambda entry: CHECKSUM_LENGTHS[entry.algorithm]).algorithm
    values = sorted({entry.value for entry in matching if entry.algorithm == strongest})
    if len(values) > 1:
        raise GlanceError(
            f"The checksum file {url} lists several different {strongest} of {name}; it lists {names_of(matching)}"
        )
    return Checksum(strongest, values[0])


def parse_entries(text: str) -> Iterator[Entry]:
    """Yield the entries of a checksum file in the format of GNU or BSD."""
    for line in signed_lines(text):
        entry = parse_entry(line.strip("\ufeff \t\r\n"))
        if entry:
            yield entry


def parse_entry(line: str) -> Entry | None:
    """Return the entry of a line; None for any other line."""
    bsd = _BSD.fullmatch(line)
    if bsd:
        escape, title, name, value = bsd.groups()
        algorithm: str | None = title.lower().replace("-", "")
    else:
        gnu = _GNU.fullmatch(line)
        if not gnu:
            return None
        escape, value, name = gnu.groups()
        algorithm = algorithm_of_length(len(value))
    if algorithm is None or CHECKSUM_LENGTHS.get(algorithm) != len(value):
        return None
    if escape:
        name = re.sub(r"\\[\\nr]", lambda match: _ESCAPED[match.group()], name or "")
    return Entry(algorithm, value.lower(), None if name in (None, "-") else name)


def algorithm_of_length(length: int) -> str | None:
    """Return the algorithm whose digests have this number of hex digits."""
    return next((name for name, digits in CHECKSUM_LENGTHS.items() if digits == length), None)


def signed_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text; only the signed ones of a text with an OpenPGP cleartext signature (RFC 9580)."""
    lines = text.splitlines()
    begin = next((number for number, line in enumerate(lines) if line.startswith("-----BEGIN PGP SIGNED")), None)
    if begin is None:
        yield from lines
        return
    in_body = False
    for line in lines[begin + 1 :]:
        if line.startswith("-----BEGIN PGP SIGNATURE"):
            return
        if in_body:
            yield line[2:] if line.startswith("- ") else line
        in_body = in_body or not line.strip()


def names_of(entries: Iterable[Entry]) -> str:
    """Return the names of entries for a message."""
    names = sorted({entry.name for entry in entries if entry.name is not None})
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return f"{', '.join(names[:MAX_NAMES])}{more}" if names else "no names"
