# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.http_request import HttpSettings
from ansible_collections.osops.glance.plugins.module_utils._content.url import (
    redacted_url,
    server_of,
    split_credentials,
)
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

pytestmark = pytest.mark.usefixtures("delays")


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "/srv/x", "http:///x"])
def test_url_with_another_scheme_is_an_error(url: str) -> None:
    with pytest.raises(GlanceError, match="neither http nor https"):
        UrlSource(url)


@pytest.mark.parametrize("url", ["http://user:s3/cret@host/x", "http://host:s3cret/x", "https://[s3cret/x"])
def test_invalid_url_is_not_in_the_message(url: str) -> None:
    with pytest.raises(GlanceError, match="Percent-encode") as raised:
        UrlSource(url)
    assert "s3" not in str(raised.value)


def test_redacted_url_has_no_secrets() -> None:
    assert redacted_url("https://user:s3cret@host:8080/a/b.img?signature=s3cret#x") == "https://host:8080/a/b.img"
    assert "s3cret" not in UrlSource("https://user:s3cret@host/b.img?signature=s3cret").name
    assert "s3cret" not in repr(HttpSettings(password="s3cret", headers={"X-Token": "s3cret"}))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://host/x", ("https", "host", 443)),
        ("http://HOST:8080/x", ("http", "host", 8080)),
        ("http://me:pw@host/x", ("http", "host", 80)),
    ],
)
def test_server_of_a_url(url: str, expected: tuple[str, str, int]) -> None:
    assert server_of(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host/x?a=b", ("http://host/x?a=b", None, None)),
        ("http://me:p%2Fw@host/x", ("http://host/x", "me", "p/w")),
        ("http://me@host/x", ("http://host/x", "me", "")),
    ],
)
def test_credentials_are_split_from_a_url(url: str, expected: tuple[str, str | None, str | None]) -> None:
    assert split_credentials(url) == expected
