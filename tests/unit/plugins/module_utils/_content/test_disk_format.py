# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import (
    content_problem,
    content_warning,
    detect_format,
    disk_format,
    virtual_size,
)
from ansible_collections.osops.glance.plugins.module_utils._content.source import HEAD
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

GIB = 1024**3


def qcow2(
    version: int = 3,
    backing: int = 0,
    incompatible: int = 0,
    cipher: int = 0,
    extensions: tuple[tuple[int, bytes], ...] = (),
    length: int = 112,
) -> bytes:
    header = b"QFI\xfb" + struct.pack(">IQIIQI", version, backing, 0, 16, 10 * GIB, cipher)
    if version == 3:
        header = header.ljust(72, b"\0") + struct.pack(">QQQII", incompatible, 0, 0, 4, length)
    header = header.ljust(length if version == 3 else 72, b"\0")
    for kind, data in extensions:
        header += struct.pack(">II", kind, len(data)) + data.ljust((len(data) + 7) // 8 * 8, b"\0")
    return header.ljust(512, b"\0")


def tar() -> bytes:
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("disk.raw"))
        return file.getvalue()


def zipped() -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("disk.raw", bytes(512))
        return file.getvalue()


def vmdk(kind: str) -> bytes:
    return (b"KDMV" + struct.pack("<IIQ", 1, 3, 10 * GIB // 512)).ljust(
        512, b"\0"
    ) + f'# Disk DescriptorFile\ncreateType="{kind}"\n'.encode()


def vhd(kind: int) -> bytes:
    return b"conectix" + bytes(40) + struct.pack(">Q", 10 * GIB) + bytes(4) + struct.pack(">I", kind) + bytes(448)


VDI = (b"<<< VirtualBox".ljust(64, b"\0") + b"\x7f\x10\xda\xbe").ljust(368, b"\0") + struct.pack("<Q", 10 * GIB)
ISO = bytes(0x8000) + b"\x01CD001\x01"
BOOT_SECTOR = bytes(446) + b"\x80" + bytes(63) + b"\x55\xaa"
GPT = BOOT_SECTOR + b"EFI PART"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        pytest.param(qcow2(2), "qcow2", id="qcow2 v2"),
        pytest.param(qcow2(3), "qcow2", id="qcow2 v3"),
        pytest.param(vmdk("monolithicSparse"), "vmdk", id="vmdk"),
        pytest.param(vmdk("streamOptimized"), "vmdk", id="vmdk of a stream"),
        pytest.param(vhd(3), "vhd", id="vhd"),
        pytest.param(b"vhdxfile" + bytes(504), "vhdx", id="vhdx"),
        pytest.param(VDI, "vdi", id="vdi"),
        pytest.param(b"LUKS\xba\xbe\x00\x01" + bytes(504), "luks", id="luks"),
        pytest.param(ISO, "iso", id="iso"),
        pytest.param(BOOT_SECTOR + ISO[512:], "iso", id="iso that boots from a disk"),
        pytest.param(GPT + ISO[520:], "iso", id="iso with a GPT"),
        pytest.param(BOOT_SECTOR, "raw", id="boot sector"),
        pytest.param(GPT, "raw", id="gpt"),
        pytest.param(qcow2(3, incompatible=0b11001), "qcow2", id="qcow2 with known features"),
        pytest.param(qcow2(3, extensions=((0x6803F857, b"x" * 9),)), "qcow2", id="qcow2 with names of features"),
        pytest.param(bytes(HEAD), "raw", id="zeros"),
        pytest.param(b"\xff" * HEAD, "raw", id="ones"),
        pytest.param(os.urandom(HEAD), "raw", id="random bytes"),
        pytest.param(b"A line\n" + bytes(505), "raw", id="disk that begins with text"),
        pytest.param(("ä" * 4000).encode()[1:], "raw", id="invalid UTF-8"),
    ],
)
def test_format_is_detected(head: bytes, found: str) -> None:
    assert content_problem(head, "bare") is None
    assert detect_format(head) == found


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"<!DOCTYPE html>\n<html></html>", "web page", id="html"),
        pytest.param(b"\xef\xbb\xbf\r\n <HTML><body>404</body>", "web page", id="html with a byte order mark"),
        pytest.param(b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code>', "web page", id="error of an object store"),
        pytest.param(b'{"error": "not found"}', "is text", id="json"),
        pytest.param("Fehler: Datei fehlt – öffnen".encode(), "is text", id="text that is not ascii"),
        pytest.param(("ä" * 4000).encode()[:4095], "is text", id="half a character last"),
        pytest.param(gzip.compress(bytes(512)), "compressed with gzip", id="gzip"),
        pytest.param(lzma.compress(bytes(512)), "compressed with xz", id="xz"),
        pytest.param(b"\x28\xb5\x2f\xfd" + bytes(100), "compressed with zstd", id="zstd"),
        pytest.param(qcow2(2, backing=104), "backing file", id="qcow2 with a backing file"),
        pytest.param(qcow2(3, incompatible=4), "external data file", id="qcow2 with a data file"),
        pytest.param(
            qcow2(3, extensions=((0x6803F857, b"x" * 9), (0x44415441, b"/dev/sda"))),
            "external data file",
            id="qcow2 that names a data file",
        ),
        pytest.param(
            qcow2(3, extensions=((0x44415441, b"x"),), length=104), "external data file", id="after a short header"
        ),
        pytest.param(qcow2(2, extensions=((0x44415441, b"x"),)), "external data file", id="in version 2"),
        pytest.param(qcow2(3, incompatible=2), "marked as corrupt", id="corrupt qcow2"),
        pytest.param(qcow2(3, incompatible=32), "unknown features (0x20)", id="qcow2 of a future version"),
        pytest.param(zipped(), "is an archive (zip)", id="zip"),
        pytest.param(tar(), "is an archive (tar)", id="tar"),
        pytest.param(b"7z\xbc\xaf\x27\x1c" + bytes(26), "is an archive (7-Zip)", id="7-Zip"),
        pytest.param(qcow2(1), "version 1", id="qcow"),
        pytest.param(qcow2()[:60], "truncated", id="truncated qcow2"),
        pytest.param(vmdk("monolithicFlat"), "monolithicFlat", id="vmdk with extents elsewhere"),
        pytest.param(b"# Disk DescriptorFile\nversion=1\n", "only the descriptor", id="descriptor of a vmdk"),
        pytest.param(vhd(4), "differencing", id="vhd with a parent"),
    ],
)
def test_incomplete_image_is_a_problem(head: bytes, reason: str) -> None:
    assert reason in (content_problem(head, "bare") or "")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        pytest.param(qcow2(cipher=1), "encrypted qcow2 (AES)", id="aes"),
        pytest.param(qcow2(cipher=2), "encrypted qcow2 (LUKS)", id="luks"),
        pytest.param(qcow2(cipher=9), "encrypted qcow2 (unknown cipher)", id="unknown"),
    ],
)
def test_encrypted_image_has_a_warning(head: bytes, message: str) -> None:
    assert content_problem(head, "bare") is None
    assert message in (content_warning(head) or "")


@pytest.mark.parametrize("head", [qcow2(), vhd(3), BOOT_SECTOR, b""], ids=["qcow2", "vhd", "raw", "nothing"])
def test_plain_image_has_no_warning(head: bytes) -> None:
    assert content_warning(head) is None


@pytest.mark.parametrize(
    ("head", "size"),
    [
        pytest.param(qcow2(2), 10 * GIB, id="qcow2 v2"),
        pytest.param(qcow2(3), 10 * GIB, id="qcow2 v3"),
        pytest.param(vmdk("monolithicSparse"), 10 * GIB, id="vmdk"),
        pytest.param(b"# Disk DescriptorFile\n", None, id="descriptor of a vmdk"),
        pytest.param(vhd(3), 10 * GIB, id="vhd"),
        pytest.param(VDI, 10 * GIB, id="vdi"),
        pytest.param(VDI[:370], None, id="truncated vdi"),
        pytest.param(b"vhdxfile" + bytes(504), None, id="vhdx"),
        pytest.param(BOOT_SECTOR, 7, id="raw"),
        pytest.param(ISO, 7, id="iso"),
        pytest.param(b"LUKS\xba\xbe", 7, id="luks"),
    ],
)
def test_virtual_size(head: bytes, size: int | None) -> None:
    assert virtual_size(head, 7) == size


def test_virtual_size_can_be_unknown() -> None:
    assert virtual_size(BOOT_SECTOR) is None


class FakeSource:
    name = "file x"
    size = None

    def __init__(self, head: bytes) -> None:
        self.head = head


@pytest.mark.parametrize(
    ("head", "given", "container", "used"),
    [
        pytest.param(qcow2(), None, "bare", "qcow2", id="detected"),
        pytest.param(qcow2(), "qcow2", "bare", "qcow2", id="same as detected"),
        pytest.param(b"LUKS\xba\xbe" + bytes(9), None, "bare", "raw", id="encrypted disk"),
        pytest.param(b"LUKS\xba\xbe" + bytes(9), "luks", "bare", "luks", id="explicit luks"),
        pytest.param(bytes(9), "aki", "bare", "aki", id="kernel without signature"),
        pytest.param(bytes(9), "vhd", "bare", "vhd", id="fixed-size vhd without signature"),
        pytest.param(gzip.compress(b"x"), "raw", "docker", "raw", id="container"),
    ],
)
def test_format_for_the_upload(head: bytes, given: str | None, container: str, used: str) -> None:
    assert disk_format(FakeSource(head), given, container) == used  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "given", "container", "message"),
    [
        pytest.param(qcow2(), "raw", "bare", "The file x has the format qcow2, not raw", id="qcow2 as raw"),
        pytest.param(bytes(9), "qcow2", "bare", "The file x has the format raw, not qcow2", id="raw as qcow2"),
        pytest.param(b"<html>", "raw", "docker", "The file x is a web page", id="web page in a container"),
        pytest.param(b"\x1f\x8b", None, "docker", "Set disk_format", id="container of unknown content"),
    ],
)
def test_wrong_format_is_an_error(head: bytes, given: str | None, container: str, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        disk_format(FakeSource(head), given, container)  # type: ignore[arg-type]
