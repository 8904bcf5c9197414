# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.response_metadata import (
    ResponseMetadata,
    metadata_of,
    parse_content_range,
)

KNOWN = ResponseMetadata(7, "Monday", '"1"')


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        pytest.param(200, {"Content-Length": "7", "ETag": '"1"'}, (7, None, '"1"'), id="whole content"),
        pytest.param(200, {"Content-Length": "-7", "Last-Modified": "Monday"}, (None, "Monday", None), id="bad length"),
        pytest.param(206, {"Content-Length": "2", "Content-Range": "bytes 5-6/7"}, (7, None, None), id="range"),
        pytest.param(206, {"Content-Length": "2", "Content-Range": "bytes 5-6/*"}, (None, None, None), id="no total"),
    ],
)
def test_metadata_are_read_from_headers(status: int, headers: dict[str, str], expected: tuple[object, ...]) -> None:
    assert metadata_of(SimpleNamespace(status=status, headers=headers)) == expected


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param(KNOWN, True, id="same"),
        pytest.param(ResponseMetadata(None, None, None), True, id="no headers"),
        pytest.param(KNOWN._replace(size=8), False, id="other size"),
        pytest.param(KNOWN._replace(modified="Tuesday"), False, id="other date"),
        pytest.param(KNOWN._replace(etag='"2"'), True, id="mirror with another ETag"),
        pytest.param(KNOWN._replace(modified=None, etag='"2"'), False, id="other ETag without date"),
    ],
)
def test_metadata_are_compared(metadata: ResponseMetadata, expected: bool) -> None:
    assert metadata.matches(KNOWN) is expected


@pytest.mark.parametrize(("etag", "condition"), [('"1"', '"1"'), ('W/"1"', "Monday"), (None, "Monday")])
def test_range_condition_is_no_weak_etag(etag: str | None, condition: str) -> None:
    assert KNOWN._replace(etag=etag).range_condition == condition


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bytes 5-6/7", (5, "7")), ("bytes */7", (None, "7")), ("bytes 0-1/*", (0, "*")), ("lines 1-2/3", (None, "*"))],
)
def test_content_range_is_parsed(text: str, expected: tuple[int | None, str]) -> None:
    assert parse_content_range({"Content-Range": text}) == expected
