# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to one service of a cloud."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import (
    causes,
    document,
    error_cause,
    failure_message,
)

# For a request whose body can be read once only: a repetition would send an empty or incomplete body.
SEND_ONCE: dict[str, Any] = {"connect_retries": 0, "status_code_retries": 0, "allow_reauth": False, "redirect": False}
RETRYABLE_STATUS_CODES = (500, 502, 503, 504)


class Service:
    """The REST API of one service in the catalog.

    errors: the exceptions of openstacksdk and keystoneauth.
    connection_errors: those that another attempt may not have.
    """

    def __init__(
        self,
        adapter: Any,
        errors: tuple[type[Exception], ...],
        connection_errors: tuple[type[Exception], ...] = (),
    ) -> None:
        self._adapter = adapter
        self._errors = errors
        self._connection_errors = connection_errors
        self.name: str = adapter.service_type

    def is_in_catalog(self) -> bool:
        """Return whether the catalog has the service in the region; in the first check run it is not registered yet."""
        try:
            return bool(self._adapter.get_endpoint())
        except self._errors:  # some releases raise an error where others return None
            return False

    def request(self, method: str, path: str, accept: tuple[int, ...] = (), **arguments: Any) -> Any:
        """Send one request once and return the response.

        Raise GlanceError for a status of 400 or more that is not in `accept`; RetryableError if another attempt may
        succeed.
        """
        try:
            response = self._adapter.request(path, method, raise_exc=False, **arguments)
        except self._errors as error:
            kind = RetryableError if is_temporary(error, self._connection_errors) else GlanceError
            raise kind(f"{method} {path} of the {self.name} service got no response: {error_cause(error)}") from error
        if response.status_code >= 400 and response.status_code not in accept:
            kind = RetryableError if response.status_code in RETRYABLE_STATUS_CODES else GlanceError
            raise kind(failure_message(method, response))
        return response

    def get(self, path: str, **arguments: Any) -> Any:
        """Return the JSON document at a path."""
        return document(self.request("GET", path, **arguments))

    def find(self, path: str, **arguments: Any) -> Any | None:
        """Return the JSON document at a path; None if the status is 404."""
        response = self.request("GET", path, accept=(404,), **arguments)
        return None if response.status_code == 404 else document(response)


def is_temporary(error: BaseException, connection_errors: tuple[type[Exception], ...]) -> bool:
    """Return whether an error, or a cause of it, is a failed connection or a retryable status."""
    return any(
        isinstance(each, connection_errors) or getattr(each, "http_status", None) in RETRYABLE_STATUS_CODES
        for each in causes(error)
    )
