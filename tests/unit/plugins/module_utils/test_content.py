# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import http.server
import os
import struct
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils import _content
from ansible_collections.osops.glance.plugins.module_utils._content import (
    HEAD,
    Body,
    Checksum,
    File,
    Url,
    checksum,
    detect,
    digests,
    disk_format,
    refusal,
    shown,
)
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError


def qcow2(version: int = 3, backing: int = 0, incompatible: int = 0) -> bytes:
    header = b"QFI\xfb" + struct.pack(">IQ", version, backing) + bytes(56) + struct.pack(">Q", incompatible)
    return header.ljust(512, b"\0")


def vmdk(kind: str) -> bytes:
    return b"KDMV" + bytes(508) + f'# Disk DescriptorFile\ncreateType="{kind}"\n'.encode()


def vhd(kind: int) -> bytes:
    return b"conectix" + bytes(52) + struct.pack(">I", kind) + bytes(448)


ISO = bytes(0x8000) + b"\x01CD001\x01"
BOOT_SECTOR = bytes(446) + b"\x80" + bytes(63) + b"\x55\xaa"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        pytest.param(qcow2(2), "qcow2", id="qcow2 v2"),
        pytest.param(qcow2(3), "qcow2", id="qcow2 v3"),
        pytest.param(vmdk("monolithicSparse"), "vmdk", id="vmdk"),
        pytest.param(vmdk("streamOptimized"), "vmdk", id="vmdk of a stream"),
        pytest.param(vhd(3), "vhd", id="vhd"),
        pytest.param(b"vhdxfile" + bytes(504), "vhdx", id="vhdx"),
        pytest.param(b"<<< VirtualBox".ljust(64, b"\0") + b"\x7f\x10\xda\xbe" + bytes(64), "vdi", id="vdi"),
        pytest.param(b"LUKS\xba\xbe\x00\x01" + bytes(504), "luks", id="luks"),
        pytest.param(ISO, "iso", id="iso"),
        pytest.param(BOOT_SECTOR + ISO[512:], "iso", id="iso that boots from a disk"),
        pytest.param(BOOT_SECTOR, "raw", id="boot sector"),
        pytest.param(bytes(HEAD), "raw", id="zeros"),
        pytest.param(b"\xff" * HEAD, "raw", id="ones"),
        pytest.param(os.urandom(HEAD), "raw", id="random bytes"),
        pytest.param(b"A line\n" + bytes(505), "raw", id="disk that begins with text"),
        pytest.param(("ä" * 4000).encode()[1:], "raw", id="what is no UTF-8"),
    ],
)
def test_format_is_detected(head: bytes, found: str) -> None:
    assert refusal(head, "bare") is None
    assert detect(head) == found


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b"<!DOCTYPE html>\n<html></html>", "web page", id="html"),
        pytest.param(b"\xef\xbb\xbf\r\n <HTML><body>404</body>", "web page", id="html with a byte order mark"),
        pytest.param(b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code>', "web page", id="answer of an object store"),
        pytest.param(b'{"error": "not found"}', "is text", id="json"),
        pytest.param("Fehler: Datei fehlt – öffnen".encode(), "is text", id="text that is not ascii"),
        pytest.param(("ä" * 4000).encode()[:4095], "is text", id="half a character last"),
        pytest.param(gzip.compress(bytes(512)), "compressed with gzip", id="gzip"),
        pytest.param(b"\xfd7zXZ\x00" + bytes(100), "compressed with xz", id="xz"),
        pytest.param(b"\x28\xb5\x2f\xfd" + bytes(100), "compressed with zstd", id="zstd"),
        pytest.param(qcow2(2, backing=104), "backing file", id="qcow2 with a backing file"),
        pytest.param(qcow2(3, incompatible=4), "external data file", id="qcow2 with a data file"),
        pytest.param(qcow2(1), "version 1", id="qcow"),
        pytest.param(qcow2()[:60], "cut off", id="cut qcow2"),
        pytest.param(vmdk("monolithicFlat"), "monolithicFlat", id="vmdk with extents elsewhere"),
        pytest.param(b"# Disk DescriptorFile\nversion=1\n", "only the descriptor", id="descriptor of a vmdk"),
        pytest.param(vhd(4), "differencing", id="vhd with a parent"),
    ],
)
def test_what_is_no_whole_image_is_refused(head: bytes, reason: str) -> None:
    assert reason in (refusal(head, "bare") or "")


class FakeSource:
    name = "file x"
    size = None

    def __init__(self, head: bytes) -> None:
        self.head = head


@pytest.mark.parametrize(
    ("head", "given", "container", "used"),
    [
        pytest.param(qcow2(), None, "bare", "qcow2", id="detected"),
        pytest.param(qcow2(), "qcow2", "bare", "qcow2", id="given as it is"),
        pytest.param(b"LUKS\xba\xbe" + bytes(9), None, "bare", "raw", id="an encrypted disk is raw"),
        pytest.param(b"LUKS\xba\xbe" + bytes(9), "luks", "bare", "luks", id="where the release knows luks"),
        pytest.param(bytes(9), "aki", "bare", "aki", id="a kernel has no signature"),
        pytest.param(bytes(9), "vhd", "bare", "vhd", id="nor has a vhd of fixed size"),
        pytest.param(gzip.compress(b"x"), "raw", "docker", "raw", id="a container is not looked into"),
    ],
)
def test_format_for_the_upload(head: bytes, given: str | None, container: str, used: str) -> None:
    assert disk_format(FakeSource(head), given, container) == used  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "given", "container", "said"),
    [
        pytest.param(qcow2(), "raw", "bare", "The file x has the format qcow2, not raw", id="qcow2 as raw"),
        pytest.param(bytes(9), "qcow2", "bare", "The file x has the format raw, not qcow2", id="raw as qcow2"),
        pytest.param(b"<html>", "raw", "docker", "The file x is a web page", id="web page in a container"),
        pytest.param(b"\x1f\x8b", None, "docker", "disk_format must be given", id="container of unknown content"),
    ],
)
def test_wrong_format_is_refused(head: bytes, given: str | None, container: str, said: str) -> None:
    with pytest.raises(GlanceError, match=said):
        disk_format(FakeSource(head), given, container)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["sha256:" + "AB" * 32, " md5:" + "0" * 32 + "\n", "sha512:" + "f" * 128],
    ids=["capitals", "space around", "sha512"],
)
def test_checksum_is_read(text: str) -> None:
    assert str(checksum(text)) == text.strip().lower()


@pytest.mark.parametrize(
    "text",
    ["ab" * 32, "sha256:" + "ab" * 20, "sha1:" + "a" * 40, "sha256:" + "xy" * 32, ""],
    ids=["no algorithm", "cut", "other algorithm", "not hex", "empty"],
)
def test_what_is_no_checksum_is_refused(text: str) -> None:
    with pytest.raises(GlanceError, match="sha512:<128 hex digits>"):
        checksum(text)


def test_file_is_read_whole(tmp_path: Path) -> None:
    content = os.urandom(3 * 1024 * 1024 + 7)
    (tmp_path / "x").write_bytes(content)
    file = File(str(tmp_path / "x"))
    assert file.size == len(content)
    assert file.head == content[:HEAD]
    assert digests(file.pieces(), ["sha256"]) == {"sha256": hashlib.sha256(content).hexdigest()}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "not a regular file", id="directory"),
        pytest.param(os.mkfifo, "not a regular file", id="pipe"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, make: Any, said: str) -> None:
    make(tmp_path / "x")
    file = File(str(tmp_path / "x"))
    for read in (lambda: file.size, lambda: file.head, lambda: next(file.pieces())):
        with pytest.raises(GlanceError, match=said):
            read()


CONTENT = bytes(range(256)) * 8192  # two pieces


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str] = []

    def log_message(self, *_arguments: Any) -> None: ...

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path = self.path.partition("?")[0]
        if path == "/redirect":
            self._head(302, {"Location": "/whole", "Content-Length": "0"})
        elif path == "/missing":
            self.send_error(404)
        elif path in ("/chunked", "/cut-chunks"):
            self._head(200, {"Transfer-Encoding": "chunked", "ETag": '"1"'})
            self.wfile.write(b"%x\r\n" % len(CONTENT) + CONTENT + b"\r\n")
            self.wfile.write(b"0\r\n\r\n" if path == "/chunked" else b"ffff\r\nhalf")
            self.close_connection = path == "/cut-chunks"
        else:
            said = {} if path == "/silent" else {"Last-Modified": "Mon, 02 Mar 2026 08:00:00 GMT"}
            length = {} if path == "/silent" else {"Content-Length": str(len(CONTENT))}
            self._head(200, {**said, **length, "Connection": "close"})
            self.wfile.write(CONTENT[: 1000 if path == "/cut" else None])
            self.close_connection = True

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_arguments: Any) -> None:
        """Say nothing of clients that have read enough."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.asked.clear()
    with Server(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.mark.parametrize(
    ("path", "size"),
    [("/whole", len(CONTENT)), ("/redirect", len(CONTENT)), ("/chunked", None), ("/silent", None)],
)
def test_url_is_streamed_once(server: str, path: str, size: int | None) -> None:
    url = Url(server + path)
    assert url.size == size
    assert url.head == CONTENT[:HEAD]
    assert b"".join(url.pieces()) == CONTENT
    assert len(Handler.asked) == (2 if path == "/redirect" else 1)


def test_url_is_not_asked_before_it_is_needed(server: str) -> None:
    Url(server + "/whole")
    assert Handler.asked == []


def test_same_url_with_the_same_date_is_the_same_origin(server: str) -> None:
    assert Url(server + "/whole").origin == Url(server + "/whole").origin
    assert Url(server + "/whole").origin != Url(server + "/other").origin


def test_url_of_which_the_server_says_nothing_needs_a_checksum(server: str) -> None:
    with pytest.raises(GlanceError, match="give its checksum"):
        assert Url(server + "/silent").origin


@pytest.mark.parametrize(
    ("path", "said"),
    [("/missing", "cannot be downloaded: HTTP Error 404"), ("/cut-chunks", "broke off")],
)
def test_failed_download_says_what_came_back(server: str, path: str, said: str) -> None:
    with pytest.raises(GlanceError, match=said):
        list(Url(server + path).pieces())


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "/srv/x", "http:///x"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(GlanceError, match="neither http nor https"):
        Url(url)


def test_secrets_of_a_url_are_not_shown() -> None:
    assert shown("https://user:s3cret@host:8080/a/b.img?signature=s3cret#x") == "https://host:8080/a/b.img"


def test_body_is_counted_and_hashed_while_it_is_sent(server: str) -> None:
    body = Body(Url(server + "/whole"), ["sha512", "md5"], seconds=60)
    assert body.len == len(CONTENT)
    assert b"".join(body) == CONTENT
    assert body.sent == len(CONTENT)
    assert body.digests["md5"] == hashlib.md5(CONTENT).hexdigest()


def test_body_of_unknown_size_has_no_length(server: str) -> None:
    assert not hasattr(Body(Url(server + "/chunked"), [], seconds=60), "len")


def test_body_is_never_sent_twice(server: str) -> None:
    body = Body(Url(server + "/whole"), [], seconds=60)
    list(body)
    with pytest.raises(GlanceError, match="can only be sent once"):
        list(body)


def test_download_that_ends_early_is_no_whole_body(server: str) -> None:
    with pytest.raises(GlanceError, match=f"ended after 1000 of {len(CONTENT)} bytes"):
        list(Body(Url(server + "/cut"), [], seconds=60))


def test_file_that_grows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(10))
    body = Body(File(str(tmp_path / "x")), [], seconds=60)
    (tmp_path / "x").write_bytes(bytes(11))
    with pytest.raises(GlanceError, match="grew beyond 10 bytes"):
        list(body)


def test_body_has_a_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    clock = iter(range(100, 1000, 10))
    monkeypatch.setattr(_content.time, "monotonic", lambda: next(clock))
    with pytest.raises(GlanceError, match="not sent within 15 seconds, only 2097152 bytes"):
        list(Body(File(str(tmp_path / "x")), [], seconds=15))


def test_checksum_is_compared() -> None:
    _content.check_digest("file x", {"md5": "1"}, Checksum("md5", "1"))
    with pytest.raises(GlanceError, match="The file x has the checksum md5:2, not md5:1"):
        _content.check_digest("file x", {"md5": "2"}, Checksum("md5", "1"))
