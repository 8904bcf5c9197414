# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the Image API: with retries where they can be repeated, and with the clock of the service."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document, failure_message
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service

PATH = "/v2/images"


class Forbidden(GlanceError):
    """The service refuses a request with 403, such as for a protected property."""


class ImageConnection:
    """Connection to the Image API for one thread."""

    def __init__(self, service: Service, retry_policy: RetryPolicy) -> None:
        self.service = service
        self.retry_policy = retry_policy
        self._clock_offset = 0.0  # seconds by which the clock of the service is ahead of that of the host

    @property
    def now(self) -> float:
        """The time by the clock of the service, in seconds since the epoch."""
        return time.time() + self._clock_offset

    def is_in_catalog(self) -> bool:
        """Return whether the catalog has the service."""
        return self.service.is_in_catalog()

    def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Send a request that can be repeated, and return the response."""
        response = self.retry_policy.call(lambda: self.service.request(method, path, **arguments))
        date = response.headers.get("Date")
        if date:
            self._clock_offset = parsedate_to_datetime(date).timestamp() - time.time()
        return response

    def send_once(self, method: str, path: str, **arguments: Any) -> Any:
        """Send a request that must not be repeated, and return its document; raise Forbidden on 403."""
        response = self.service.request(method, path, accept=(403,), **arguments)
        if response.status_code == 403:
            raise Forbidden(failure_message(method, response))
        return document(response)
