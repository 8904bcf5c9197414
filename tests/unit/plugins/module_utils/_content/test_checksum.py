# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import threading
from typing import Iterator

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    CHECKSUM_LENGTHS,
    Checksum,
    ChecksumFile,
    Digests,
    Entry,
    check_digest,
    checksum,
    digests,
    entries,
    given,
    listed,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

A, B, C = "a1" * 32, "b2" * 32, "c3" * 32
A512, MD5 = "a5" * 64, "d4" * 16


@pytest.mark.parametrize(
    "text",
    ["sha256:" + "AB" * 32, " md5:" + "0" * 32 + "\n", *(f"{name}:{'f' * n}" for name, n in CHECKSUM_LENGTHS.items())],
)
def test_checksum_is_read(text: str) -> None:
    assert str(checksum(text)) == text.strip().lower()
    assert given(text) == checksum(text)


@pytest.mark.parametrize(
    "text",
    ["ab" * 32, "sha256:" + "ab" * 20, "crc32:" + "a" * 8, "sha256:" + "xy" * 32, ""],
    ids=["no algorithm", "cut", "other algorithm", "not hex", "empty"],
)
def test_what_is_no_checksum_is_refused(text: str) -> None:
    with pytest.raises(GlanceError, match="sha512:<128 hex digits>"):
        given(text)


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("sha256:https://host/SHA256SUMS", ChecksumFile("https://host/SHA256SUMS", "sha256")),
        (" SHA512:http://host:80/x?a=b:c\n", ChecksumFile("http://host:80/x?a=b:c", "sha512")),
        ("https://host/CHECKSUM", ChecksumFile("https://host/CHECKSUM", None)),
    ],
)
def test_checksum_may_be_listed_elsewhere(text: str, file: ChecksumFile) -> None:
    assert given(text) == file


def test_checksum_file_must_be_on_the_web() -> None:
    with pytest.raises(GlanceError, match="neither http nor https") as raised:
        given("sha256:ftp://user:s3cret@host/x")
    assert "s3cret" not in str(raised.value)


def test_checksum_file_of_another_algorithm_is_refused() -> None:
    with pytest.raises(GlanceError, match="algorithm blake2b of the checksum file is none of: md5, sha1"):
        given("blake2b:https://host/SUMS")


SIGNED = f"""-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

# disk.img: 123 bytes
SHA256 (disk.img) = {A}
- {B}  dash.img
-----BEGIN PGP SIGNATURE-----

{C}  disk.img
-----END PGP SIGNATURE-----
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{A}  disk.img\n{B}  other.img\n", id="gnu"),
        pytest.param(f"{A} *disk.img\n{B} *other.img\n", id="gnu, binary"),
        pytest.param(f"{A.upper()}\tdisk.img", id="capitals, tab, no end of line"),
        pytest.param(f"\ufeff{A}  disk.img\r\n{B}  other.img\r\n", id="windows"),
        pytest.param(f"{B}  other.img\n{A}  ./amd64/disk.img\n", id="with a directory"),
        pytest.param(f"\\{A}  disk.img\n", id="escaped"),
        pytest.param(f"SHA256 (disk.img) = {A}\nSHA256 (other.img) = {B}\n", id="bsd"),
        pytest.param(f"SHA256(amd64/disk.img)= {A}\n", id="openssl"),
        pytest.param(f"SHA-256 (disk.img) = {A}\n", id="bsd with a dash"),
        pytest.param(f"MD5 (disk.img) = {MD5}\nSHA256 (disk.img) = {A}\n", id="the strongest of several"),
        pytest.param(f"BLAKE2S (disk.img) = {B}\nSHA256 (disk.img) = {A}\n", id="beside one that is not known"),
        pytest.param(f"{A}  disk.img\n{A}  dir/disk.img\n", id="twice the same"),
        pytest.param(f"# {B}  disk.img\n\n{A}  disk.img\n", id="comments"),
        pytest.param(SIGNED, id="signed"),
        pytest.param(f"{A}\n", id="only a digest"),
        pytest.param(f"# sha256\n  {A}  \r\n", id="only a digest and a comment"),
        pytest.param(f"{A}  -\n", id="digest of standard input"),
    ],
)
def test_checksum_is_found(text: str) -> None:
    assert listed(text, "disk.img", None, "https://host/SUMS") == Checksum("sha256", A)
    assert listed(text, "disk.img", "sha256", "https://host/SUMS") == Checksum("sha256", A)


def test_signed_line_that_begins_with_a_dash_is_found() -> None:
    assert listed(SIGNED, "dash.img", None, "x").value == B


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"\\{A}  a\\\\b\\nc\\rd", "a\\b\nc\rd"),
        (f"\\SHA256 (a\\\\n) = {A}", "a\\n"),
        (f"{A}  a\\nb", "a\\nb"),
        (f"{A}  with  spaces (and) = more", "with  spaces (and) = more"),
    ],
    ids=["gnu", "bsd", "not escaped", "spaces"],
)
def test_names_are_read(line: str, name: str) -> None:
    assert list(entries(line)) == [Entry("sha256", A, name)]


@pytest.mark.parametrize(
    ("text", "algorithm", "said"),
    [
        pytest.param(
            f"{A}  a.img\n{B}  b.img\n", None, "lists no checksum of disk.img; it lists a.img, b.img$", id="no"
        ),
        pytest.param(f"{A}  disk.img\n", "sha512", "lists no sha512 of disk.img; it lists no names$", id="no such"),
        pytest.param(
            "<html>Not found</html>", None, "lists no checksum of disk.img; it lists no names$", id="web page"
        ),
        pytest.param("", None, "lists no checksum of disk.img", id="nothing"),
        pytest.param(f"{A}\n{B}\n", None, "lists no checksum of disk.img", id="two digests and no names"),
        pytest.param(f"{A}\n{B}  b.img\n", None, "lists no checksum of disk.img; it lists b.img$", id="one without"),
        pytest.param(
            f"{A}  a/disk.img\n{B}  b/disk.img\n",
            None,
            "several different sha256 of disk.img; it lists a/disk.img, b/disk.img$",
            id="two of the name",
        ),
        pytest.param(
            "".join(f"{A}  {number:02}.img\n" for number in range(13)), None, "09.img and 3 more$", id="a long list"
        ),
    ],
)
def test_checksum_that_is_not_found_is_told(text: str, algorithm: str | None, said: str) -> None:
    with pytest.raises(GlanceError, match=said):
        listed(text, "disk.img", algorithm, "https://host/SUMS")


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(
    lambda name: name.strip() == name and "/" not in name and name != "-" and not name.startswith("*")
)


def gnu_line(name: str, value: str, mark: str) -> str:
    """Write a line as sha256sum does."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{value} {mark}{escaped}\n"


@settings(max_examples=60, deadline=None)
@generated(
    st.dictionaries(
        NAMES.filter(lambda name: len((name + "x").replace("\n", "").replace("\r", "").splitlines()) == 1),
        st.integers(0, 2**256 - 1),
        min_size=1,
    ),
    st.sampled_from(" *"),
)
def test_what_sha256sum_writes_is_found(sums: dict[str, int], mark: str) -> None:
    text = "".join(gnu_line(name, f"{value:064x}", mark) for name, value in sums.items())
    for name, value in sums.items():
        assert listed(text, name, None, "x") == Checksum("sha256", f"{value:064x}")


@settings(max_examples=100, deadline=None)
@generated(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(len(one.value) == CHECKSUM_LENGTHS[one.algorithm] for one in entries(text))


PIECES = [os.urandom(70_000), b"", b"x", os.urandom(2_000_000)]


@pytest.mark.parametrize("algorithms", [[], ["sha512"], ["md5", "sha256", "sha512"]])
def test_digests_are_those_of_hashlib(algorithms: list[str]) -> None:
    expected = {name: hashlib.new(name, b"".join(PIECES)).hexdigest() for name in algorithms}
    assert digests(PIECES, algorithms) == expected


def test_no_thread_is_left_when_the_content_fails() -> None:
    def failing() -> Iterator[bytes]:
        yield b"x"
        raise GlanceError("broke off")

    before = threading.active_count()
    with pytest.raises(GlanceError, match="broke off"):
        digests(failing(), ["md5"])
    assert threading.active_count() == before


def test_digests_may_be_asked_for_again() -> None:
    found = Digests(["md5"])
    found.update(b"x")
    assert found.end() == found.end() == {"md5": hashlib.md5(b"x").hexdigest()}


def test_checksum_is_compared() -> None:
    check_digest("file x", {"md5": "1"}, Checksum("md5", "1"))
    check_digest("file x", {}, None)
    with pytest.raises(GlanceError, match="The file x has the checksum md5:2, not md5:1"):
        check_digest("file x", {"md5": "2"}, Checksum("md5", "1"))
