# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fakes of keystoneauth for tests."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service

URL = "http://controller:9292/v2/images"


class FakeError(Exception):
    """An exception of keystoneauth."""


class ConnectionLost(FakeError):
    """The exception of keystoneauth for an interrupted connection."""


class FakeResponse:
    url = URL
    reason = "Reason"

    def __init__(self, status_code: int = 200, text: str = "{}", **headers: str) -> None:
        self.status_code = status_code
        self.text = text
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def json(self) -> Any:
        return json.loads(self.text)


class FakeAdapter:
    def __init__(self, service_type: str = "image", response: Any = None, **arguments: Any) -> None:
        self.service_type = service_type
        self.arguments = arguments
        self.requests: list[tuple[Any, ...]] = []
        self._response = response

    def request(self, path: str, method: str, **arguments: Any) -> Any:
        self.requests.append((method, path, arguments))
        if isinstance(self._response, Exception):
            raise self._response
        return self._response


def service(response: Any) -> Service:
    return Service(FakeAdapter(response=response), (FakeError,))


class Clock:
    """A clock that records pauses and skips them."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
