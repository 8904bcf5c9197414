# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Partition tables that the Image service rejects."""

from __future__ import annotations

import struct

MBR_SIGNATURE, PARTITIONS, PROTECTIVE = b"\x55\xaa", 446, 0xEE


def has_partition_table(head: bytes) -> bool:
    """Return whether Glance takes the first sector for an MBR; it does not for the boot sector of a FAT file system."""
    is_fat = head[0x10:0x11] == b"\x02" and head[0x15:0x16] == b"\xf8"
    return head.startswith(MBR_SIGNATURE, 510) and not is_fat


def is_hybrid_iso(head: bytes) -> bool:
    """Return whether an ISO 9660 image also has a partition table and so is a disk, too."""
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


def rejected_head_message(name: str, head: bytes, response: str) -> str:
    """Return the message for content whose first 64 KiB the service rejected.

    name: the content in the message.
    response: the message of the service.
    """
    if is_hybrid_iso(head):
        kind = "is a bootable (hybrid) ISO"
        remedy = (
            "Glance 2025.1 and 2025.2 reject such images, 2026.1 accepts them. Before that, set glance_config: "
            "{image_format: {require_image_format_match: false}}, or remove the partition table (the first 512 bytes)"
        )
    else:
        kind = "begins with an inconsistent partition table (MBR)"
        remedy = "To accept it, set glance_config: {image_format: {gpt_safety_checks_nonfatal: [mbr]}}, or convert it"
    return f"The {name} {kind}, and the Image service rejects its first 64 KiB: {response.rstrip('.')}. {remedy}"
