# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.fakes import (
    URL,
    ConnectionLost,
    FakeAdapter,
    FakeError,
    FakeResponse,
    service,
)


def test_response_is_returned() -> None:
    adapter = FakeAdapter(response=FakeResponse(201))

    response = Service(adapter, ()).request("POST", "/v2/images", json={"name": "x"})

    assert response.status_code == 201
    assert adapter.requests == [("POST", "/v2/images", {"raise_exc": False, "json": {"name": "x"}})]


def test_failure_has_url_status_message_and_request_id() -> None:
    refusal = FakeResponse(403, '{"error": {"message": "No admin"}}', x_openstack_request_id="req-1")

    with pytest.raises(GlanceError) as caught:
        service(refusal).get("/v2/images")

    assert str(caught.value) == f"GET {URL} answered 403: No admin (request req-1)"


def test_accepted_status_is_not_an_error() -> None:
    assert service(FakeResponse(409)).request("POST", "/v2/images", accept=(409,)).status_code == 409


@pytest.mark.parametrize(
    ("response", "expected"),
    [(FakeResponse(404, "gone"), None), (FakeResponse(text='{"id": "1"}'), {"id": "1"})],
    ids=["not-there", "there"],
)
def test_find_returns_the_document_or_none(response: FakeResponse, expected: Any) -> None:
    assert service(response).find("/v2/images/1") == expected


@pytest.mark.parametrize("read", ["get", "find"])
def test_response_that_is_not_json_is_an_error(read: str) -> None:
    page = FakeResponse(text="<html><h1>Log in</h1></html>")

    with pytest.raises(GlanceError, match=f"The response of {URL} is not JSON: Log in"):
        getattr(service(page), read)("/v2/images")


def test_missing_response_is_reported_with_its_root_cause() -> None:
    failed = FakeError("")
    try:
        try:
            raise ConnectionRefusedError("Connection refused")
        except OSError as error:
            raise FakeError(f"Unable to connect to {URL}: HTTPConnectionPool(host=...): Max retries") from error
    except FakeError as error:
        failed = error

    with pytest.raises(GlanceError) as caught:
        service(failed).get("/v2/images")

    assert str(caught.value) == (
        f"GET /v2/images of the image service got no response: Unable to connect to {URL}: Connection refused"
    )


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (FakeResponse(500), RetryableError),
        (FakeResponse(502), RetryableError),
        (FakeResponse(503), RetryableError),
        (FakeResponse(504), RetryableError),
        (FakeResponse(501), GlanceError),
        (FakeResponse(409), GlanceError),
        (ConnectionLost("reset"), RetryableError),
        (FakeError("no such endpoint"), GlanceError),
    ],
    ids=["500", "502", "503", "504", "501", "409", "connection", "other"],
)
def test_request_is_sent_once_and_temporary_failures_are_retryable(response: Any, expected: type[Exception]) -> None:
    adapter = FakeAdapter(response=response)

    with pytest.raises(GlanceError) as caught:
        Service(adapter, (FakeError,), (ConnectionLost,)).request("GET", "/")

    assert caught.type is expected
    assert len(adapter.requests) == 1
