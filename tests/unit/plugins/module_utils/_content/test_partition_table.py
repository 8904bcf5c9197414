# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.partition_table import (
    has_unsafe_partitions,
    is_hybrid_iso,
    rejected_head_message,
)


def iso_head(**bytes_at: bytes) -> bytes:
    head = bytearray(64 * 1024)
    head[0x8001:0x8006] = b"CD001"
    head[510:512] = b"\x55\xaa"
    for at, value in bytes_at.items():
        head[int(at[1:]) : int(at[1:]) + len(value)] = value
    return bytes(head)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(iso_head(), True, id="partition table"),
        pytest.param(iso_head(_32769=b"NSR02"), True, id="UDF"),
        pytest.param(iso_head(_510=b"\0\0"), False, id="no partition table"),
        pytest.param(iso_head(_16=b"\x02", _21=b"\xf8"), False, id="FAT"),
        pytest.param(iso_head(_32769=b"other"), False, id="no ISO"),
        pytest.param(b"", False, id="empty"),
    ],
)
def test_hybrid_iso_is_detected(head: bytes, expected: bool) -> None:
    assert is_hybrid_iso(head) is expected


def disk(*entries: bytes) -> bytes:
    table = b"".join(entries).ljust(64, b"\0")
    return bytes(446) + table + b"\x55\xaa" + bytes(1024)


LINUX, GPT = (
    bytes([boot, 0, 2, 0, kind, 0, 0, 0]) + (1).to_bytes(4, "little") + (99).to_bytes(4, "little")
    for boot, kind in ((0x80, 0x83), (0, 0xEE))
)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(disk(LINUX), False, id="MBR"),
        pytest.param(disk(GPT), False, id="GPT"),
        pytest.param(disk(GPT, LINUX), True, id="GPT with another partition"),
        pytest.param(disk(bytes([1]) + LINUX[1:]), True, id="boot flag"),
        pytest.param(disk(GPT[:8] + (2).to_bytes(4, "little") + GPT[12:]), True, id="start of the GPT"),
        pytest.param(disk(), True, id="no partitions"),
        pytest.param(bytes(2048), False, id="no table"),
    ],
)
def test_unsafe_partition_table_is_detected(head: bytes, expected: bool) -> None:
    assert has_unsafe_partitions(head) is expected


@pytest.mark.parametrize(
    ("head", "message"),
    [
        pytest.param(
            iso_head(), "The file x is a bootable .hybrid. ISO, .* 64 KiB: 415. Glance 2025.1", id="hybrid ISO"
        ),
        pytest.param(
            disk(), "The file x begins with an inconsistent partition table .* 64 KiB: 415. To accept", id="MBR"
        ),
    ],
)
def test_message_about_a_rejected_head_has_the_remedy(head: bytes, message: str) -> None:
    assert re.match(message, rejected_head_message("file x", head, "415."))
