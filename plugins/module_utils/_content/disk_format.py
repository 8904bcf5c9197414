# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk format of content, the problems of incomplete images, and the virtual size of the disk."""

from __future__ import annotations

import codecs
import re
import struct
from typing import Callable, Iterator, NamedTuple, Protocol

from ansible_collections.osops.glance.plugins.module_utils._content.compression import detect_compression
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.web_page import WEB_PAGE

SECTOR = 512


class Content(Protocol):
    """Content with a readable head.

    name: the content in messages.
    head: its first 64 KiB.
    """

    name: str

    @property
    def head(self) -> bytes:
        """Return the first bytes of the content."""


# qcow2

QCOW2_HEADER = 104  # bytes; the minimum of version 3
QCOW2_CORRUPT, QCOW2_DATA_FILE = 0b10, 0b100
QCOW2_KNOWN = 0b11111  # dirty, corrupt, data file, type of compression, extended entries of level 2
QCOW2_DATA_FILE_NAME = 0x44415441
QCOW2_CIPHERS = {1: "AES", 2: "LUKS"}


def qcow2_problem(head: bytes) -> str | None:
    """Return why a qcow2 file is not a complete image."""
    if len(head) < QCOW2_HEADER:
        return "is a qcow2 file that is truncated within its header"
    version, backing_offset = struct.unpack_from(">IQ", head, 4)
    if version not in (2, 3):
        return f"is a qcow file of version {version}; the Image service supports versions 2 and 3"
    if backing_offset:
        return "is a qcow2 file with a backing file: part of its data is in that file"
    features = struct.unpack_from(">Q", head, 72)[0] if version == 3 else 0
    if features & QCOW2_DATA_FILE or QCOW2_DATA_FILE_NAME in qcow2_extensions(head, version):
        return "is a qcow2 file with an external data file: its data is not in it"
    if features & QCOW2_CORRUPT:
        return "is a qcow2 file that is marked as corrupt; repair it with qemu-img check -r"
    if features & ~QCOW2_KNOWN:
        return f"is a qcow2 file with unknown features (0x{features & ~QCOW2_KNOWN:x})"
    return None


def qcow2_extensions(head: bytes, version: int) -> Iterator[int]:
    """Yield the types of the extensions that follow the header."""
    at = 72 if version == 2 else max(QCOW2_HEADER, struct.unpack_from(">I", head, 100)[0])
    while at + 8 <= len(head):
        kind, length = struct.unpack_from(">II", head, at)
        if not kind:
            return
        yield kind
        at += 8 + (length + 7) // 8 * 8


def qcow2_warning(head: bytes) -> str | None:
    """Return a warning for a qcow2 file that cannot be used without a key."""
    method = read_number(">I", head, 32)
    if not method:
        return None
    cipher = QCOW2_CIPHERS.get(method, "unknown cipher")
    return f"is an encrypted qcow2 ({cipher}): no server boots from it without its key"


# Other formats


def vmdk_problem(head: bytes) -> str | None:
    """Return why a VMDK file is not a complete image."""
    if head.startswith(b"# Disk DescriptorFile"):
        return "is only the descriptor of a VMDK: its data is in other files"
    kind = re.search(rb'createType="([^"]*)"', head)
    if kind and kind.group(1) not in (b"monolithicSparse", b"streamOptimized"):
        return f"is a VMDK of type {kind.group(1).decode(errors='replace')}: its data is in other files"
    return None


def vhd_problem(head: bytes) -> str | None:
    """Return why a VHD file is not a complete image."""
    differencing = len(head) >= 64 and struct.unpack_from(">I", head, 60)[0] == 4
    return "is a differencing VHD: part of its data is in its parent" if differencing else None


def read_number(layout: str, head: bytes, offset: int) -> int | None:
    """Return a number of the header; None if the content ends before it."""
    return int(struct.unpack_from(layout, head, offset)[0]) if len(head) >= offset + struct.calcsize(layout) else None


def vmdk_size(head: bytes) -> int | None:
    """Return the size of the disk in a sparse VMDK."""
    sectors = read_number("<Q", head, 12) if head.startswith(b"KDMV") else None
    return None if sectors is None else sectors * SECTOR


def nothing(_head: bytes) -> None:
    """Return None: no problem, no warning, or an unknown size."""


class Signature(NamedTuple):
    """The signature of a disk format, and functions that read its header.

    problem: returns why the content is not a complete image.
    size: returns the virtual size of the disk in bytes; None if the content itself is the disk.
    warning: returns what the user of the image has to consider.
    """

    disk_format: str
    offset: int
    magic: bytes
    problem: Callable[[bytes], str | None] = nothing
    size: Callable[[bytes], int | None] | None = None
    warning: Callable[[bytes], str | None] = nothing


SIGNATURES = (
    Signature("qcow2", 0, b"QFI\xfb", qcow2_problem, lambda head: read_number(">Q", head, 24), qcow2_warning),
    Signature("vmdk", 0, b"KDMV", vmdk_problem, vmdk_size),
    Signature("vmdk", 0, b"# Disk DescriptorFile", vmdk_problem, vmdk_size),
    Signature("vhdx", 0, b"vhdxfile", size=nothing),  # the size is beyond the first 64 KiB
    Signature("vhd", 0, b"conectix", vhd_problem, lambda head: read_number(">Q", head, 48)),
    Signature("vdi", 64, b"\x7f\x10\xda\xbe", size=lambda head: read_number("<Q", head, 368)),
    Signature("luks", 0, b"LUKS\xba\xbe"),
    Signature("iso", 0x8001, b"CD001"),
)
ARCHIVES = (("zip", 0, b"PK\x03\x04"), ("7-Zip", 0, b"7z\xbc\xaf\x27\x1c"), ("tar", 257, b"ustar"))
# The other formats that content may be uploaded as: kernels, RAM disks and fixed-size VHDs have no signature.
ALTERNATIVE_FORMATS = {"raw": ("ami", "ari", "aki", "ploop", "vhd"), "luks": ("raw",)}
UPLOAD_FORMATS = {"luks": "raw"}  # most releases do not have the format luks


def signature(head: bytes) -> Signature | None:
    """Return the signature of the content."""
    return next((each for each in SIGNATURES if head.startswith(each.magic, each.offset)), None)


def detect_format(head: bytes) -> str:
    """Return the disk format by the first 64 KiB; raw if they have no signature."""
    known = signature(head)
    return known.disk_format if known else "raw"


def is_text(head: bytes) -> bool:
    """Return whether the content is text in UTF-8, such as an error message or a list of checksums."""
    start = head[:4096]
    if re.search(rb"[\x00-\x08\x0e-\x1f]", start):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def content_problem(head: bytes, container_format: str) -> str | None:
    """Return why the content is not a complete image; None if it is."""
    if not head:
        return "is empty"
    if WEB_PAGE.match(head):
        return "is a web page, not a disk image. Check the URL, and whether its server requires a login"
    if container_format != "bare":
        return None  # the disk is within the container
    known = signature(head)
    if known:
        return known.problem(head)
    compressed = detect_compression(head)
    if compressed:
        return f"is compressed with {compressed.title}. Decompress it first"
    archive = next((name for name, offset, magic in ARCHIVES if head.startswith(magic, offset)), None)
    if archive:
        return f"is an archive ({archive}), not a disk image. Extract the image from it"
    if is_text(head):
        return f"is text, not a disk image; it begins with {head[:60].decode(errors='replace')!r}"
    return None


def content_warning(head: bytes) -> str | None:
    """Return what the user of the image has to consider, such as encryption; None if nothing."""
    known = signature(head)
    return known.warning(head) if known else None


def virtual_size(head: bytes, size: int | None = None) -> int | None:
    """Return the virtual size of the disk in bytes; None if the head does not contain it.

    size: the bytes of the content.
    """
    known = signature(head)
    return known.size(head) if known and known.size else size


def disk_format(source: Content, requested: str | None, container_format: str) -> str:
    """Return the disk format to upload the content as; raise GlanceError if the content has another one.

    requested: the option `disk_format`; None to detect it.
    """
    problem = content_problem(source.head, container_format)
    if problem:
        raise GlanceError(f"The {source.name} {problem}")
    if container_format != "bare" and not requested:
        raise GlanceError(f"The {source.name} is in a container ({container_format}). Set disk_format.")
    detected = detect_format(source.head)
    if container_format == "bare" and requested not in (None, detected, *ALTERNATIVE_FORMATS.get(detected, ())):
        raise GlanceError(f"The {source.name} has the format {detected}, not {requested}")
    return requested or UPLOAD_FORMATS.get(detected, detected)
