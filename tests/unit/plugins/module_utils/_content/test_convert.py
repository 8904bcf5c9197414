# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import convert
from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.convert import (
    PREFIX,
    ConvertedSource,
    remove_stale_directories,
)
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

DISK = b"\x00" * 510 + b"\x55\xaa" + b"data" * 1000
SHA256 = hashlib.sha256(DISK).hexdigest()


@pytest.fixture(autouse=True)
def qemu_img(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace qemu-img by a script that writes its arguments and its input to the output file."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/qemu-img"
    program.write_text('#!/bin/sh\necho "$1 $2 $3 $4 $5" > "$7" && cat "$6" >> "$7"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(DISK)
    return path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize("checksum", [None, Checksum("sha256", SHA256)], ids=["without checksum", "with checksum"])
def test_content_is_the_output_of_qemu_img(disk: Path, directory: Path, checksum: Checksum | None) -> None:
    converted = ConvertedSource(FileSource(str(disk), checksum=checksum), "qcow2", str(directory))
    expected = b"convert -f raw -O qcow2\n" + DISK
    assert b"".join(converted.pieces()) == expected
    assert converted.size == len(expected)
    converted.close()
    assert list(directory.iterdir()) == []


def test_compressed_content_is_decompressed_and_converted(disk: Path, directory: Path) -> None:
    disk.write_bytes(gzip.compress(DISK))
    converted = ConvertedSource(FileSource(str(disk), decompress="auto"), "qcow2", str(directory))
    assert b"".join(converted.pieces()).endswith(DISK)
    converted.close()


def test_wrong_checksum_is_reported_before_the_conversion(disk: Path, directory: Path) -> None:
    converted = ConvertedSource(FileSource(str(disk), checksum=Checksum("md5", "0" * 32)), "qcow2", str(directory))
    with pytest.raises(GlanceError, match="has the checksum md5:"):
        converted.size  # noqa: B018
    assert not list(directory.glob("*/converted"))
    converted.close()


def test_conversion_times_out(disk: Path, directory: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/qemu-img").write_text("#!/bin/sh\nexec sleep 60\n")
    converted = ConvertedSource(FileSource(str(disk)), "qcow2", str(directory), 0.2)
    with pytest.raises(GlanceError, match=r"did not convert .* to qcow2 within 0\.2 seconds \(timeout\)"):
        converted.size  # noqa: B018
    converted.close()
    assert list(directory.iterdir()) == []


def test_error_of_qemu_img_is_reported(disk: Path, directory: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/qemu-img").write_text("#!/bin/sh\necho it is broken >&2; exit 1\n")
    with pytest.raises(GlanceError, match=r"qemu-img cannot convert the file .* to qcow2: it is broken"):
        ConvertedSource(FileSource(str(disk)), "qcow2", str(directory)).size  # noqa: B018


def test_missing_qemu_img_is_an_error(disk: Path, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(directory))
    with pytest.raises(GlanceError, match="Install qemu-utils or qemu-img"):
        ConvertedSource(FileSource(str(disk)), "qcow2", str(directory)).size  # noqa: B018


def test_missing_space_is_reported_before_anything_is_written(
    disk: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert.shutil, "disk_usage", lambda _path: SimpleNamespace(free=100))
    converted = ConvertedSource(FileSource(str(disk)), "qcow2", str(directory))
    with pytest.raises(GlanceError, match="set convert_directory to another directory"):
        converted.size  # noqa: B018
    converted.close()


def test_only_stale_directories_are_removed(directory: Path) -> None:
    stale, in_use, other = directory / f"{PREFIX}stale", directory / f"{PREFIX}used", directory / "other"
    for each in (stale, in_use, other):
        each.mkdir()
    lock = os.open(in_use, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    remove_stale_directories(str(directory))
    os.close(lock)
    assert sorted(directory.iterdir()) == [in_use, other]
