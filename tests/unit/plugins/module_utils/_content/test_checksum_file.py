# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    CHECKSUM_LENGTHS,
    Checksum,
)
from ansible_collections.osops.glance.plugins.module_utils._content.checksum_file import (
    ChecksumFile,
    Entry,
    find_checksum,
    parse_checksum_option,
    parse_entries,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

A, B, C = "a1" * 32, "b2" * 32, "c3" * 32


A512, MD5 = "a5" * 64, "d4" * 16


@pytest.mark.parametrize(
    "text",
    ["ab" * 32, "sha256:" + "ab" * 20, "crc32:" + "a" * 8, "sha256:" + "xy" * 32, ""],
    ids=["no algorithm", "truncated", "other algorithm", "not hex", "empty"],
)
def test_invalid_checksum_is_an_error(text: str) -> None:
    with pytest.raises(GlanceError, match="sha512:<128 hex digits>"):
        parse_checksum_option(text)


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("sha256:https://host/SHA256SUMS", ChecksumFile("https://host/SHA256SUMS", "sha256")),
        (" SHA512:http://host:80/x?a=b:c\n", ChecksumFile("http://host:80/x?a=b:c", "sha512")),
        ("https://host/CHECKSUM", ChecksumFile("https://host/CHECKSUM", None)),
    ],
)
def test_option_can_refer_to_a_checksum_file(text: str, file: ChecksumFile) -> None:
    assert parse_checksum_option(text) == file


def test_checksum_file_needs_an_http_url() -> None:
    with pytest.raises(GlanceError, match="neither http nor https") as raised:
        parse_checksum_option("sha256:ftp://user:s3cret@host/x")
    assert "s3cret" not in str(raised.value)


def test_checksum_file_of_an_unknown_algorithm_is_an_error() -> None:
    with pytest.raises(GlanceError, match="algorithm blake2b of the checksum file is none of md5, sha1"):
        parse_checksum_option("blake2b:https://host/SUMS")


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
        pytest.param(f"MD5 (disk.img) = {MD5}\nSHA256 (disk.img) = {A}\n", id="strongest of several"),
        pytest.param(f"BLAKE2S (disk.img) = {B}\nSHA256 (disk.img) = {A}\n", id="with an unknown algorithm"),
        pytest.param(f"{A}  disk.img\n{A}  dir/disk.img\n", id="duplicate"),
        pytest.param(f"# {B}  disk.img\n\n{A}  disk.img\n", id="comments"),
        pytest.param(SIGNED, id="signed"),
        pytest.param(f"{A}\n", id="only a digest"),
        pytest.param(f"# sha256\n  {A}  \r\n", id="only a digest and a comment"),
        pytest.param(f"{A}  -\n", id="digest of standard input"),
    ],
)
def test_checksum_is_found(text: str) -> None:
    assert find_checksum(text, "disk.img", None, "https://host/SUMS") == Checksum("sha256", A)
    assert find_checksum(text, "disk.img", "sha256", "https://host/SUMS") == Checksum("sha256", A)


def test_dash_escaped_line_is_found() -> None:
    assert find_checksum(SIGNED, "dash.img", None, "x").value == B


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
def test_names_are_unescaped(line: str, name: str) -> None:
    assert list(parse_entries(line)) == [Entry("sha256", A, name)]


@pytest.mark.parametrize(
    ("text", "algorithm", "message"),
    [
        pytest.param(
            f"{A}  a.img\n{B}  b.img\n", None, "lists no checksum of disk.img; it lists a.img, b.img$", id="other names"
        ),
        pytest.param(
            f"{A}  disk.img\n", "sha512", "lists no sha512 of disk.img; it lists no names$", id="other algorithm"
        ),
        pytest.param(
            "<html>Not found</html>", None, "lists no checksum of disk.img; it lists no names$", id="web page"
        ),
        pytest.param("", None, "lists no checksum of disk.img", id="empty"),
        pytest.param(f"{A}\n{B}\n", None, "lists no checksum of disk.img", id="two digests and no names"),
        pytest.param(
            f"{A}\n{B}  b.img\n", None, "lists no checksum of disk.img; it lists b.img$", id="one without name"
        ),
        pytest.param(
            f"{A}  a/disk.img\n{B}  b/disk.img\n",
            None,
            "several different sha256 of disk.img; it lists a/disk.img, b/disk.img$",
            id="two of the same name",
        ),
        pytest.param(
            "".join(f"{A}  {number:02}.img\n" for number in range(13)), None, "09.img and 3 more$", id="a long list"
        ),
    ],
)
def test_missing_checksum_is_an_error(text: str, algorithm: str | None, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        find_checksum(text, "disk.img", algorithm, "https://host/SUMS")


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(
    lambda name: name.strip() == name and "/" not in name and name != "-" and not name.startswith("*")
)


def gnu_line(name: str, value: str, mark: str) -> str:
    """Return a line as sha256sum prints it."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{value} {mark}{escaped}\n"


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        NAMES.filter(lambda name: len((name + "x").replace("\n", "").replace("\r", "").splitlines()) == 1),
        st.integers(0, 2**256 - 1),
        min_size=1,
    ),
    st.sampled_from(" *"),
)
def test_output_of_sha256sum_is_found(sums: dict[str, int], mark: str) -> None:
    text = "".join(gnu_line(name, f"{value:064x}", mark) for name, value in sums.items())
    for name, value in sums.items():
        assert find_checksum(text, name, None, "x") == Checksum("sha256", f"{value:064x}")


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_results_in_valid_parse_entries(text: str) -> None:
    assert all(len(entry.value) == CHECKSUM_LENGTHS[entry.algorithm] for entry in parse_entries(text))


def test_option_can_be_a_checksum() -> None:
    assert parse_checksum_option(f" SHA256:{A} ") == Checksum("sha256", A)
