# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests to any server: redirects, credentials, and the distinction between temporary and permanent failures."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import HTTPException, InvalidURL
from typing import Any, Mapping, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin

from ansible.module_utils import urls

from ansible_collections.osops.glance.plugins.module_utils._content.retry_after import parse_retry_after
from ansible_collections.osops.glance.plugins.module_utils._content.url import redacted_url, server_of
from ansible_collections.osops.glance.plugins.module_utils._core.errors import PermanentError, RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

STALL_TIMEOUT = 60  # seconds without a byte
MAX_REDIRECTS = 10
REDIRECT_STATUS_CODES = (301, 302, 303, 307, 308)
RETRYABLE_STATUS_CODES = (408, 425, 429)  # in addition to all from 500


@dataclass(frozen=True)
class HttpSettings:
    """Credentials, TLS settings and limits of requests.

    stall_timeout: seconds without a byte.
    timeout: seconds for one download with all attempts and pauses; None for no limit.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    retries: int = 3
    retry_delay: float = 5
    stall_timeout: float = STALL_TIMEOUT
    timeout: float | None = None

    def without_credentials(self) -> HttpSettings:
        """Return the settings for another server."""
        return replace(self, username=None, password=None, headers={})


class HttpStatusError(PermanentError):
    """A response with a status that another attempt does not change."""

    def __init__(self, message: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class Response(NamedTuple):
    """A response, and the URL and settings of the request after all redirects."""

    raw: Any
    url: str
    settings: HttpSettings


def send_request(url: str, settings: HttpSettings, headers: Mapping[str, str], method: str = "GET") -> Response:
    """Send a request and follow redirects; credentials are sent only to the server of the first URL.

    Raise RetryableError or PermanentError where there is no successful response.
    """
    for _redirect in range(MAX_REDIRECTS):
        try:
            return Response(open_url(url, settings, headers, method), url, settings)
        except HTTPError as response:
            with closing(response):
                target = redirect_target(url, response)
        if server_of(target) != server_of(url):
            settings = settings.without_credentials()
        url = target
    raise PermanentError(f"more than {MAX_REDIRECTS} redirects")


def open_url(url: str, settings: HttpSettings, headers: Mapping[str, str], method: str = "GET") -> Any:
    """Return the response of one server; raise HTTPError for its status, or the classified error of the connection."""
    try:
        return urls.open_url(
            url,
            method=method,
            headers={**settings.headers, "Accept-Encoding": "identity", **headers},
            timeout=settings.stall_timeout,
            validate_certs=settings.validate_certs,
            ca_path=settings.ca_path,
            url_username=settings.username,
            url_password=settings.password,
            follow_redirects="no",
            decompress=False,
            http_agent="osops.glance",
        )
    except HTTPError:
        raise
    except (OSError, HTTPException, ValueError, urls.ConnectionError) as error:
        raise classified_error(error) from error


def classified_error(error: Exception) -> GlanceError:
    """Return the error of a connection as a RetryableError or a PermanentError."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, InvalidURL) or (isinstance(cause, ValueError) and not isinstance(cause, OSError)):
        return PermanentError("the URL, a redirect of it, or a header is not valid")
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        reason = getattr(cause, "verify_message", None) or getattr(cause, "reason", None) or cause
        return PermanentError(f"TLS: {reason}")
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
        return PermanentError(f"the host name cannot be resolved ({cause.strerror})")
    if isinstance(cause, (OSError, HTTPException)):
        return RetryableError(connection_error_message(cause))
    return PermanentError(str(cause))


def connection_error_message(error: Exception) -> str:
    """Return the message for a failed connection."""
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "the server does not respond"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def redirect_target(url: str, response: HTTPError) -> str:
    """Return the URL that a response redirects to; raise RetryableError or PermanentError for any other response."""
    status = f"HTTP Error {response.code}: {response.msg}"
    location = response.headers.get("Location")
    if response.code in REDIRECT_STATUS_CODES and location:
        return resolve_redirect(url, location.strip().replace(" ", "%20"))
    if response.code in RETRYABLE_STATUS_CODES or response.code >= 500:
        raise RetryableError(status, parse_retry_after(response.headers.get("Retry-After")))
    raise HttpStatusError(status, response.code, dict(response.headers.items()))


def resolve_redirect(url: str, location: str) -> str:
    """Return the absolute URL of a redirect; raise PermanentError if it is not an HTTP or HTTPS URL."""
    try:
        target = urljoin(url, location)
        scheme, host, _port = server_of(target)
    except ValueError as error:
        raise PermanentError("it redirects to an invalid URL") from error
    if scheme not in ("http", "https") or not host:
        raise PermanentError(f"it redirects to {redacted_url(target)}, which is neither http nor https")
    return target
