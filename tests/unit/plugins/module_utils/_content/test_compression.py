# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import shutil
import subprocess
import threading
from types import SimpleNamespace
from typing import Any, Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._content import compression as _compression
from ansible_collections.osops.glance.plugins.module_utils._content.compression import (
    CHOICES,
    COMPRESSIONS,
    PIECE,
    SLICE,
    detect_compression,
    select_compression,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


def zstd(content: bytes) -> bytes:
    return subprocess.run(["zstd", "-cq"], input=content, stdout=subprocess.PIPE, check=True).stdout


has_zstd = pytest.mark.skipif(not shutil.which("zstd"), reason="needs the program zstd")
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstd,
}
BY_CHOICE = {compression.choice: compression for compression in COMPRESSIONS}
EACH = pytest.mark.parametrize("choice", [pytest.param("zst", marks=has_zstd), "gz", "xz", "bz2"])
CONTENT = random.Random(5).randbytes(300_000) if hasattr(random.Random, "randbytes") else os.urandom(300_000)
CONTENT += bytes(700_000)


def result(choice: str, *pieces: bytes) -> bytes:
    return b"".join(BY_CHOICE[choice].decompress(iter(pieces), "file x"))


@EACH
def test_compressed_content_is_decompressed(choice: str) -> None:
    compressed = COMPRESS[choice](CONTENT)
    found = detect_compression(compressed[:64])
    assert found
    assert found.choice == choice
    assert result(choice, compressed) == CONTENT


@EACH
def test_members_are_concatenated(choice: str) -> None:
    parts = [COMPRESS[choice](CONTENT), COMPRESS[choice](b""), COMPRESS[choice](b"end")]
    assert result(choice, b"".join(parts)) == CONTENT + b"end"


SMALL = {choice: b"".join(COMPRESS[choice](part) for part in (b"a" * 1000, b"b")) for choice in ("gz", "xz", "bz2")}


@settings(max_examples=60, deadline=None)
@given(choice=st.sampled_from(sorted(SMALL)), cuts=st.lists(st.integers(0, 200)))
def test_result_does_not_depend_on_the_pieces(choice: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(SMALL[choice])]
    pieces = [SMALL[choice][start:end] for start, end in zip(bounds, bounds[1:])]
    assert result(choice, *pieces) == b"a" * 1000 + b"b"


@pytest.mark.parametrize("choice", ["gz", "xz", "bz2"])
@settings(max_examples=30, deadline=None)
@given(content=st.binary(max_size=3 * SLICE), split=st.integers(1, 5000))
def test_any_content_is_decompressed(choice: str, content: bytes, split: int) -> None:
    compressed = COMPRESS[choice](content)
    assert result(choice, *(compressed[at : at + split] for at in range(0, len(compressed), split))) == content


@EACH
def test_pieces_have_a_limited_size(choice: str) -> None:
    size = 40 * PIECE
    compressed = COMPRESS[choice](bytes(size))
    assert len(compressed) < size / 500
    sizes = [len(piece) for piece in BY_CHOICE[choice].decompress(iter([compressed]), "file x")]
    assert max(sizes) <= PIECE
    assert sum(sizes) == size


@EACH
@pytest.mark.parametrize("kept", [0.5, 0.999], ids=["half", "nearly all"])
def test_truncated_content_is_an_error(choice: str, kept: float) -> None:
    compressed = COMPRESS[choice](CONTENT)
    with pytest.raises(GlanceError, match="The file x .*(truncated|not valid)"):
        result(choice, compressed[: int(len(compressed) * kept)])


@EACH
def test_corrupt_content_is_an_error(choice: str) -> None:
    compressed = bytearray(COMPRESS[choice](CONTENT))
    compressed[len(compressed) // 2] ^= 0xFF
    compressed[-6] ^= 0xFF
    with pytest.raises(GlanceError, match="The file x cannot be decompressed because it is not valid"):
        result(choice, bytes(compressed))


@EACH
def test_uncompressed_content_is_an_error(choice: str) -> None:
    with pytest.raises(GlanceError, match="The file x cannot be decompressed because it is not valid"):
        result(choice, b"QFI\xfb" + bytes(1000))


@EACH
def test_data_after_the_compressed_content_is_an_error(choice: str) -> None:
    with pytest.raises(GlanceError, match="not valid"):
        result(choice, COMPRESS[choice](CONTENT) + b"and something else")


@pytest.mark.parametrize("choice", ["gz", "xz", "bz2"])
def test_padding_with_zeros_is_ignored(choice: str) -> None:
    assert result(choice, COMPRESS[choice](CONTENT) + bytes(512), bytes(512)) == CONTENT


@pytest.mark.parametrize("choice", ["gz", "xz", "bz2"])
def test_empty_content_is_an_error(choice: str) -> None:
    with pytest.raises(GlanceError, match="truncated"):
        result(choice)


def test_memory_for_xz_is_limited() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 * 1024 * 1024}]
    with pytest.raises(GlanceError, match="Memory usage limit"):
        result("xz", lzma.compress(b"x", filters=filters))


@EACH
def test_error_of_the_source_is_raised_unchanged(choice: str) -> None:
    def interrupted() -> Iterator[bytes]:
        yield COMPRESS[choice](CONTENT)[:1000]
        raise GlanceError("The download was interrupted")

    with pytest.raises(GlanceError, match="^The download was interrupted$"):
        list(BY_CHOICE[choice].decompress(interrupted(), "file x"))


@has_zstd
def test_command_ends_when_its_output_is_not_read() -> None:
    before = threading.active_count()
    pieces: Any = BY_CHOICE["zst"].decompress(iter([zstd(bytes(40 * PIECE))]), "file x")
    assert len(next(pieces)) == PIECE
    pieces.close()
    feeders = [thread for thread in threading.enumerate() if thread.name.startswith("Thread-")]
    for feeder in feeders:
        feeder.join(10)
    assert threading.active_count() <= before


def test_missing_zstd_is_an_error_with_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compression, "zstd_library", lambda: None)
    monkeypatch.setattr(_compression.shutil, "which", lambda _name: None)
    with pytest.raises(GlanceError, match="Install the package zstd"):
        result("zst", b"")


def test_library_for_zstd_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = []

    def import_module(name: str) -> Any:
        imported.append(name)
        if name == "compression.zstd":
            raise ImportError
        return SimpleNamespace(ZstdDecompressor=lzma.LZMADecompressor)  # has the same interface

    monkeypatch.setattr(_compression.importlib, "import_module", import_module)
    assert result("zst", lzma.compress(CONTENT)) == CONTENT
    assert imported == ["compression.zstd", "backports.zstd"]


@pytest.mark.parametrize(
    ("choice", "head", "found"),
    [
        ("auto", b"\x1f\x8b\x08", "gz"),
        ("auto", b"QFI\xfb", None),
        ("auto", b"BZhello", None),
        ("auto", b"", None),
        ("none", b"\x1f\x8b\x08", None),
        ("xz", b"\x1f\x8b\x08", "xz"),
    ],
)
def test_compression_is_selected(choice: str, head: bytes, found: str | None) -> None:
    assert choice in CHOICES
    compression = select_compression(choice, head)
    assert (compression and compression.choice) == found
