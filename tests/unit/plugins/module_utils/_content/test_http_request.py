# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import socket
import ssl
from datetime import datetime, timezone
from email.utils import format_datetime
from http.client import InvalidURL
from typing import Any
from urllib.error import URLError

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.http_request import (
    HttpSettings,
    classified_error,
)
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.errors import PermanentError, RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._content.http_site import (
    CONTENT,
    DATED,
    Handler,
    Site,
    read,
    status,
    whole,
)

pytestmark = pytest.mark.usefixtures("delays")


def test_date_in_retry_after_is_respected(site: Site, delays: list[float]) -> None:
    moment = format_datetime(datetime.now(timezone.utc) + datetime.resolution, usegmt=True)
    assert read(UrlSource(site.url(status(503, Retry_After=moment), whole(**DATED)))) == CONTENT
    assert delays == [0]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(ssl.SSLCertVerificationError("self-signed certificate"), PermanentError, id="certificate"),
        pytest.param(ssl.SSLError(1, "wrong version number"), PermanentError, id="no TLS"),
        pytest.param(ssl.SSLEOFError(8, "EOF"), RetryableError, id="TLS interrupted"),
        pytest.param(socket.gaierror(socket.EAI_NONAME, "unknown"), PermanentError, id="unknown host"),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, "later"), RetryableError, id="no name server"),
        pytest.param(socket.timeout("timed out"), RetryableError, id="timeout"),
        pytest.param(ConnectionResetError(104, "reset"), RetryableError, id="reset"),
        pytest.param(InvalidURL("nonnumeric port"), PermanentError, id="invalid"),
        pytest.param("no host given", PermanentError, id="text"),
    ],
)
def test_connection_errors_are_temporary_or_permanent(error: Any, expected: type[Exception]) -> None:
    assert classified_error(URLError(error)).__class__ is expected


def test_redirects_are_followed(site: Site) -> None:
    target = site.url(whole(**DATED), path="/real.img")
    url = UrlSource(site.url(status(302, Location="/again"), path="/x"))
    site.url(status(307, Location=target), path="/again")
    assert read(url) == CONTENT
    assert [request.path for request in site.requests] == ["/x", "/again", "/real.img"]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        pytest.param("file:///etc/passwd", "redirects to file:///etc/passwd, which is neither http", id="file"),
        pytest.param("ftp://user:s3cret@host/x", "redirects to ftp://host/x, which is neither http", id="ftp"),
        pytest.param("http://host:port/x", "redirects to an invalid URL", id="no port"),
        pytest.param("http://[", "a redirect of it, or a header is not valid", id="invalid"),
        pytest.param("/x.img", "more than 10 redirects", id="circular"),
    ],
)
def test_invalid_redirect_is_an_error(site: Site, location: str, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        read(UrlSource(site.url(status(302, Location=location))))


def test_headers_are_not_sent_to_another_server(site: Site, other_site: Site) -> None:
    settings = HttpSettings(headers={"X-Token": "s3cret"})
    url = site.url(status(302, Location=other_site.url(whole(**DATED))))
    site.url(status(302, Location="/x.img"), path="/first")
    assert read(UrlSource(url.replace("/x.img", "/first"), settings=settings)) == CONTENT
    assert [request.headers["X-Token"] for request in site.requests] == ["s3cret", "s3cret"]
    assert "X-Token" not in other_site.requests[0].headers


CHALLENGE = {"WWW_Authenticate": 'Basic realm="images"'}


def guarded(handler: Handler) -> None:
    expected = "Basic " + base64.b64encode(b"me:p/w").decode()
    respond = whole(**DATED) if handler.headers.get("Authorization") == expected else status(401, **CHALLENGE)
    respond(handler)


@pytest.mark.parametrize("inside", [True, False], ids=["in the URL", "in options"])
def test_credentials_are_sent(site: Site, inside: bool) -> None:
    url = site.url(guarded)
    settings = None if inside else HttpSettings(username="me", password="p/w")
    assert read(UrlSource(url.replace("//", "//me:p%2Fw@") if inside else url, settings=settings)) == CONTENT


def test_message_about_wrong_credentials_has_no_password(site: Site) -> None:
    with pytest.raises(GlanceError, match="HTTP Error 401") as raised:
        read(UrlSource(site.url(guarded).replace("//", "//me:s3cret@")))
    assert "s3cret" not in str(raised.value)
