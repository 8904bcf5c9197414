# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that send the content of an image or read it."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import compute_digests
from ansible_collections.osops.glance.plugins.module_utils._content.retry_after import parse_retry_after
from ansible_collections.osops.glance.plugins.module_utils._content.send import Body
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._image.connection import PATH, ImageConnection
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import error_message, failure_message
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import RETRYABLE_STATUS_CODES, SEND_ONCE

# Responses to a PUT that may succeed when the content is sent again: an expired token, a timeout, too many requests,
# and failures of a proxy or load balancer.
RETRYABLE_UPLOAD_CODES = (401, 408, 429, *RETRYABLE_STATUS_CODES)
TOKEN_LIFETIME = 600  # seconds that a token must be valid for when an upload begins
OCTETS = {"Content-Type": "application/octet-stream"}


class ImageContent:
    """The content of images of the service."""

    def __init__(self, connection: ImageConnection, session: Any) -> None:
        self._connection = connection
        self._session = session

    def refresh_token(self) -> None:
        """Replace a token that expires soon: the content is sent once, so the token cannot be replaced during that."""
        get_access = getattr(self._session.auth, "get_access", None)
        if get_access and get_access(self._session).will_expire_soon(TOKEN_LIFETIME):
            self._session.invalidate()

    def send(self, image_id: str, body: Body, stall: float, timeout: float, store: str | None = None) -> None:
        """Send the content in one request that is never repeated; raise RetryableError if it can be sent again.

        stall: seconds within which the service must read more of it.
        timeout: seconds within which it must respond after that.
        store: the store for the data, if the service does not choose it.
        """
        size = {} if body.size is None else {"X-OpenStack-Image-Size": str(body.size)}
        headers = {**OCTETS, **size, **({"X-Image-Meta-Store": store} if store else {})}
        response = self._connection.service.request(
            "PUT",
            f"{PATH}/{image_id}/file",
            accept=RETRYABLE_UPLOAD_CODES,
            headers=headers,
            data=body,
            timeout=(stall, max(timeout, 1.0)),
            **SEND_ONCE,
        )
        if response.status_code == 401:
            self._session.invalidate()
        if response.status_code in RETRYABLE_UPLOAD_CODES:
            raise RetryableError(
                failure_message("PUT", response), parse_retry_after(response.headers.get("Retry-After"))
            )

    def refusal(self, image_id: str, content: bytes) -> str | None:
        """Send the content; return why the service refuses it, or None if it accepts it."""
        headers = {**OCTETS, "X-OpenStack-Image-Size": str(len(content))}
        path = f"{PATH}/{image_id}/file"
        response = self._connection.service.request("PUT", path, accept=(400, 415), headers=headers, data=content)
        if response.status_code == 415:  # its text only mentions the media type of the request
            return "415; the format inspection of the service wrote the cause to its log"
        return error_message(response) if response.status_code >= 400 else None

    def digest(self, image_id: str, algorithm: str) -> str:
        """Return the digest of the content that the service returns."""
        response = self._connection.service.request("GET", f"{PATH}/{image_id}/file", stream=True)
        return compute_digests(response.iter_content(PIECE), [algorithm])[algorithm]
