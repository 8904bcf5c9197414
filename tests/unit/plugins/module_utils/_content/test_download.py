# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.server
import os
import threading
import time
from contextlib import suppress
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import download
from ansible_collections.osops.glance.plugins.module_utils._content.http_request import HttpSettings
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._content.http_site import (
    CONTENT,
    CUT,
    DATED,
    PROVABLE,
    TAGGED,
    TUESDAY,
    Handler,
    Respond,
    Site,
    chunked,
    endless,
    read,
    status,
    vanish,
    whole,
)

pytestmark = pytest.mark.usefixtures("delays")


def trickle(handler: Handler) -> None:
    """Send a byte from time to time without end: no single read takes long."""
    handler.send(200, {"Content-Length": str(len(CONTENT)), "ETag": '"1"'})
    with suppress(OSError):
        for number in range(600):
            handler.wfile.write(CONTENT[number : number + 1])
            threading.Event().wait(0.05)  # time.sleep() is replaced in these tests


def test_length_is_optional_with_a_checksum(site: Site) -> None:
    assert read(UrlSource(site.url(endless()), PROVABLE)) == CONTENT


def test_endless_download_times_out(site: Site) -> None:
    url = UrlSource(site.url(trickle), settings=HttpSettings(timeout=0.5, stall_timeout=5, retries=0))
    start = time.monotonic()
    with pytest.raises(GlanceError, match=r"was not downloaded within 0\.5 seconds \(timeout\), only \d+ bytes"):
        str(url.head)
    assert time.monotonic() - start < 5


def test_attempts_end_at_the_timeout(site: Site) -> None:
    url = UrlSource(site.url(status(503)), settings=HttpSettings(timeout=0.2, retries=1000, retry_delay=0.05))
    with pytest.raises(GlanceError, match=r"503.*, and 0\.2 seconds \(timeout\) leave no time for another attempt"):
        str(url.head)


@pytest.mark.parametrize(
    "responses",
    [
        pytest.param([whole(cut=CUT, **DATED), whole(**DATED)], id="by its date"),
        pytest.param([whole(cut=CUT, **TAGGED), whole(**TAGGED)], id="by its tag"),
        pytest.param(
            [whole(cut=CUT, ETag='W/"1"', **DATED), whole(ETag='W/"1"', **DATED)], id="by its date and a weak tag"
        ),
        pytest.param([whole(cut=CUT, **DATED), status(503), vanish, whole(**DATED)], id="with more failures"),
        pytest.param([chunked(cut=CUT, **DATED), whole(**DATED)], id="in chunks"),
        pytest.param([whole(cut=CUT, **DATED, **TAGGED), whole(**TAGGED)], id="with fewer headers for the rest"),
    ],
)
def test_interrupted_download_is_resumed(site: Site, responses: list[Respond]) -> None:
    url = UrlSource(site.url(*responses))
    assert read(url) == CONTENT
    assert site.ranges()[0] is None
    assert site.ranges()[-1] == f"bytes={CUT}-"


def test_progress_resets_the_number_of_failures(site: Site, delays: list[float]) -> None:
    content = os.urandom(8 * PIECE)
    cuts = [whole(content, cut=number * PIECE, **TAGGED) for number in range(1, 8)]
    url = UrlSource(site.url(*cuts, whole(content, **TAGGED)), settings=HttpSettings(retries=1))
    assert read(url) == content
    assert delays == [5] * 7


def test_download_without_validator_is_resumed_with_a_checksum(site: Site) -> None:
    assert read(UrlSource(site.url(whole(cut=CUT), whole()), PROVABLE)) == CONTENT
    assert "If-Range" not in site.requests[1].headers


def test_download_interrupted_at_its_end_is_complete_if_the_server_confirms_it(site: Site) -> None:
    respond = chunked(cut=len(CONTENT), **DATED)  # but no last chunk
    url = UrlSource(site.url(respond, whole(**DATED)))
    assert read(url) == CONTENT
    assert site.ranges() == [None, f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize(
    ("responses", "message"),
    [
        pytest.param([whole(cut=CUT, **TAGGED), whole(ETag='"2"')], "changed during the download", id="other tag"),
        pytest.param(
            [whole(cut=CUT, **DATED), whole(Last_Modified=TUESDAY)], "changed during the download", id="other date"
        ),
        pytest.param(
            [whole(cut=CUT, **TAGGED), whole(ETag='"2"', ignores_condition=True)],
            "changed during the download",
            id="rest of another content",
        ),
        pytest.param(
            [whole(cut=CUT, **DATED), whole(CONTENT + b"more", **DATED)],
            "changed during the download",
            id="grown",
        ),
        pytest.param(
            [whole(cut=CUT, **DATED), whole(ranges=False, **DATED)],
            f"was interrupted after {CUT} bytes, and the server does not send the rest alone",
            id="server without ranges",
        ),
        pytest.param([whole(cut=CUT)], "neither a date nor an ETag", id="no validator"),
        pytest.param(
            [whole(length=len(CONTENT) + 1, **DATED)],
            f"ended after {len(CONTENT)} of {len(CONTENT) + 1} bytes, and the server reports that this is all",
            id="less than was announced",
        ),
    ],
)
def test_download_that_cannot_be_resumed_is_a_retryable_error(
    site: Site, responses: list[Respond], message: str
) -> None:
    with pytest.raises(RetryableError, match=message):
        read(UrlSource(site.url(*responses)))


@pytest.mark.parametrize("size", [1, 70_001, CUT])
def test_content_longer_than_announced_is_an_error(site: Site, size: int) -> None:
    with pytest.raises(GlanceError, match=f"longer than the {size} bytes that the server announced"):
        read(UrlSource(site.url(whole(length=size, **DATED))))


def test_stalled_download_is_resumed(site: Site) -> None:
    released = threading.Event()

    def stall(handler: Handler) -> None:
        whole(cut=CUT, **DATED)(handler)
        released.wait(20)

    try:
        assert read(UrlSource(site.url(stall, whole(**DATED)), settings=HttpSettings(stall_timeout=0.2))) == CONTENT
    finally:
        released.set()
    assert site.ranges() == [None, f"bytes={CUT}-"]


def test_slow_download_yields_incomplete_pieces(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_PIECE_SECONDS", -1)
    pieces = list(UrlSource(site.url(whole(**DATED))).pieces())
    assert b"".join(pieces) == CONTENT
    assert len(pieces) > len(CONTENT) / PIECE


@pytest.mark.parametrize(
    ("failures", "waited"),
    [
        pytest.param([status(500)], [5], id="error of the server"),
        pytest.param([status(503), status(502), status(504)], [5, 10, 20], id="exponential backoff"),
        pytest.param([status(408)], [5], id="timeout at the server"),
        pytest.param([status(429, Retry_After="0"), status(429, Retry_After="1")], [0, 1], id="delay of the server"),
        pytest.param([status(503, Retry_After="86400")], [120], id="long delay of the server"),
        pytest.param([status(503, Retry_After="soon")], [5], id="invalid delay of the server"),
        pytest.param([vanish], [5], id="no response"),
    ],
)
def test_failed_request_is_repeated(site: Site, delays: list[float], failures: list[Respond], waited: Any) -> None:
    assert read(UrlSource(site.url(*failures, whole(**DATED)))) == CONTENT
    assert delays == waited


@pytest.mark.parametrize(
    ("responses", "message", "requests"),
    [
        pytest.param([status(404)], "cannot be downloaded: HTTP Error 404: Not Found$", 1, id="404"),
        pytest.param([status(403)], "cannot be downloaded: HTTP Error 403: Forbidden$", 1, id="403"),
        pytest.param([status(500)], r"HTTP Error 500: Internal Server Error \(4 attempts\)", 4, id="500 each time"),
        pytest.param([vanish], r"Remote end closed connection.*\(4 attempts\)", 4, id="no response"),
        pytest.param([whole(cut=CUT, **DATED), status(404)], "HTTP Error 404", 2, id="gone after a part"),
        pytest.param([whole(cut=CUT, **DATED), vanish], r"\(4 attempts\)", 4, id="unreachable after a part"),
        pytest.param([endless(**DATED)], "does not report the size", 1, id="no length"),
        pytest.param([status(206, Content_Range="bytes 0-1/2")], "sends only a range of it", 1, id="range"),
    ],
)
def test_failed_download_reports_the_response(
    site: Site, responses: list[Respond], message: str, requests: int
) -> None:
    with pytest.raises(GlanceError, match=message):
        read(UrlSource(site.url(*responses)))
    assert len(site.requests) == requests


def test_unreachable_server_is_reported() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    with pytest.raises(GlanceError, match=r"cannot be downloaded: Connection refused \(3 attempts\)"):
        read(UrlSource(f"http://127.0.0.1:{port}/x", settings=HttpSettings(retries=2)))


def test_rest_is_requested_from_the_target_of_the_redirect(site: Site) -> None:
    site.url(whole(cut=CUT, **DATED), whole(**DATED), path="/mirror")
    assert read(UrlSource(site.url(status(302, Location="/mirror")))) == CONTENT
    assert [request.path for request in site.requests] == ["/x.img", "/mirror", "/mirror"]


def test_redirect_is_followed_again_when_its_target_has_expired(site: Site) -> None:
    site.url(whole(cut=CUT, **DATED), status(403), path="/signed-1")
    site.url(whole(**DATED), path="/signed-2")
    assert read(UrlSource(site.url(status(302, Location="/signed-1"), status(302, Location="/signed-2")))) == CONTENT
    assert [request.path for request in site.requests] == ["/x.img", "/signed-1", "/signed-1", "/x.img", "/signed-2"]
