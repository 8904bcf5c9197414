# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.source import HEAD
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._content.http_site import (
    CONTENT,
    DATED,
    TUESDAY,
    Respond,
    Site,
    chunked,
    read,
    status,
    vanish,
    whole,
)

pytestmark = pytest.mark.usefixtures("delays")


@pytest.mark.parametrize(
    ("respond", "size"),
    [
        pytest.param(whole(**DATED), len(CONTENT), id="with a length"),
        pytest.param(chunked(**DATED), None, id="in chunks"),
        pytest.param(whole(Content_Encoding="gzip"), len(CONTENT), id="with Content-Encoding"),
    ],
)
def test_url_is_read_with_one_request(site: Site, respond: Respond, size: int | None) -> None:
    url = UrlSource(site.url(respond))
    assert url.size == size
    assert url.head == CONTENT[:HEAD]
    assert read(url) == CONTENT
    assert len(site.requests) == 1
    assert site.requests[0].headers["Accept-Encoding"] == "identity"


def test_url_is_downloaded_again_when_it_is_read_again(site: Site) -> None:
    url = UrlSource(site.url(whole(**DATED)))
    assert url.head == CONTENT[:HEAD]
    assert read(url) == read(url) == CONTENT
    assert site.ranges() == [None, None]


def test_no_request_is_sent_before_content_is_needed(site: Site) -> None:
    UrlSource(site.url(whole()))
    assert site.requests == []


def test_compressed_download_is_decompressed(site: Site) -> None:
    url = UrlSource(site.url(whole(gzip.compress(CONTENT), **DATED)), decompress="auto")
    assert (url.size, url.head, url.is_decompressed) == (None, CONTENT[:HEAD], True)
    assert read(url) == CONTENT
    assert len(site.requests) == 1


def test_origin_depends_on_url_date_and_decompression(site: Site) -> None:
    first, other = site.url(whole(**DATED)), site.url(whole(**DATED), path="/y")
    assert UrlSource(first).origin == UrlSource(first).origin
    assert (
        UrlSource(first, decompress="auto").origin
        == UrlSource(first, decompress="gz").origin
        != UrlSource(first).origin
    )
    assert UrlSource(first).origin != UrlSource(other).origin


@pytest.mark.parametrize(
    ("head", "same", "methods"),
    [
        pytest.param(whole(**DATED), True, ["HEAD"], id="same"),
        pytest.param(status(405), True, ["HEAD", "GET"], id="server without HEAD"),
        pytest.param(status(200), True, ["HEAD", "GET"], id="fewer headers"),
        pytest.param(vanish, True, ["HEAD", "GET"], id="no response"),
        pytest.param(whole(Last_Modified=TUESDAY), False, ["HEAD", "GET"], id="other date"),
    ],
)
def test_unchanged_url_is_not_downloaded(site: Site, head: Respond, same: bool, methods: list[str]) -> None:
    url = site.url(whole(**DATED))
    origin = UrlSource(url).origin
    site.url(head, whole(**DATED) if same else whole(Last_Modified=TUESDAY))
    site.requests.clear()
    assert UrlSource(url).matches_origin(str(origin)) is same
    assert [request.method for request in site.requests] == methods


VALID, OTHER_TAG = {"ETag": '"1"', **DATED}, {"ETag": '"2"', **DATED}


OTHER_DATE = {"ETag": '"1"', "Last_Modified": TUESDAY}


@pytest.mark.parametrize(
    ("then", "now", "headers", "size", "same"),
    [
        pytest.param("?X-Amz-Signature=1&X-Amz-Date=1", "?X-Amz-Signature=2&X-Amz-Date=2", DATED, 0, True, id="S3"),
        pytest.param("?X-Amz-Signature=1", "", VALID, 0, True, id="public since"),
        pytest.param("?X-Amz-Signature=1", "?X-Amz-Signature=2", OTHER_TAG, 0, True, id="mirror with another ETag"),
        pytest.param("?custom=1", "?custom=2", VALID, 0, True, id="unknown signature"),
        pytest.param("?custom=1", "?custom=2", OTHER_DATE, 0, True, id="same ETag, as of a copy"),
        pytest.param("?custom=1", "?custom=2", OTHER_TAG, 0, False, id="other content of the same date"),
        pytest.param("?custom=1", "?custom=2", VALID, 1, False, id="other size"),
        pytest.param("?X-Amz-Signature=1", "?X-Amz-Signature=2", VALID, 1, False, id="S3, other size"),
        pytest.param("?X-Amz-Signature=1", "?X-Amz-Signature=2", {"Last_Modified": TUESDAY}, 0, False, id="S3, newer"),
        pytest.param("?custom=1", "?custom=2", {}, 0, False, id="no validator"),
    ],
)
@pytest.mark.parametrize("takes_head", [True, False], ids=["HEAD", "GET alone"])
def test_signature_in_the_url_does_not_change_the_content(
    site: Site, then: str, now: str, headers: dict[str, str], size: int, same: bool, takes_head: bool
) -> None:
    first = UrlSource(site.url(whole(**VALID)) + then)
    recorded = [str(first.origin), str(first.validator)]
    respond = whole(CONTENT + b"x" * size, **headers)
    second = UrlSource(site.url(*([] if takes_head else [status(403)]), respond) + now)
    assert second.matches_origin(*recorded) is same


def test_credentials_do_not_change_the_origin(site: Site) -> None:
    url = site.url(whole(**DATED), whole(**DATED))
    first, second = (url.replace("//", f"//me:{password}@") for password in ("old", "new"))
    assert UrlSource(first).origin == UrlSource(second).origin


def test_url_without_query_has_no_validator(site: Site) -> None:
    assert UrlSource(site.url(whole(**VALID))).validator is None


def test_url_without_any_validator_needs_a_checksum(site: Site) -> None:
    with pytest.raises(GlanceError, match="Set its checksum"):
        assert UrlSource(site.url(chunked())).origin


def test_changed_content_is_an_error_when_it_is_read_again(site: Site) -> None:
    url = UrlSource(site.url(whole(**DATED), whole(Last_Modified=TUESDAY)))
    assert read(url) == CONTENT
    with pytest.raises(RetryableError, match="changed during the download"):
        read(url)
