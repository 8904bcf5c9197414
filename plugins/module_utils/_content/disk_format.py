# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the content of an image is: its format, whether it is whole, and how large the disk in it is."""

from __future__ import annotations

import codecs
import re
import struct
from typing import Callable, Iterator, NamedTuple, Protocol

from ansible_collections.osops.glance.plugins.module_utils._content.compression import compression
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.web_page import WEB_PAGE

SECTOR = 512


class Content(Protocol):
    """What can be looked at.

    name: how it is called in a message.
    head: its first 64 KiB.
    """

    name: str

    @property
    def head(self) -> bytes: ...


# qcow2

QCOW2_HEADER = 104  # bytes that version 3 has at least
QCOW2_CORRUPT, QCOW2_DATA_FILE = 0b10, 0b100
QCOW2_KNOWN = 0b11111  # dirty, corrupt, data file, type of compression, extended entries of level 2
QCOW2_DATA_FILE_NAME = 0x44415441
QCOW2_CIPHERS = {1: "AES", 2: "LUKS"}


def refuse_qcow2(head: bytes) -> str | None:
    """Say why a qcow2 file cannot stand alone."""
    if len(head) < QCOW2_HEADER:
        return "is a qcow2 file cut off within its header"
    version, backing_offset = struct.unpack_from(">IQ", head, 4)
    if version not in (2, 3):
        return f"is a qcow file of version {version}; the Image service knows versions 2 and 3"
    if backing_offset:
        return "is a qcow2 file with a backing file: the data of another file is missing in it"
    features = struct.unpack_from(">Q", head, 72)[0] if version == 3 else 0
    if features & QCOW2_DATA_FILE or QCOW2_DATA_FILE_NAME in qcow2_extensions(head, version):
        return "is a qcow2 file with an external data file: its data is not in it"
    if features & QCOW2_CORRUPT:
        return "is a qcow2 file that is marked as corrupt; repair it with qemu-img check -r"
    if features & ~QCOW2_KNOWN:
        return f"is a qcow2 file with features that nobody knows here (0x{features & ~QCOW2_KNOWN:x})"
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


def warn_qcow2(head: bytes) -> str | None:
    """Say that a qcow2 file is of no use without a key."""
    method = number(">I", head, 32)
    if not method:
        return None
    cipher = QCOW2_CIPHERS.get(method, "unknown cipher")
    return f"is an encrypted qcow2 ({cipher}): no server boots from it without its key"


# Other formats


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


def number(layout: str, head: bytes, offset: int) -> int | None:
    """Return a number of the header; None where the content ends before it."""
    return int(struct.unpack_from(layout, head, offset)[0]) if len(head) >= offset + struct.calcsize(layout) else None


def vmdk_size(head: bytes) -> int | None:
    """Return the size of the disk in a sparse VMDK."""
    sectors = number("<Q", head, 12) if head.startswith(b"KDMV") else None
    return None if sectors is None else sectors * SECTOR


def nothing(_head: bytes) -> None:
    """Say nothing."""


class Signature(NamedTuple):
    """What shows a format, and what else its header tells; size is None where the disk is the content itself."""

    disk_format: str
    offset: int
    magic: bytes
    refuse: Callable[[bytes], str | None] = nothing
    size: Callable[[bytes], int | None] | None = None
    warn: Callable[[bytes], str | None] = nothing


SIGNATURES = (
    Signature("qcow2", 0, b"QFI\xfb", refuse_qcow2, lambda head: number(">Q", head, 24), warn_qcow2),
    Signature("vmdk", 0, b"KDMV", refuse_vmdk, vmdk_size),
    Signature("vmdk", 0, b"# Disk DescriptorFile", refuse_vmdk, vmdk_size),
    Signature("vhdx", 0, b"vhdxfile", size=nothing),  # which is said beyond the first 64 KiB
    Signature("vhd", 0, b"conectix", refuse_vhd, lambda head: number(">Q", head, 48)),
    Signature("vdi", 64, b"\x7f\x10\xda\xbe", size=lambda head: number("<Q", head, 368)),
    Signature("luks", 0, b"LUKS\xba\xbe"),
    Signature("iso", 0x8001, b"CD001"),
)
ARCHIVES = (("zip", 0, b"PK\x03\x04"), ("7-Zip", 0, b"7z\xbc\xaf\x27\x1c"), ("tar", 257, b"ustar"))
# What a content may also be called: a signature says nothing of kernels, RAM disks and VHDs of fixed size.
ALSO = {"raw": ("ami", "ari", "aki", "ploop", "vhd"), "luks": ("raw",)}
UPLOADED_AS = {"luks": "raw"}  # most releases have no format of that name


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
        return "is a web page, not a disk image: check the URL, and whether its server asks for a login"
    if container_format != "bare":
        return None  # the content is the container, what is in it cannot be seen
    found = signature(head)
    if found:
        return found.refuse(head)
    compressed = compression(head)
    if compressed:
        return f"is compressed with {compressed.title}; decompress it first"
    archive = next((name for name, offset, magic in ARCHIVES if head.startswith(magic, offset)), None)
    if archive:
        return f"is an archive ({archive}), not a disk image; unpack it, and give the image that is in it"
    if is_text(head):
        return f"is text, not a disk image; it begins with {head[:60].decode(errors='replace')!r}"
    return None


def warning(head: bytes) -> str | None:
    """Say what whoever uploads content that begins like this should know."""
    found = signature(head)
    return found.warn(head) if found else None


def virtual_size(head: bytes, size: int | None = None) -> int | None:
    """Return the bytes of the disk that is in content of this size; None where its beginning does not tell."""
    found = signature(head)
    return found.size(head) if found and found.size else size


# What a service refuses for how it begins

MBR_SIGNATURE, PARTITIONS, PROTECTIVE = b"\x55\xaa", 446, 0xEE


def has_partition_table(head: bytes) -> bool:
    """Return whether the first sector is an MBR, as Glance sees it; the boot sector of a FAT file system is none."""
    is_fat = head[0x10:0x11] == b"\x02" and head[0x15:0x16] == b"\xf8"
    return head.startswith(MBR_SIGNATURE, 510) and not is_fat


def is_hybrid_iso(head: bytes) -> bool:
    """Return whether this is an ISO 9660 image that is a disk as well, as it begins with a partition table."""
    return head.startswith((b"CD001", b"NSR02", b"NSR03"), 0x8001) and has_partition_table(head)


def has_unsafe_partitions(head: bytes) -> bool:
    """Return whether the partition table fails the safety check `mbr` of Glance 2025.1 and later."""
    if not has_partition_table(head):
        return False
    entries = [struct.unpack_from("<B3sB3sII", head, PARTITIONS + 16 * number) for number in range(4)]
    used = [number for number, entry in enumerate(entries) if entry[2]]
    protective = [entry for entry in entries if entry[2] == PROTECTIVE]
    wrong = any(entry[1] != b"\x00\x02\x00" or entry[4] != 1 for entry in protective)
    return any(entry[0] not in (0, 0x80) for entry in entries) or not used or wrong or bool(protective and used != [0])


def beginning_refusal(name: str, head: bytes, answer: str) -> str:
    """Return the message for content whose first 64 KiB the service refused."""
    if is_hybrid_iso(head):
        what = "is a bootable (hybrid) ISO"
        way_out = (
            "Glance 2025.1 and 2025.2 refuse such images, 2026.1 accepts them. Before that, set glance_config: "
            "{image_format: {require_image_format_match: false}}, or remove the partition table (the first 512 bytes)"
        )
    else:
        what = "begins with a partition table that contradicts itself (MBR)"
        way_out = "To accept it, set glance_config: {image_format: {gpt_safety_checks_nonfatal: [mbr]}}, or convert it"
    return f"The {name} {what}, and the Image service refuses its first 64 KiB: {answer.rstrip('.')}. {way_out}"


def disk_format(source: Content, given: str | None, container_format: str) -> str:
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
