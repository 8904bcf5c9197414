# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.source import HEAD, PIECE
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._content.http_site import (
    CONTENT,
    PROVABLE,
    SHA256,
    read,
)


@pytest.mark.parametrize("names", [(), ("size",), ("head",), ("size", "head"), ("head", "size"), ("is_decompressed",)])
def test_compressed_content_is_decompressed_after_any_property_was_read(tmp_path: Path, names: tuple[str, ...]) -> None:
    compressed = gzip.compress(CONTENT)
    (tmp_path / "x").write_bytes(compressed)
    checksum = Checksum("md5", hashlib.md5(compressed).hexdigest())
    file = FileSource(str(tmp_path / "x"), checksum, decompress="auto")
    expected = {"size": None, "head": CONTENT[:HEAD], "is_decompressed": True}
    for name in names:
        assert getattr(file, name) == expected[name]
    assert read(file) == CONTENT
    assert file.delivered == {"md5": checksum.value}
    assert read(file) == CONTENT
    assert file.is_decompressed


@pytest.mark.parametrize("size", [0, 1, HEAD, HEAD + 1, PIECE + 1])
def test_content_of_any_size_is_complete(tmp_path: Path, size: int) -> None:
    (tmp_path / "x").write_bytes(CONTENT[:size])
    file = FileSource(str(tmp_path / "x"), decompress="auto")
    assert (file.size, file.head) == (size, CONTENT[: min(size, HEAD)])
    assert read(file) == CONTENT[:size]


def test_digests_are_unknown_before_the_end(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    file = FileSource(str(tmp_path / "x"), PROVABLE)
    next(file.pieces())
    assert file.delivered == {}


def test_wrong_checksum_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    wrong = Checksum("sha256", "0" * 64)
    file = FileSource(str(tmp_path / "x"), wrong)
    read(file)
    with pytest.raises(GlanceError, match=f"has the checksum sha256:{SHA256}, not sha256:000"):
        file.check({})
    file = FileSource(str(tmp_path / "x"), PROVABLE, Checksum("md5", "1"))
    read(file)
    file.check({"md5": "1"})
    with pytest.raises(GlanceError, match="x, decompressed, has the checksum md5:2, not md5:1"):
        file.check({"md5": "2"})
