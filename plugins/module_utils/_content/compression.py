# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decompression of a stream, in pieces of limited size."""

from __future__ import annotations

import bz2
import importlib
import lzma
import re
import shutil
import zlib
from functools import partial
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Protocol

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.process import FilterCommand

PIECE = 1024 * 1024  # bytes of output at once, regardless of the compression ratio
SLICE = 64 * 1024  # bytes of input at once
XZ_MEMORY = 128 * 1024 * 1024  # bytes; "xz -9" needs 65 MiB
ZSTD_MODULES = ("compression.zstd", "backports.zstd")  # the first one is in the standard library since Python 3.14


class Decompressor(Protocol):
    """The interface of the decompressors in the standard library."""

    @property
    def eof(self) -> bool:
        """Return whether the end of the stream was reached."""

    @property
    def needs_input(self) -> bool:
        """Return whether more data is needed for further output."""

    @property
    def unused_data(self) -> bytes:
        """Return the data after the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` bytes of content."""


class GzipDecompressor:
    """The decompressor of zlib with the interface of the others."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)  # with the header and the checksum of gzip
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = not self._zlib.unconsumed_tail and len(piece) < max_length
        return piece

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data


class Compression(NamedTuple):
    """A compression format.

    choice: the value of the option `decompress`.
    title: the format in messages.
    magic: the beginning of compressed content.
    decompress: yields the decompressed content of a stream with a name.
    """

    choice: str
    title: str
    magic: re.Pattern[bytes]
    decompress: Callable[[Iterable[bytes], str], Iterator[bytes]]


def decompress_members(
    make: Callable[[], Decompressor], title: str, content: Iterable[bytes], name: str
) -> Iterator[bytes]:
    """Yield the decompressed content of all compressed members that follow each other.

    make: returns the decompressor for a member.
    """
    member: Decompressor | None = None
    is_first = True
    for data in slices(content):
        while data or (member and not member.needs_input):
            if member is None:
                data = data if is_first else data.lstrip(b"\0")  # files may be padded with zeros
                if not data:
                    break
                member, is_first = make(), False
            piece = decompress_data(member, data, title, name)
            if piece:
                yield piece
            data, member = (member.unused_data, None) if member.eof else (b"", member)
    if member or is_first:
        raise GlanceError(f"The {name} is compressed with {title} and truncated")


def slices(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content in small pieces."""
    for piece in content:
        for start in range(0, len(piece), SLICE):
            yield piece[start : start + SLICE]


def decompress_data(member: Decompressor, data: bytes, title: str, name: str) -> bytes:
    """Return decompressed data, at most one piece of it."""
    try:
        return member.decompress(data, PIECE)
    # Each library has its own error class, and some of them cannot be imported everywhere.
    except Exception as error:
        raise GlanceError(f"The {name} cannot be decompressed because it is not valid {title}: {error}") from error


def decompress_zstd(content: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield decompressed content, with the library or the program that the host has."""
    library = zstd_library()
    if library:
        return decompress_members(library.ZstdDecompressor, "zstd", content, name)
    program = shutil.which("zstd")
    if not program:
        raise GlanceError(
            f"The {name} is compressed with zstd, and the host cannot decompress it. Install the package zstd."
        )
    return decompress_with_command([program, "-dcq"], "zstd", content, name)


def zstd_library() -> Any:
    """Return the Python library for zstd, or None."""
    for module in ZSTD_MODULES:
        try:
            return importlib.import_module(module)
        except ImportError:
            continue
    return None


def decompress_with_command(command: list[str], title: str, content: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield the output of a command that reads the content."""
    process = FilterCommand(command)
    yield from process.chunks(content, PIECE)
    if process.status:
        raise GlanceError(f"The {name} cannot be decompressed because it is not valid {title}: {process.error_output}")


COMPRESSIONS = (
    Compression("gz", "gzip", re.compile(rb"\x1f\x8b\x08"), partial(decompress_members, GzipDecompressor, "gzip")),
    Compression(
        "xz",
        "xz",
        re.compile(rb"\xfd7zXZ\x00"),
        partial(decompress_members, partial(lzma.LZMADecompressor, format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY), "xz"),
    ),
    Compression(
        "bz2",
        "bzip2",
        re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
        partial(decompress_members, bz2.BZ2Decompressor, "bzip2"),
    ),
    Compression("zst", "zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), decompress_zstd),
)
CHOICES = ("auto", "none", *(compression.choice for compression in COMPRESSIONS))


def detect_compression(head: bytes) -> Compression | None:
    """Return the compression of content by its beginning."""
    return next((compression for compression in COMPRESSIONS if compression.magic.match(head)), None)


def select_compression(choice: str, head: bytes) -> Compression | None:
    """Return the compression of the option; an explicit choice is used regardless of the content."""
    if choice == "auto":
        return detect_compression(head)
    return next((compression for compression in COMPRESSIONS if compression.choice == choice), None)
