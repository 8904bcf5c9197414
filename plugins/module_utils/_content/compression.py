# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compressed content, and how it is decompressed while it passes through, in pieces of bounded size."""

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

PIECE = 1024 * 1024  # what comes out at once, however well it was compressed
SLICE = 64 * 1024  # what goes in at once
XZ_MEMORY = 128 * 1024 * 1024  # "xz -9" needs 65 MiB
ZSTD_MODULES = ("compression.zstd", "backports.zstd")  # the first one is Python's own, since 3.14


class Decompressor(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Gzip:
    """The decompressor of zlib, which is unlike the others."""

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
    """One way to compress: the name of the option's choice, the one that people know, and how it begins."""

    choice: str
    title: str
    magic: re.Pattern[bytes]
    decompressed: Callable[[Iterable[bytes], str], Iterator[bytes]]


def members(make: Callable[[], Decompressor], title: str, content: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield decompressed content; what was compressed in several parts follows each other."""
    part: Decompressor | None = None
    first = True
    for data in slices(content):
        while data or (part and not part.needs_input):
            if part is None:
                data = data if first else data.lstrip(b"\0")  # files may be filled up with zeros
                if not data:
                    break
                part, first = make(), False
            piece = decompressed(part, data, title, name)
            if piece:
                yield piece
            data, part = (part.unused_data, None) if part.eof else (b"", part)
    if part or first:
        raise GlanceError(f"The {name} is compressed with {title} and cut off")


def slices(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content in small pieces."""
    for piece in content:
        for start in range(0, len(piece), SLICE):
            yield piece[start : start + SLICE]


def decompressed(part: Decompressor, data: bytes, title: str, name: str) -> bytes:
    """Return what the data is decompressed, as far as one piece holds it."""
    try:
        return part.decompress(data, PIECE)
    # Each library has an error of its own, and some of them cannot be imported everywhere.
    except Exception as error:
        raise GlanceError(f"The {name} cannot be decompressed, it is no intact {title}: {error}") from error


def zstd(content: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield decompressed content, by what there is for it on this host."""
    library = zstd_library()
    if library:
        return members(library.ZstdDecompressor, "zstd", content, name)
    program = shutil.which("zstd")
    if not program:
        raise GlanceError(
            f"The {name} is compressed with zstd, and nothing on the host can decompress that: install the package zstd"
        )
    return filtered([program, "-dcq"], "zstd", content, name)


def zstd_library() -> Any:
    """Return the library for zstd, if there is one."""
    for module in ZSTD_MODULES:
        try:
            return importlib.import_module(module)
        except ImportError:
            continue
    return None


def filtered(command: list[str], title: str, content: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield what a command makes of the content."""
    passing = FilterCommand(command)
    yield from passing.chunks(content, PIECE)
    if passing.status:
        raise GlanceError(f"The {name} cannot be decompressed, it is no intact {title}: {passing.error_output}")


COMPRESSIONS = (
    Compression("gz", "gzip", re.compile(rb"\x1f\x8b\x08"), partial(members, Gzip, "gzip")),
    Compression(
        "xz",
        "xz",
        re.compile(rb"\xfd7zXZ\x00"),
        partial(members, partial(lzma.LZMADecompressor, format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY), "xz"),
    ),
    Compression(
        "bz2",
        "bzip2",
        re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
        partial(members, bz2.BZ2Decompressor, "bzip2"),
    ),
    Compression("zst", "zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), zstd),
)
CHOICES = ("auto", "none", *(one.choice for one in COMPRESSIONS))


def compression(head: bytes) -> Compression | None:
    """Return how content is compressed that begins like this."""
    return next((one for one in COMPRESSIONS if one.magic.match(head)), None)


def chosen(choice: str, head: bytes) -> Compression | None:
    """Return how the content is to be decompressed; an explicit choice is tried whatever the content begins with."""
    if choice == "auto":
        return compression(head)
    return next((one for one in COMPRESSIONS if one.choice == choice), None)
