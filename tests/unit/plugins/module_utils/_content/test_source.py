# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import os
import re
import ssl
import threading
import time
from collections import defaultdict
from contextlib import suppress
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import source as _source
from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.source import (
    HEAD,
    PIECE,
    SOURCE_OPTIONS,
    Access,
    File,
    StartAgain,
    Url,
    shown,
    source,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

CONTENT = bytes(range(256)) * 12 * 1024  # three pieces
CUT = PIECE + 12345
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PROVABLE = Checksum("sha256", SHA256)
MONDAY, TUESDAY = "Mon, 02 Mar 2026 08:00:00 GMT", "Tue, 03 Mar 2026 08:00:00 GMT"

Answer = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def log_message(self, *_arguments: Any) -> None: ...

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.asked.append(SimpleNamespace(method=self.command, path=self.path, headers=self.headers))
        answers = self.server.answers[self.path.partition("?")[0]]
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    do_HEAD = do_GET

    def say(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Site(http.server.ThreadingHTTPServer):
    """A server whose every path has a list of answers; the last one is given for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Any] = []
        self.answers: dict[str, list[Answer]] = defaultdict(list)

    def handle_error(self, *_arguments: Any) -> None:
        """Say nothing of clients that have read enough."""

    def url(self, *answers: Answer, path: str = "/x.img") -> str:
        self.answers[path] = list(answers)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def ranges(self) -> list[str | None]:
        return [one.headers.get("Range") for one in self.asked]


def whole(
    content: bytes = CONTENT,
    cut: int | None = None,
    length: int | None = None,
    ranges: bool = True,
    ignores_condition: bool = False,
    **headers: str,
) -> Answer:
    """Answer with the content, or with the part that is asked for; break off after `cut` bytes."""

    def answer(handler: Handler) -> None:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        condition = handler.headers.get("If-Range")
        same = ignores_condition or condition in (None, said.get("ETag"), said.get("Last-Modified"))
        start = int(wanted.group(1)) if wanted and ranges and same else 0
        announced = len(content) if length is None else length
        if start and start >= len(content):
            handler.say(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
        elif start:
            part = {"Content-Range": f"bytes {start}-{announced - 1}/{announced}"}
            handler.say(206, {**said, **part, "Content-Length": str(announced - start)}, content[start:cut])
        else:
            handler.say(200, {**said, "Content-Length": str(announced)}, content[:cut])

    return answer


def chunked(cut: int | None = None, **headers: str) -> Answer:
    """Answer with the content in chunks; break off after `cut` bytes."""

    def answer(handler: Handler) -> None:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.say(200, {**said, "Transfer-Encoding": "chunked"}, b"%x\r\n" % len(CONTENT) + CONTENT[:cut])
        if cut is None:
            handler.wfile.write(b"\r\n0\r\n\r\n")

    return answer


def status(code: int, **headers: str) -> Answer:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.say(code, {**said, "Content-Length": "0"})


def vanish(handler: Handler) -> None:
    """Close the connection without an answer."""


def endless(**headers: str) -> Answer:
    """Answer without a length: the end of the connection is the end of the content."""
    return lambda handler: handler.say(200, {name.replace("_", "-"): value for name, value in headers.items()}, CONTENT)


DATED = {"Last_Modified": MONDAY}
TAGGED = {"ETag": '"1"'}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited, which nobody waits here."""
    waited: list[float] = []
    monkeypatch.setattr(_source.time, "sleep", waited.append)
    return waited


pytestmark = pytest.mark.usefixtures("delays")


def read(content: Any) -> bytes:
    return b"".join(content.pieces())


# Files


def test_file_is_read_whole_and_again(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    file = File(str(tmp_path / "x"), PROVABLE)
    assert file.size == len(CONTENT)
    assert file.head == CONTENT[:HEAD]
    assert read(file) == CONTENT
    assert read(file) == CONTENT
    assert file.delivered == {"sha256": SHA256}
    assert not file.is_decompressed


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "not a regular file", id="directory"),
        pytest.param(os.mkfifo, "not a regular file", id="pipe"),
    ],
)
@pytest.mark.parametrize("decompress", ["none", "auto"])
def test_what_is_no_file_is_refused(tmp_path: Path, make: Any, said: str, decompress: str) -> None:
    make(tmp_path / "x")
    file = File(str(tmp_path / "x"), decompress=decompress)
    for reading in (lambda: file.size, lambda: file.head, lambda: next(file.pieces())):
        with pytest.raises(GlanceError, match=said):
            reading()


@pytest.mark.parametrize("looks", [(), ("size",), ("head",), ("size", "head"), ("head", "size"), ("is_decompressed",)])
def test_compressed_file_is_decompressed_whatever_was_looked_at_before(tmp_path: Path, looks: tuple[str, ...]) -> None:
    compressed = gzip.compress(CONTENT)
    (tmp_path / "x").write_bytes(compressed)
    expected = Checksum("md5", hashlib.md5(compressed).hexdigest())
    file = File(str(tmp_path / "x"), expected, decompress="auto")
    facts = {"size": None, "head": CONTENT[:HEAD], "is_decompressed": True}
    for look in looks:
        assert getattr(file, look) == facts[look]
    assert read(file) == CONTENT
    assert file.delivered == {"md5": expected.value}
    assert read(file) == CONTENT
    assert file.is_decompressed


@pytest.mark.parametrize("size", [0, 1, HEAD, HEAD + 1, PIECE + 1])
def test_content_of_any_size_is_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "x").write_bytes(CONTENT[:size])
    file = File(str(tmp_path / "x"), decompress="auto")
    assert (file.size, file.head) == (size, CONTENT[: min(size, HEAD)])
    assert read(file) == CONTENT[:size]


def test_digests_are_not_known_before_all_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    file = File(str(tmp_path / "x"), PROVABLE)
    next(file.pieces())
    assert file.delivered == {}


def test_checksums_are_compared(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    wrong = Checksum("sha256", "0" * 64)
    file = File(str(tmp_path / "x"), wrong)
    read(file)
    with pytest.raises(GlanceError, match=f"has the checksum sha256:{SHA256}, not sha256:000"):
        file.check({})
    file = File(str(tmp_path / "x"), PROVABLE, Checksum("md5", "1"))
    read(file)
    file.check({"md5": "1"})
    with pytest.raises(GlanceError, match="x, decompressed, has the checksum md5:2, not md5:1"):
        file.check({"md5": "2"})


def test_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(CONTENT)
    pieces = File(str(path)).pieces()
    next(pieces)
    os.utime(path, (0, 0))
    with pytest.raises(StartAgain, match="was changed while it was read"):
        list(pieces)


@pytest.mark.parametrize(
    ("changed", "now", "known"),
    [
        pytest.param(1000_500_000_000, 1000.55, False, id="within a step of the kernel"),
        pytest.param(1000_500_000_000, 1000.7, True, id="later"),
        pytest.param(1000_000_000_000, 1001.5, False, id="file system that may know whole seconds only"),
        pytest.param(1000_000_000_000, 1003, True, id="seconds later"),
        pytest.param(1000_500_000_000, 900, False, id="clock that is behind that of the file system"),
    ],
)
def test_times_of_a_file_show_changes_after_a_while(
    monkeypatch: pytest.MonkeyPatch, changed: int, now: float, known: bool
) -> None:
    monkeypatch.setattr(_source.time, "time", lambda: now)
    status = SimpleNamespace(st_ctime_ns=changed, st_ctime=changed / 1e9)
    assert _source.is_settled(status) is known  # type: ignore[arg-type]


# Downloads that succeed


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        pytest.param(whole(**DATED), len(CONTENT), id="with a length"),
        pytest.param(chunked(**DATED), None, id="in chunks"),
        pytest.param(whole(Content_Encoding="gzip"), len(CONTENT), id="said to be encoded"),
    ],
)
def test_url_is_streamed_with_one_request(site: Site, answer: Answer, size: int | None) -> None:
    url = Url(site.url(answer))
    assert url.size == size
    assert url.head == CONTENT[:HEAD]
    assert read(url) == CONTENT
    assert len(site.asked) == 1
    assert site.asked[0].headers["Accept-Encoding"] == "identity"


def test_url_is_downloaded_anew_for_every_further_reading(site: Site) -> None:
    url = Url(site.url(whole(**DATED)))
    assert url.head == CONTENT[:HEAD]
    assert read(url) == read(url) == CONTENT
    assert site.ranges() == [None, None]


def test_url_is_not_asked_before_it_is_needed(site: Site) -> None:
    Url(site.url(whole()))
    assert site.asked == []


def test_compressed_download_is_decompressed(site: Site) -> None:
    url = Url(site.url(whole(gzip.compress(CONTENT), **DATED)), decompress="auto")
    assert (url.size, url.head, url.is_decompressed) == (None, CONTENT[:HEAD], True)
    assert read(url) == CONTENT
    assert len(site.asked) == 1


def test_length_is_not_missed_where_a_checksum_proves_the_end(site: Site) -> None:
    assert read(Url(site.url(endless()), PROVABLE)) == CONTENT


def test_same_url_with_the_same_date_is_the_same_origin(site: Site) -> None:
    first, other = site.url(whole(**DATED)), site.url(whole(**DATED), path="/y")
    assert Url(first).origin == Url(first).origin
    assert Url(first, decompress="auto").origin == Url(first, decompress="gz").origin != Url(first).origin
    assert Url(first).origin != Url(other).origin


@pytest.mark.parametrize(
    ("head", "same", "asked"),
    [
        pytest.param(whole(**DATED), True, ["HEAD"], id="same"),
        pytest.param(status(405), True, ["HEAD", "GET"], id="server that does not take it"),
        pytest.param(status(200), True, ["HEAD", "GET"], id="server that tells less then"),
        pytest.param(vanish, True, ["HEAD", "GET"], id="no answer"),
        pytest.param(whole(Last_Modified=TUESDAY), False, ["HEAD", "GET"], id="other date"),
    ],
)
def test_unchanged_url_is_not_downloaded(site: Site, head: Answer, same: bool, asked: list[str]) -> None:
    url = site.url(whole(**DATED))
    origin = Url(url).origin
    site.url(head, whole(**DATED) if same else whole(Last_Modified=TUESDAY))
    site.asked.clear()
    assert Url(url).is_from(str(origin)) is same
    assert [one.method for one in site.asked] == asked


VALID, OTHER_TAG = {"ETag": '"1"', **DATED}, {"ETag": '"2"', **DATED}
OTHER_DATE = {"ETag": '"1"', "Last_Modified": TUESDAY}


@pytest.mark.parametrize(
    ("then", "now", "said", "size", "same"),
    [
        pytest.param("?X-Amz-Signature=1&X-Amz-Date=1", "?X-Amz-Signature=2&X-Amz-Date=2", DATED, 0, True, id="S3"),
        pytest.param("?X-Amz-Signature=1", "", VALID, 0, True, id="public by now"),
        pytest.param("?X-Amz-Signature=1", "?X-Amz-Signature=2", OTHER_TAG, 0, True, id="mirror with another ETag"),
        pytest.param("?mine=1", "?mine=2", VALID, 0, True, id="unknown way of signing"),
        pytest.param("?mine=1", "?mine=2", OTHER_DATE, 0, True, id="same ETag, as of a copy"),
        pytest.param("?mine=1", "?mine=2", OTHER_TAG, 0, False, id="other content of the same date"),
        pytest.param("?mine=1", "?mine=2", VALID, 1, False, id="other size"),
        pytest.param("?X-Amz-Signature=1", "?X-Amz-Signature=2", VALID, 1, False, id="S3, other size"),
        pytest.param("?X-Amz-Signature=1", "?X-Amz-Signature=2", {"Last_Modified": TUESDAY}, 0, False, id="S3, newer"),
        pytest.param("?mine=1", "?mine=2", {}, 0, False, id="no validator"),
    ],
)
@pytest.mark.parametrize("takes_head", [True, False], ids=["HEAD", "GET alone"])
def test_signature_does_not_change_the_content(
    site: Site, then: str, now: str, said: dict[str, str], size: int, same: bool, takes_head: bool
) -> None:
    first = Url(site.url(whole(**VALID)) + then)
    recorded = [str(first.origin), str(first.validator)]
    answer = whole(CONTENT + b"x" * size, **said)
    second = Url(site.url(*([] if takes_head else [status(403)]), answer) + now)
    assert second.is_from(*recorded) is same


def trickle(handler: Handler) -> None:
    """Send a byte from time to time, for ever: no read takes long."""
    handler.say(200, {"Content-Length": str(len(CONTENT)), "ETag": '"1"'})
    with suppress(OSError):
        for number in range(600):
            handler.wfile.write(CONTENT[number : number + 1])
            threading.Event().wait(0.05)  # time.sleep() is replaced in these tests


def test_download_that_never_ends_is_ended(site: Site) -> None:
    url = Url(site.url(trickle), access=Access(timeout=0.5, stall=5, retries=0))
    began = time.monotonic()
    with pytest.raises(GlanceError, match=r"was not downloaded within 0\.5 seconds \(timeout\), only \d+ bytes"):
        str(url.head)
    assert time.monotonic() - began < 5


def test_attempts_end_at_the_limit(site: Site) -> None:
    url = Url(site.url(status(503)), access=Access(timeout=0.2, retries=1000, retry_delay=0.05))
    with pytest.raises(GlanceError, match=r"503.*, and 0\.2 seconds \(timeout\) leave no time for another attempt"):
        str(url.head)


def test_account_does_not_change_the_content(site: Site) -> None:
    url = site.url(whole(**DATED), whole(**DATED))
    first, second = (url.replace("//", f"//me:{password}@") for password in ("old", "new"))
    assert Url(first).origin == Url(second).origin


def test_plain_url_needs_no_second_fingerprint(site: Site) -> None:
    assert Url(site.url(whole(**VALID))).validator is None


def test_url_of_which_the_server_says_nothing_needs_a_checksum(site: Site) -> None:
    with pytest.raises(GlanceError, match="give its checksum"):
        assert Url(site.url(chunked())).origin


# Downloads that break off


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([whole(cut=CUT, **DATED), whole(**DATED)], id="by its date"),
        pytest.param([whole(cut=CUT, **TAGGED), whole(**TAGGED)], id="by its tag"),
        pytest.param(
            [whole(cut=CUT, ETag='W/"1"', **DATED), whole(ETag='W/"1"', **DATED)], id="by its date beside a weak tag"
        ),
        pytest.param([whole(cut=CUT, **DATED), status(503), vanish, whole(**DATED)], id="with more failures"),
        pytest.param([chunked(cut=CUT, **DATED), whole(**DATED)], id="in chunks"),
        pytest.param([whole(cut=CUT, **DATED, **TAGGED), whole(**TAGGED)], id="with less said of the rest"),
    ],
)
def test_broken_download_goes_on_where_it_broke(site: Site, answers: list[Answer]) -> None:
    url = Url(site.url(*answers))
    assert read(url) == CONTENT
    assert site.ranges()[0] is None
    assert site.ranges()[-1] == f"bytes={CUT}-"


def test_download_that_breaks_often_goes_on_as_long_as_it_gets_on(site: Site, delays: list[float]) -> None:
    content = os.urandom(8 * PIECE)
    cuts = [whole(content, cut=number * PIECE, **TAGGED) for number in range(1, 8)]
    url = Url(site.url(*cuts, whole(content, **TAGGED)), access=Access(retries=1))
    assert read(url) == content
    assert delays == [5] * 7


def test_download_without_a_date_goes_on_where_a_checksum_proves_it(site: Site) -> None:
    assert read(Url(site.url(whole(cut=CUT), whole()), PROVABLE)) == CONTENT
    assert "If-Range" not in site.asked[1].headers


def test_download_that_is_broken_at_its_end_is_whole_if_the_server_says_so(site: Site) -> None:
    answer = chunked(cut=len(CONTENT), **DATED)  # but no last chunk
    url = Url(site.url(answer, whole(**DATED)))
    assert read(url) == CONTENT
    assert site.ranges() == [None, f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        pytest.param([whole(cut=CUT, **TAGGED), whole(ETag='"2"')], "changed while it was downloaded", id="other tag"),
        pytest.param(
            [whole(cut=CUT, **DATED), whole(Last_Modified=TUESDAY)], "changed while it was downloaded", id="other date"
        ),
        pytest.param(
            [whole(cut=CUT, **TAGGED), whole(ETag='"2"', ignores_condition=True)],
            "changed while it was downloaded",
            id="rest of another content",
        ),
        pytest.param(
            [whole(cut=CUT, **DATED), whole(CONTENT + b"more", **DATED)],
            "changed while it was downloaded",
            id="grown",
        ),
        pytest.param(
            [whole(cut=CUT, **DATED), whole(ranges=False, **DATED)],
            f"broke off after {CUT} bytes, and the server does not send the rest alone",
            id="server without ranges",
        ),
        pytest.param([whole(cut=CUT)], "neither a date nor an ETag", id="nothing to tell it by"),
        pytest.param(
            [whole(length=len(CONTENT) + 1, **DATED)],
            f"ended after {len(CONTENT)} of {len(CONTENT) + 1} bytes, and the server says that there is no more",
            id="less than was announced",
        ),
    ],
)
def test_download_that_cannot_go_on_is_told(site: Site, answers: list[Answer], said: str) -> None:
    with pytest.raises(StartAgain, match=said):
        read(Url(site.url(*answers)))


@pytest.mark.parametrize("size", [1, 70_001, CUT])
def test_more_than_was_announced_is_told(site: Site, size: int) -> None:
    with pytest.raises(GlanceError, match=f"longer than the {size} bytes that the server announced"):
        read(Url(site.url(whole(length=size, **DATED))))


def test_other_content_at_the_second_reading_is_told(site: Site) -> None:
    url = Url(site.url(whole(**DATED), whole(Last_Modified=TUESDAY)))
    assert read(url) == CONTENT
    with pytest.raises(StartAgain, match="changed while it was downloaded"):
        read(url)


def test_silent_server_is_asked_again(site: Site) -> None:
    released = threading.Event()

    def stall(handler: Handler) -> None:
        whole(cut=CUT, **DATED)(handler)
        released.wait(20)

    try:
        assert read(Url(site.url(stall, whole(**DATED)), access=Access(stall=0.2))) == CONTENT
    finally:
        released.set()
    assert site.ranges() == [None, f"bytes={CUT}-"]


def test_slow_download_is_passed_on_in_small_pieces(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_source, "PATIENCE", -1)
    pieces = list(Url(site.url(whole(**DATED))).pieces())
    assert b"".join(pieces) == CONTENT
    assert len(pieces) > len(CONTENT) / PIECE


# Attempts


@pytest.mark.parametrize(
    ("failures", "waited"),
    [
        pytest.param([status(500)], [5], id="error of the server"),
        pytest.param([status(503), status(502), status(504)], [5, 10, 20], id="longer and longer"),
        pytest.param([status(408)], [5], id="timeout at the server"),
        pytest.param([status(429, Retry_After="0"), status(429, Retry_After="1")], [0, 1], id="as the server asks"),
        pytest.param([status(503, Retry_After="86400")], [120], id="not as long as the server asks"),
        pytest.param([status(503, Retry_After="soon")], [5], id="what the server asks is nonsense"),
        pytest.param([vanish], [5], id="no answer"),
    ],
)
def test_failed_request_is_repeated(site: Site, delays: list[float], failures: list[Answer], waited: Any) -> None:
    assert read(Url(site.url(*failures, whole(**DATED)))) == CONTENT
    assert delays == waited


def test_moment_to_come_back_is_kept(site: Site, delays: list[float]) -> None:
    moment = format_datetime(_source.datetime.now(_source.timezone.utc) + _source.datetime.resolution, usegmt=True)
    assert read(Url(site.url(status(503, Retry_After=moment), whole(**DATED)))) == CONTENT
    assert delays == [0]


@pytest.mark.parametrize(
    ("answers", "said", "asked"),
    [
        pytest.param([status(404)], "cannot be downloaded: HTTP Error 404: Not Found$", 1, id="404"),
        pytest.param([status(403)], "cannot be downloaded: HTTP Error 403: Forbidden$", 1, id="403"),
        pytest.param([status(500)], r"HTTP Error 500: Internal Server Error \(4 attempts\)", 4, id="500 for ever"),
        pytest.param([vanish], r"Remote end closed connection.*\(4 attempts\)", 4, id="no answer"),
        pytest.param([whole(cut=CUT, **DATED), status(404)], "HTTP Error 404", 2, id="gone after a part"),
        pytest.param([whole(cut=CUT, **DATED), vanish], r"\(4 attempts\)", 4, id="away after a part"),
        pytest.param([endless(**DATED)], "comes without its length", 1, id="no length"),
        pytest.param([status(206, Content_Range="bytes 0-1/2")], "sends a part of it only", 1, id="a part"),
    ],
)
def test_failed_download_says_what_came_back(site: Site, answers: list[Answer], said: str, asked: int) -> None:
    with pytest.raises(GlanceError, match=said):
        read(Url(site.url(*answers)))
    assert len(site.asked) == asked


def test_server_that_is_not_there_is_told() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as gone:
        port = gone.server_port
    with pytest.raises(GlanceError, match=r"cannot be downloaded: Connection refused \(3 attempts\)"):
        read(Url(f"http://127.0.0.1:{port}/x", access=Access(retries=2)))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(ssl.SSLCertVerificationError("self-signed certificate"), "Refused", id="certificate"),
        pytest.param(ssl.SSLError(1, "wrong version number"), "Refused", id="no TLS"),
        pytest.param(ssl.SSLEOFError(8, "EOF"), "Broken", id="TLS broke off"),
        pytest.param(_source.socket.gaierror(_source.socket.EAI_NONAME, "unknown"), "Refused", id="unknown host"),
        pytest.param(_source.socket.gaierror(_source.socket.EAI_AGAIN, "later"), "Broken", id="no name server"),
        pytest.param(_source.socket.timeout("timed out"), "Broken", id="timeout"),
        pytest.param(ConnectionResetError(104, "reset"), "Broken", id="reset"),
        pytest.param(_source.InvalidURL("nonnumeric port"), "Refused", id="invalid"),
        pytest.param("no host given", "Refused", id="in words"),
    ],
)
def test_some_troubles_pass(error: Any, said: str) -> None:
    assert type(_source.trouble(_source.URLError(error))).__name__ == said


# Redirects, and who sees what


def test_redirects_are_followed(site: Site) -> None:
    target = site.url(whole(**DATED), path="/real.img")
    url = Url(site.url(status(302, Location="/again"), path="/x"))
    site.url(status(307, Location=target), path="/again")
    assert read(url) == CONTENT
    assert [one.path for one in site.asked] == ["/x", "/again", "/real.img"]


def test_rest_is_asked_where_the_beginning_came_from(site: Site) -> None:
    site.url(whole(cut=CUT, **DATED), whole(**DATED), path="/mirror")
    assert read(Url(site.url(status(302, Location="/mirror")))) == CONTENT
    assert [one.path for one in site.asked] == ["/x.img", "/mirror", "/mirror"]


def test_rest_is_asked_anew_where_the_address_has_expired(site: Site) -> None:
    site.url(whole(cut=CUT, **DATED), status(403), path="/signed-1")
    site.url(whole(**DATED), path="/signed-2")
    assert read(Url(site.url(status(302, Location="/signed-1"), status(302, Location="/signed-2")))) == CONTENT
    assert [one.path for one in site.asked] == ["/x.img", "/signed-1", "/signed-1", "/x.img", "/signed-2"]


@pytest.mark.parametrize(
    ("location", "said"),
    [
        pytest.param("file:///etc/passwd", "redirects to file:///etc/passwd, which is neither http", id="file"),
        pytest.param("ftp://user:s3cret@host/x", "redirects to ftp://host/x, which is neither http", id="ftp"),
        pytest.param("http://host:port/x", "redirects to something that is no URL", id="no port"),
        pytest.param("http://[", "one that it redirects to, or a header is not valid", id="nonsense"),
        pytest.param("/x.img", "more than 10 redirects", id="in a circle"),
    ],
)
def test_bad_redirect_is_refused(site: Site, location: str, said: str) -> None:
    with pytest.raises(GlanceError, match=said):
        read(Url(site.url(status(302, Location=location))))


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    with Site() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def test_headers_are_for_the_server_that_they_were_given_for(site: Site, elsewhere: Site) -> None:
    access = Access(headers={"X-Token": "s3cret"})
    url = site.url(status(302, Location=elsewhere.url(whole(**DATED))))
    site.url(status(302, Location="/x.img"), path="/first")
    assert read(Url(url.replace("/x.img", "/first"), access=access)) == CONTENT
    assert [one.headers["X-Token"] for one in site.asked] == ["s3cret", "s3cret"]
    assert "X-Token" not in elsewhere.asked[0].headers


def guarded(handler: Handler) -> None:
    expected = "Basic " + base64.b64encode(b"me:p/w").decode()
    answer = whole(**DATED) if handler.headers.get("Authorization") == expected else status(401, **CHALLENGE)
    answer(handler)


CHALLENGE = {"WWW_Authenticate": 'Basic realm="images"'}


@pytest.mark.parametrize("inside", [True, False], ids=["in the URL", "beside the URL"])
def test_account_is_used(site: Site, inside: bool) -> None:
    url = site.url(guarded)
    access = None if inside else Access(username="me", password="p/w")
    assert read(Url(url.replace("//", "//me:p%2Fw@") if inside else url, access=access)) == CONTENT


def test_wrong_account_is_told_and_its_password_is_not(site: Site) -> None:
    with pytest.raises(GlanceError, match="HTTP Error 401") as raised:
        read(Url(site.url(guarded).replace("//", "//me:s3cret@")))
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "/srv/x", "http:///x"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(GlanceError, match="neither http nor https"):
        Url(url)


@pytest.mark.parametrize("url", ["http://user:s3/cret@host/x", "http://host:s3cret/x", "https://[s3cret/x"])
def test_url_that_is_spoilt_is_not_shown(url: str) -> None:
    with pytest.raises(GlanceError, match="must be encoded") as raised:
        Url(url)
    assert "s3" not in str(raised.value)


def test_secrets_of_a_url_are_not_shown() -> None:
    assert shown("https://user:s3cret@host:8080/a/b.img?signature=s3cret#x") == "https://host:8080/a/b.img"
    assert "s3cret" not in Url("https://user:s3cret@host/b.img?signature=s3cret").name
    assert "s3cret" not in repr(Access(password="s3cret", headers={"X-Token": "s3cret"}))


# What the options say


def params(**given: Any) -> dict[str, Any]:
    return {**{name: option.get("default") for name, option in SOURCE_OPTIONS.items()}, **given}


def test_missing_authorities_are_told() -> None:
    with pytest.raises(GlanceError, match="/nowhere/ca.pem with the authorities for url does not exist"):
        source(params(url="https://host/x", url_ca_path="/nowhere/ca.pem"))


def test_passwords_in_urls_are_known_as_secrets() -> None:
    given = params(url="https://me:p%2Fw@host/x", checksum="sha256:https://you:s3cret@host/x")
    assert _source.secrets(given) == {"p%2Fw", "p/w", "s3cret"}
    assert _source.secrets(params(url="https://host:80/a@b", checksum="md5:1")) == set()


def test_no_source_is_none() -> None:
    assert source(params(checksum="sha256:https://host/SHA256SUMS")) is None


def test_file_of_the_options(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(CONTENT))
    found = source(params(src=str(tmp_path / "x.gz"), checksum_uncompressed=f"sha256:{SHA256}"))
    assert isinstance(found, File)
    assert found.checksum_uncompressed == PROVABLE
    assert read(found) == CONTENT


def test_url_of_the_options(site: Site, delays: list[float]) -> None:
    url = site.url(status(503), status(503), status(503), path="/x")
    asked = {"url_username": "me", "url_password": "s3cret", "url_headers": {"X-Number": 1}}
    found = source(params(url=url, retries=2, retry_delay=7, **asked))
    assert isinstance(found, Url)
    assert found._access == Access("me", "s3cret", {"X-Number": "1"}, True, None, 2, 7)
    with pytest.raises(GlanceError, match="503"):
        read(found)
    assert delays == [7, 14]


@pytest.mark.parametrize(("given", "seconds"), [(None, 60), (300, 60), (3, 3)], ids=["usual", "longer", "shorter"])
def test_silence_is_borne_a_minute_or_less(given: int | None, seconds: float) -> None:
    found = source(params(url="http://host/x", stall_timeout=given))
    assert isinstance(found, Url)
    assert found._access.stall == seconds


@pytest.mark.parametrize(
    "prefix",
    ["sha256:", "SHA256:", ""],
    ids=["algorithm", "algorithm in capitals", "no algorithm"],
)
def test_checksum_is_looked_up(site: Site, prefix: str) -> None:
    url = site.url(whole(**DATED), path="/a%20b.img?x=/y")
    list_of_all = f"{'0' * 64}  other.img\n{SHA256} *a b.img\n".encode()
    site.answers["/a%20b.img"] = site.answers["/a%20b.img?x=/y"]
    found = source(params(url=url, checksum=prefix + site.url(whole(list_of_all), path="/SHA256SUMS")))
    assert found
    assert found.checksum == PROVABLE
    assert read(found) == CONTENT
    found.check({})


def test_checksum_of_a_file_is_looked_up_by_its_name(site: Site, tmp_path: Path) -> None:
    (tmp_path / "x.img.gz").write_bytes(gzip.compress(CONTENT))
    sums = site.url(whole(f"{'0' * 64}  x.img.gz\n{SHA256}  x.img\n".encode()), path="/SHA256SUMS")
    found = source(params(src=str(tmp_path / "x.img.gz"), checksum=sums, checksum_uncompressed=sums))
    assert found
    assert found.checksum == Checksum("sha256", "0" * 64)
    assert found.checksum_uncompressed == PROVABLE


def test_checksum_that_cannot_be_looked_up_is_told(site: Site) -> None:
    sums = site.url(status(404), path="/SHA256SUMS")
    with pytest.raises(GlanceError, match="SHA256SUMS cannot be downloaded: HTTP Error 404"):
        source(params(url=site.url(whole()), checksum=f"sha256:{sums}"))
    with pytest.raises(GlanceError, match="neither src nor the path of url ends in one"):
        source(params(url=site.url(whole(), path="/"), checksum=f"sha256:{sums}"))


def test_huge_checksum_file_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_source, "LARGEST_LIST", PIECE)
    with pytest.raises(GlanceError, match="too large for a checksum file"):
        source(params(url=site.url(whole()), checksum=site.url(whole(), path="/y")))


def test_account_is_not_for_the_server_of_the_checksum_file(site: Site, elsewhere: Site) -> None:
    sums = elsewhere.url(whole(f"{SHA256}  x.img\n".encode()), path="/SHA256SUMS")
    assert source(params(url=site.url(whole()), url_headers={"X-Token": "s3cret"}, checksum=sums))
    assert "X-Token" not in elsewhere.asked[0].headers


@pytest.mark.parametrize(
    ("given", "decompressed"),
    [
        pytest.param({}, True, id="as it begins"),
        pytest.param({"decompress": "gz"}, True, id="as asked"),
        pytest.param({"decompress": "none"}, False, id="not at all"),
        pytest.param({"container_format": "bare"}, True, id="no container"),
        pytest.param({"container_format": "docker"}, False, id="container"),
        pytest.param({"disk_format": "ari"}, False, id="RAM disk"),
        pytest.param({"disk_format": "ari", "decompress": "gz"}, True, id="RAM disk as asked"),
    ],
)
def test_content_is_decompressed_if_whoever_uses_it_does_not(tmp_path: Path, given: Any, decompressed: bool) -> None:
    (tmp_path / "x").write_bytes(gzip.compress(CONTENT))
    found = source(params(src=str(tmp_path / "x"), **given))
    assert found
    assert found.is_decompressed is decompressed
