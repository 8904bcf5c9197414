# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.connection import Forbidden, ImageConnection
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    NOW,
    FakeGlance,
    answered,
)


class FakeAdapter(FakeGlance):
    """An adapter with given responses."""

    def __init__(self, *responses: Any) -> None:
        super().__init__()
        self.responses = list(responses)

    def request(self, path: str, method: str, **arguments: Any) -> Any:
        self.calls.append(f"{method} {path}")
        return self.responses.pop(0)


def connection(adapter: FakeAdapter) -> ImageConnection:
    return ImageConnection(Service(adapter, (OSError,)), RetryPolicy())


@pytest.fixture(autouse=True)
def _clock(clock: Any) -> None:
    """Do not sleep between two attempts."""


def test_repeatable_request_is_retried() -> None:
    adapter = FakeAdapter(answered(503, {}), answered(200, {"id": "1"}))
    assert connection(adapter).request("GET", "/v2/images/1").json() == {"id": "1"}
    assert adapter.calls == ["GET /v2/images/1"] * 2


def test_other_request_is_sent_once() -> None:
    adapter = FakeAdapter(answered(503, {}), answered(200, {}))
    with pytest.raises(GlanceError, match="answered 503"):
        connection(adapter).send_once("POST", "/v2/images")
    assert adapter.calls == ["POST /v2/images"]


def test_document_of_the_response_is_returned() -> None:
    assert connection(FakeAdapter(answered(201, {"id": "1"}))).send_once("POST", "/v2/images") == {"id": "1"}


def test_forbidden_request_is_distinguished() -> None:
    with pytest.raises(Forbidden, match="answered 403: reserved"):
        connection(FakeAdapter(answered(403, {"message": "reserved"}))).send_once("POST", "/v2/images")


def test_clock_follows_the_date_of_responses() -> None:
    requests = connection(FakeAdapter(answered(200, {})))
    assert abs(requests.now - time.time()) < 5
    requests.request("GET", "/v2/images")
    assert abs(requests.now - NOW.timestamp()) < 5
