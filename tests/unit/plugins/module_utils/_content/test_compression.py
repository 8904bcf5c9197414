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
    chosen,
    compression,
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
BY_CHOICE = {one.choice: one for one in COMPRESSIONS}
EACH = pytest.mark.parametrize("choice", [pytest.param("zst", marks=has_zstd), "gz", "xz", "bz2"])
CONTENT = random.Random(5).randbytes(300_000) if hasattr(random.Random, "randbytes") else os.urandom(300_000)
CONTENT += bytes(700_000)


def result(choice: str, *pieces: bytes) -> bytes:
    return b"".join(BY_CHOICE[choice].decompressed(iter(pieces), "file x"))


@EACH
def test_compressed_content_comes_out_as_it_was(choice: str) -> None:
    compressed = COMPRESS[choice](CONTENT)
    found = compression(compressed[:64])
    assert found
    assert found.choice == choice
    assert result(choice, compressed) == CONTENT


@EACH
def test_parts_follow_each_other(choice: str) -> None:
    parts = [COMPRESS[choice](CONTENT), COMPRESS[choice](b""), COMPRESS[choice](b"end")]
    assert result(choice, b"".join(parts)) == CONTENT + b"end"


SMALL = {choice: b"".join(COMPRESS[choice](part) for part in (b"a" * 1000, b"b")) for choice in ("gz", "xz", "bz2")}


@settings(max_examples=60, deadline=None)
@given(choice=st.sampled_from(sorted(SMALL)), cuts=st.lists(st.integers(0, 200)))
def test_it_is_all_one_how_the_content_is_split(choice: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(SMALL[choice])]
    pieces = [SMALL[choice][start:end] for start, end in zip(bounds, bounds[1:])]
    assert result(choice, *pieces) == b"a" * 1000 + b"b"


@pytest.mark.parametrize("choice", ["gz", "xz", "bz2"])
@settings(max_examples=30, deadline=None)
@given(content=st.binary(max_size=3 * SLICE), split=st.integers(1, 5000))
def test_any_content_comes_out_as_it_was(choice: str, content: bytes, split: int) -> None:
    compressed = COMPRESS[choice](content)
    assert result(choice, *(compressed[at : at + split] for at in range(0, len(compressed), split))) == content


@EACH
def test_pieces_are_bounded_whatever_comes_out(choice: str) -> None:
    size = 40 * PIECE
    compressed = COMPRESS[choice](bytes(size))
    assert len(compressed) < size / 500
    sizes = [len(piece) for piece in BY_CHOICE[choice].decompressed(iter([compressed]), "file x")]
    assert max(sizes) <= PIECE
    assert sum(sizes) == size


@EACH
@pytest.mark.parametrize("kept", [0.5, 0.999], ids=["half", "nearly all"])
def test_cut_content_is_told(choice: str, kept: float) -> None:
    compressed = COMPRESS[choice](CONTENT)
    with pytest.raises(GlanceError, match="The file x .*(cut off|no intact)"):
        result(choice, compressed[: int(len(compressed) * kept)])


@EACH
def test_spoilt_content_is_told(choice: str) -> None:
    compressed = bytearray(COMPRESS[choice](CONTENT))
    compressed[len(compressed) // 2] ^= 0xFF
    compressed[-6] ^= 0xFF
    with pytest.raises(GlanceError, match="The file x cannot be decompressed, it is no intact"):
        result(choice, bytes(compressed))


@EACH
def test_what_is_not_compressed_is_told(choice: str) -> None:
    with pytest.raises(GlanceError, match="The file x cannot be decompressed, it is no intact"):
        result(choice, b"QFI\xfb" + bytes(1000))


@EACH
def test_what_follows_the_compressed_content_is_told(choice: str) -> None:
    with pytest.raises(GlanceError, match="no intact"):
        result(choice, COMPRESS[choice](CONTENT) + b"and something else")


@pytest.mark.parametrize("choice", ["gz", "xz", "bz2"])
def test_zeros_at_the_end_are_no_content(choice: str) -> None:
    assert result(choice, COMPRESS[choice](CONTENT) + bytes(512), bytes(512)) == CONTENT


@pytest.mark.parametrize("choice", ["gz", "xz", "bz2"])
def test_nothing_is_no_compressed_content(choice: str) -> None:
    with pytest.raises(GlanceError, match="cut off"):
        result(choice)


def test_memory_for_xz_is_limited() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 * 1024 * 1024}]
    with pytest.raises(GlanceError, match="Memory usage limit"):
        result("xz", lzma.compress(b"x", filters=filters))


@EACH
def test_error_of_the_source_is_told_as_it_is(choice: str) -> None:
    def broken() -> Iterator[bytes]:
        yield COMPRESS[choice](CONTENT)[:1000]
        raise GlanceError("The download broke off")

    with pytest.raises(GlanceError, match="^The download broke off$"):
        list(BY_CHOICE[choice].decompressed(broken(), "file x"))


@has_zstd
def test_command_ends_when_nobody_wants_its_output_any_more() -> None:
    before = threading.active_count()
    pieces: Any = BY_CHOICE["zst"].decompressed(iter([zstd(bytes(40 * PIECE))]), "file x")
    assert len(next(pieces)) == PIECE
    pieces.close()
    feeders = [one for one in threading.enumerate() if one.name.startswith("Thread-")]
    for one in feeders:
        one.join(10)
    assert threading.active_count() <= before


def test_missing_zstd_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compression, "zstd_library", lambda: None)
    monkeypatch.setattr(_compression.shutil, "which", lambda _name: None)
    with pytest.raises(GlanceError, match="install the package zstd"):
        result("zst", b"")


def test_library_for_zstd_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def brought(name: str) -> Any:
        asked.append(name)
        if name == "compression.zstd":
            raise ImportError
        return SimpleNamespace(ZstdDecompressor=lzma.LZMADecompressor)  # which has the same interface

    monkeypatch.setattr(_compression.importlib, "import_module", brought)
    assert result("zst", lzma.compress(CONTENT)) == CONTENT
    assert asked == ["compression.zstd", "backports.zstd"]


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
def test_way_to_decompress_is_chosen(choice: str, head: bytes, found: str | None) -> None:
    assert choice in CHOICES
    way = chosen(choice, head)
    assert (way and way.choice) == found
