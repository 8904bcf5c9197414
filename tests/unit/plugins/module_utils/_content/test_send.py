# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import http.client
import http.server
import threading
import tracemalloc
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import send
from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.send import Body
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

CONTENT = bytes(range(256)) * 12 * 1024  # three pieces
MD5, SHA512 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha512(CONTENT).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "x").write_bytes(CONTENT)
    return tmp_path / "x"


def test_body_is_counted_and_hashed(path: Path) -> None:
    body = Body(FileSource(str(path)), ["sha512", "md5"], seconds=60)
    assert body.len == body.size == len(CONTENT)
    assert b"".join(body) == CONTENT
    assert body.sent == len(CONTENT)
    assert body.digests == {"sha512": SHA512, "md5": MD5}


def test_body_of_unknown_size_has_no_length(path: Path) -> None:
    path.write_bytes(gzip.compress(CONTENT))
    body = Body(FileSource(str(path), decompress="auto"), [], seconds=60)
    assert body.size is None
    assert not hasattr(body, "len")
    assert b"".join(body) == CONTENT


class CountingHasher(send.Hasher):
    made: list[set[str]] = []

    def __init__(self, algorithms: Any) -> None:
        self.made.append(set(algorithms))
        super().__init__(self.made[-1])


def test_digest_of_the_source_is_not_computed_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "Hasher", CountingHasher)
    monkeypatch.setattr(CountingHasher, "made", [])
    body = Body(FileSource(str(path), Checksum("md5", MD5)), ["sha512"], seconds=60)
    assert b"".join(body) == CONTENT
    assert body.digests == {"sha512": SHA512, "md5": MD5}
    assert CountingHasher.made == [{"sha512"}]


def test_compressed_content_has_both_digests(path: Path) -> None:
    compressed = gzip.compress(CONTENT)
    path.write_bytes(compressed)
    expected = Checksum("md5", hashlib.md5(compressed).hexdigest()), Checksum("md5", MD5)
    source = FileSource(str(path), *expected, decompress="auto")
    body = Body(source, ["sha512"], seconds=60)
    assert b"".join(body) == CONTENT
    assert source.delivered == {"md5": expected[0].value}
    assert body.digests == {"sha512": SHA512, "md5": MD5}
    source.check(body.digests)


def test_body_cannot_be_sent_twice(path: Path) -> None:
    body = Body(FileSource(str(path)), [], seconds=60)
    list(body)
    with pytest.raises(GlanceError, match="can only be sent once"):
        list(body)


@pytest.mark.parametrize(("size", "message"), [(9, "ended after 9 of 10 bytes"), (11, "grew beyond 10 bytes")])
def test_changed_size_is_an_error(tmp_path: Path, size: int, message: str) -> None:
    (tmp_path / "x").write_bytes(bytes(10))
    body = Body(FileSource(str(tmp_path / "x")), [], seconds=60)
    (tmp_path / "x").write_bytes(bytes(size))
    with pytest.raises(GlanceError, match=message):
        list(body)


class Clock:
    """A clock that advances by the same step each time it is read."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 100.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_body_has_a_time_limit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send.time, "monotonic", Clock(10))
    with pytest.raises(GlanceError, match="not sent within 15.0 seconds, only 2097152 bytes"):
        list(Body(FileSource(str(path)), [], seconds=15))


def test_cancelled_run_stops_the_transfer(path: Path) -> None:
    stop = threading.Event()
    body = iter(Body(FileSource(str(path)), [], seconds=60, stop=stop))
    assert len(next(body)) == PIECE
    stop.set()
    with pytest.raises(GlanceError, match="was cancelled"):
        next(body)


def test_memory_is_limited(tmp_path: Path) -> None:
    with open(tmp_path / "x", "wb") as file:
        file.truncate(100 * PIECE)
    tracemalloc.start()
    try:
        for _piece in Body(FileSource(str(tmp_path / "x")), ["md5"], seconds=600):
            pass
        assert tracemalloc.get_traced_memory()[1] < 20 * PIECE
    finally:
        tracemalloc.stop()


class FailingSource(FileSource):
    def _read(self) -> Iterator[bytes]:
        yield CONTENT[:PIECE]
        raise GlanceError("The download was interrupted")


class Sink(http.server.BaseHTTPRequestHandler):
    received: list[int] = []

    def log_message(self, *_arguments: Any) -> None:
        """Do nothing."""

    def do_PUT(self) -> None:
        self.received.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()


@pytest.fixture
def sink() -> Iterator[str]:
    Sink.received.clear()
    with http.server.HTTPServer(("127.0.0.1", 0), Sink) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_error_of_the_source_aborts_the_request(sink: str, path: Path) -> None:
    body = Body(FailingSource(str(path)), ["sha512"], seconds=60)
    before = threading.active_count()
    connection = http.client.HTTPConnection(sink)
    with pytest.raises(GlanceError, match="^The download was interrupted$"):
        connection.request("PUT", "/", body=body, headers={"Content-Length": str(body.size)})
    connection.close()
    assert threading.active_count() == before
