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
from ansible_collections.osops.glance.plugins.module_utils._content.convert import PREFIX, Converted, sweep
from ansible_collections.osops.glance.plugins.module_utils._content.source import File
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

DISK = b"\x00" * 510 + b"\x55\xaa" + b"data" * 1000
SHA256 = hashlib.sha256(DISK).hexdigest()


@pytest.fixture(autouse=True)
def qemu_img(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for qemu-img: write its arguments, and behind them what it was given."""
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
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize("checksum", [None, Checksum("sha256", SHA256)], ids=["without checksum", "with checksum"])
def test_content_is_what_qemu_img_made(disk: Path, folder: Path, checksum: Checksum | None) -> None:
    converted = Converted(File(str(disk), checksum=checksum), "qcow2", str(folder))
    made = b"convert -f raw -O qcow2\n" + DISK
    assert b"".join(converted.pieces()) == made
    assert converted.size == len(made)
    converted.close()
    assert list(folder.iterdir()) == []


def test_what_is_decompressed_is_converted(disk: Path, folder: Path) -> None:
    disk.write_bytes(gzip.compress(DISK))
    converted = Converted(File(str(disk), decompress="auto"), "qcow2", str(folder))
    assert b"".join(converted.pieces()).endswith(DISK)
    converted.close()


def test_wrong_checksum_is_told_before_anything_is_converted(disk: Path, folder: Path) -> None:
    converted = Converted(File(str(disk), checksum=Checksum("md5", "0" * 32)), "qcow2", str(folder))
    with pytest.raises(GlanceError, match="has the checksum md5:"):
        converted.size  # noqa: B018
    assert not list(folder.glob("*/converted"))
    converted.close()


def test_conversion_that_does_not_end_is_ended(disk: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/qemu-img").write_text("#!/bin/sh\nexec sleep 60\n")
    converted = Converted(File(str(disk)), "qcow2", str(folder), 0.2)
    with pytest.raises(GlanceError, match=r"did not convert .* to qcow2 within 0\.2 seconds \(timeout\)"):
        converted.size  # noqa: B018
    converted.close()
    assert list(folder.iterdir()) == []


def test_complaint_of_qemu_img_is_told(disk: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/qemu-img").write_text("#!/bin/sh\necho it is broken >&2; exit 1\n")
    with pytest.raises(GlanceError, match=r"qemu-img cannot convert the file .* to qcow2: it is broken"):
        Converted(File(str(disk)), "qcow2", str(folder)).size  # noqa: B018


def test_missing_program_is_told(disk: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(GlanceError, match="install qemu-utils or qemu-img"):
        Converted(File(str(disk)), "qcow2", str(folder)).size  # noqa: B018


def test_no_room_is_told_before_anything_is_written(disk: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert.shutil, "disk_usage", lambda _path: SimpleNamespace(free=100))
    converted = Converted(File(str(disk)), "qcow2", str(folder))
    with pytest.raises(GlanceError, match="name another convert_directory"):
        converted.size  # noqa: B018
    converted.close()


def test_only_what_a_killed_process_left_is_removed(folder: Path) -> None:
    left, in_use, other = folder / f"{PREFIX}left", folder / f"{PREFIX}used", folder / "other"
    for each in (left, in_use, other):
        each.mkdir()
    lock = os.open(in_use, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    sweep(str(folder))
    os.close(lock)
    assert sorted(folder.iterdir()) == [in_use, other]
