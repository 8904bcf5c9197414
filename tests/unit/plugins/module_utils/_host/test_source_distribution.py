# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.source_distribution import extract


def archive_of(folder: Path, *members: tarfile.TarInfo) -> str:
    """Create an archive with these members; the content of a file is its name."""
    with tarfile.open(folder / "a-1.tar.gz", "w:gz") as archive:
        for member in members:
            content = member.name.encode() if member.isfile() else b""
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return str(folder / "a-1.tar.gz")


def link_to(target: str, name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


def test_only_files_below_the_directory_are_extracted(tmp_path: Path) -> None:
    names = ["a-1/etc/x.ini", "a-1/etc/defs/y.json", "a-1/etc/../../../out", "a-1/etcetera/z", "a-1/etc/../up"]
    archive = archive_of(tmp_path, *map(tarfile.TarInfo, names), link_to("/etc/passwd", "a-1/etc/link"))
    extract(archive, "etc", str(tmp_path / "there/etc"))
    extracted = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert extracted == ["a-1.tar.gz", "there/etc/defs/y.json", "there/etc/x.ini"]


def test_invalid_archive_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a-1.zip").write_bytes(b"PK")
    with pytest.raises(GlanceError, match=r"Cannot extract etc from .*a-1\.zip"):
        extract(str(tmp_path / "a-1.zip"), "etc", str(tmp_path / "there"))


def test_archive_without_the_directory_is_reported(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, tarfile.TarInfo("a-1/etc/x.ini"))
    with pytest.raises(GlanceError, match=r"a-1\.tar\.gz contains no files in share"):
        extract(archive, "share", str(tmp_path / "there"))
