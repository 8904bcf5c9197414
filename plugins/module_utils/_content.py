# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of an image: where it comes from, what it is, and how it is sent once and hashed on the way."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
import struct
import time
from functools import cached_property
from http.client import HTTPException
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple, Union
from urllib.parse import urlsplit, urlunsplit

from ansible.module_utils import urls

from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError

HEAD = 64 * 1024  # the signature that lies deepest, that of an ISO 9660 file system, is within
PIECE = 1024 * 1024
STALL = 60  # seconds without a byte from a URL

# A stream is read once: whatever sends the request again would send an empty or a cut image.
SEND_ONCE: dict[str, Any] = {"connect_retries": 0, "status_code_retries": 0, "allow_reauth": False, "redirect": False}

CHECKSUM_LENGTHS = {"md5": 32, "sha256": 64, "sha512": 128}


class Checksum(NamedTuple):
    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


def checksum(text: str) -> Checksum:
    """Return the checksum that a text such as "sha256:1f3e..." says."""
    algorithm, _colon, value = text.strip().lower().partition(":")
    if CHECKSUM_LENGTHS.get(algorithm) != len(value) or not re.fullmatch("[0-9a-f]+", value):
        known = ", ".join(f"{name}:<{length} hex digits>" for name, length in CHECKSUM_LENGTHS.items())
        raise GlanceError(f"The checksum {text!r} is none of: {known}")
    return Checksum(algorithm, value)


# What the content is


def refuse_qcow2(head: bytes) -> str | None:
    """Say why a qcow2 file cannot stand alone."""
    if len(head) < 104:
        return "is a qcow2 file cut off within its header"
    version, backing_offset = struct.unpack_from(">IQ", head, 4)
    if version not in (2, 3):
        return f"is a qcow file of version {version}; the Image service knows versions 2 and 3"
    if backing_offset:
        return "is a qcow2 file with a backing file: the data of another file is missing in it"
    if version == 3 and struct.unpack_from(">Q", head, 72)[0] & 0b100:
        return "is a qcow2 file with an external data file: its data is not in it"
    return None


def refuse_vmdk(head: bytes) -> str | None:
    """Say why a VMDK file cannot stand alone."""
    if head.startswith(b"# Disk DescriptorFile"):
        return "is only the descriptor of a VMDK: its data is in other files"
    kind = re.search(rb'createType="([^"]*)"', head)
    if kind and kind.group(1) not in (b"monolithicSparse", b"streamOptimized"):
        return f"is a VMDK of type {kind.group(1).decode(errors='replace')}: its data is in other files"
    return None


def refuse_vhd(head: bytes) -> str | None:
    """Say why a VHD file cannot stand alone."""
    differencing = len(head) >= 64 and struct.unpack_from(">I", head, 60)[0] == 4
    return "is a differencing VHD: the data of its parent is missing in it" if differencing else None


class Signature(NamedTuple):
    disk_format: str
    offset: int
    magic: bytes
    refuse: Callable[[bytes], str | None] = lambda _head: None


SIGNATURES = (
    Signature("qcow2", 0, b"QFI\xfb", refuse_qcow2),
    Signature("vmdk", 0, b"KDMV", refuse_vmdk),
    Signature("vmdk", 0, b"# Disk DescriptorFile", refuse_vmdk),
    Signature("vhdx", 0, b"vhdxfile"),
    Signature("vhd", 0, b"conectix", refuse_vhd),
    Signature("vdi", 64, b"\x7f\x10\xda\xbe"),
    Signature("luks", 0, b"LUKS\xba\xbe"),
    Signature("iso", 0x8001, b"CD001"),
)
COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}
# What a content may also be called: a signature says nothing of kernels, RAM disks and VHDs of fixed size.
ALSO = {"raw": ("ami", "ari", "aki", "ploop", "vhd"), "luks": ("raw",)}
UPLOADED_AS = {"luks": "raw"}  # most releases have no format of that name


WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body|!--|\?xml)", re.IGNORECASE)


def signature(head: bytes) -> Signature | None:
    """Return the signature that the content carries."""
    return next((one for one in SIGNATURES if head.startswith(one.magic, one.offset)), None)


def detect(head: bytes) -> str:
    """Return the format that the first 64 KiB show; whatever has no signature is raw."""
    found = signature(head)
    return found.disk_format if found else "raw"


def is_text(head: bytes) -> bool:
    """Say whether this is text in UTF-8: an error message, a list of checksums."""
    start = head[:4096]
    if re.search(rb"[\x00-\x08\x0e-\x1f]", start):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def refusal(head: bytes, container_format: str) -> str | None:
    """Say why content that begins like this is no image, or not a whole one."""
    if not head:
        return "is empty"
    if WEB_PAGE.match(head):
        return "is a web page, not a disk image; probably a server answered with a message"
    if container_format != "bare":
        return None  # the content is the container, what is in it cannot be seen
    found = signature(head)
    if found:
        return found.refuse(head)
    compressed = next((name for magic, name in COMPRESSED.items() if head.startswith(magic)), None)
    if compressed:
        return f"is compressed with {compressed}; decompress it first"
    if is_text(head):
        return f"is text, not a disk image; it begins with {head[:60].decode(errors='replace')!r}"
    return None


def disk_format(source: Source, given: str | None, container_format: str) -> str:
    """Return the format to upload the content as; GlanceError if the content is something else."""
    reason = refusal(source.head, container_format)
    if reason:
        raise GlanceError(f"The {source.name} {reason}")
    if container_format != "bare" and not given:
        raise GlanceError(f"The {source.name} is in a container ({container_format}), so disk_format must be given")
    found = detect(source.head)
    if container_format == "bare" and given not in (None, found, *ALSO.get(found, ())):
        raise GlanceError(f"The {source.name} has the format {found}, not {given}")
    return given or UPLOADED_AS.get(found, found)


# Where it comes from


def digests(pieces: Iterable[bytes], algorithms: Iterable[str]) -> dict[str, str]:
    """Return the digest by each algorithm, all in one pass."""
    hashes = {algorithm: hashlib.new(algorithm) for algorithm in algorithms}
    for piece in pieces:
        for one in hashes.values():
            one.update(piece)
    return {algorithm: one.hexdigest() for algorithm, one in hashes.items()}


def check_digest(name: str, found: Mapping[str, str], expected: Checksum | None) -> None:
    """Raise GlanceError if the content has not the checksum that was given."""
    if expected and found[expected.algorithm] != expected.value:
        raise GlanceError(
            f"The {name} has the checksum {expected.algorithm}:{found[expected.algorithm]}, not {expected}"
        )


class File:
    """A file on the host."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.name = f"file {path}"

    @cached_property
    def _checked(self) -> str:
        """The path; GlanceError where no file is, for a pipe would block when it is opened."""
        if not os.path.exists(self._path):
            raise GlanceError(f"The {self.name} does not exist on the host")
        if not os.path.isfile(self._path):
            raise GlanceError(f"The {self.name} is not a regular file")
        return self._path

    @cached_property
    def size(self) -> int | None:
        return os.path.getsize(self._checked)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        return next(self.pieces(), b"")[:HEAD]

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole content."""
        try:
            with open(self._checked, "rb", buffering=0) as file:
                yield from iter(lambda: file.read(PIECE), b"")
        except OSError as error:
            raise GlanceError(f"The {self.name} cannot be read: {error.strerror}") from error


class Url:
    """Something that is downloaded with one GET, and not before it is needed."""

    def __init__(self, url: str) -> None:
        if not re.match("https?://[^/]", url):
            raise GlanceError(f"The URL {shown(url)} is neither http nor https")
        self._url = url
        self.name = f"content of {shown(url)}"

    @cached_property
    def _response(self) -> Any:
        headers = {"Accept-Encoding": "identity"}
        try:
            return urls.open_url(
                self._url,
                headers=headers,
                timeout=STALL,
                follow_redirects="all",
                decompress=False,
                http_agent="osops.glance",
            )
        except (OSError, ValueError, HTTPException, urls.ConnectionError) as error:
            raise GlanceError(f"The {self.name} cannot be downloaded: {error}") from error

    @cached_property
    def size(self) -> int | None:
        """The size that the server announces."""
        length = self._response.headers.get("Content-Length")
        return int(length) if length else None

    @cached_property
    def origin(self) -> str:
        """A fingerprint of the URL and of what the server says of its content.

        The URL itself may hold a password, and the properties of a public image are read by everyone.
        The date comes before the ETag because the mirrors behind one URL agree on dates, not on ETags.
        """
        said = self._response.headers
        version = said.get("Last-Modified") or said.get("ETag")
        if version is None and self.size is None:
            raise GlanceError(f"The {self.name} comes with neither a date nor an ETag nor a size: give its checksum")
        return hashlib.sha256(json.dumps([self._url, self.size, version]).encode()).hexdigest()

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        head = b""
        while len(head) < HEAD:
            piece = self._read(HEAD - len(head))
            if not piece:
                break
            head += piece
        return head

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole content; only once, for nothing is kept."""
        yield self.head
        yield from iter(lambda: self._read(PIECE), b"")

    def _read(self, size: int) -> bytes:
        try:
            return bytes(self._response.read(size))
        except (OSError, ValueError, HTTPException) as error:
            raise GlanceError(f"The {self.name} broke off: {error or type(error).__name__}") from error


Source = Union[File, Url]


def shown(url: str) -> str:
    """Return a URL without the password and the signature that may be in it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


# How it is sent


class Body:
    """The content as the body of one request: sent once, counted and hashed on the way."""

    def __init__(self, source: Source, algorithms: Iterable[str], seconds: float) -> None:
        self.size = source.size
        self._source = source
        self._hashes = {algorithm: hashlib.new(algorithm) for algorithm in algorithms}
        self._limit = seconds
        self._started: float | None = None
        self.sent = 0
        if self.size is not None:
            self.len = self.size  # where requests looks for the Content-Length; without it the request is chunked

    def __iter__(self) -> Iterator[bytes]:
        if self._started is not None:
            raise GlanceError(f"The {self._source.name} was asked for a second time; a stream can only be sent once")
        self._started = time.monotonic()
        for piece in self._source.pieces():
            self._count(piece)
            yield piece
        if self.size not in (None, self.sent):
            raise GlanceError(f"The {self._source.name} ended after {self.sent} of {self.size} bytes")

    def _count(self, piece: bytes) -> None:
        self.sent += len(piece)
        if self.size is not None and self.sent > self.size:
            raise GlanceError(f"The {self._source.name} grew beyond {self.size} bytes while it was sent")
        if self.seconds > self._limit:
            raise GlanceError(
                f"The {self._source.name} was not sent within {self._limit:g} seconds, only {self.sent} bytes of it"
            )
        for one in self._hashes.values():
            one.update(piece)

    @property
    def seconds(self) -> float:
        """The time since the first byte was asked for."""
        return 0.0 if self._started is None else time.monotonic() - self._started

    @property
    def digests(self) -> dict[str, str]:
        return {algorithm: one.hexdigest() for algorithm, one in self._hashes.items()}
