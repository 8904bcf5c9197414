# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a URL responds, and that the clocks of this host and of the server agree."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Mapping, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._host.address import (
    Address,
    address_of,
    without_credentials,
)
from ansible_collections.osops.glance.plugins.module_utils._host.network_checks import unresolved
from ansible_collections.osops.glance.plugins.module_utils._host.problem import error_reason, with_hint

# A token whose validity begins in the future, or has ended, is refused; OpenStack services tolerate about this much.
MAX_CLOCK_DIFFERENCE = 120  # seconds
RETRY_SECONDS = 30


class Response(NamedTuple):
    """The status code and the header `Date` of an HTTP response."""

    status: int
    date: str | None = None


def check_http(entry: Mapping[str, Any], timeout: float) -> str | None:
    """Return why a URL does not respond as required, or None if it does."""
    address, url = address_of(entry), without_credentials(entry["url"])
    try:
        status, date = _with_retries(lambda: get(entry["url"], address, timeout))
    except socket.gaierror as error:
        return unresolved(address.host, error)
    except (OSError, http.client.HTTPException) as error:
        return with_hint(f"cannot get {url} from {address} ({error_reason(error, timeout)})", entry["hint"])
    if status >= 500 or (entry["status_code"] and status not in entry["status_code"]):
        reason = http.client.responses.get(status, "")
        return with_hint(f"{url} responds with {status} {reason}".rstrip(), entry["hint"])
    problem = clock_problem(date, time.time())
    return with_hint(f"{problem} ({url})", "Synchronize the clocks, for example with chrony.") if problem else None


def _with_retries(request: Callable[[], Response]) -> Response:
    """Return the response to a request; a service that is starting refuses, is slow or responds with 500 at first."""
    deadline = time.monotonic() + RETRY_SECONDS
    while time.monotonic() < deadline:
        try:
            response = request()
        except socket.timeout:
            continue
        except ConnectionRefusedError:
            time.sleep(1)
            continue
        if response.status < 500:
            return response
        time.sleep(1)
    return request()


def get(url: str, address: Address, timeout: float) -> Response:
    """Request a URL without a proxy, as OpenStack services do among themselves."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(address.host, address.port, timeout=timeout)
    if parts.scheme == "https":
        # Only the connection is checked here; the clients that log in there check the certificate.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(address.host, address.port, timeout=timeout, context=context)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
        response = connection.getresponse()
        return Response(response.status, response.getheader("Date"))
    finally:
        connection.close()


def clock_problem(date: str | None, now: float) -> str | None:
    """Return how far the clock of this host differs from a server's clock; None if it is within the tolerance.

    date: the header `Date` of the server's response.
    now: the clock of this host, in seconds since 1970.
    """
    try:
        difference = now - parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError):
        return None
    if abs(difference) <= MAX_CLOCK_DIFFERENCE:
        return None
    direction = "ahead of" if difference > 0 else "behind"
    return f"the clock of this host is {format_duration(abs(difference))} {direction} the clock of the server"


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as "2 hours 5 minutes"."""
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    remaining, parts = int(seconds), []
    for unit, size in units:
        count, remaining = divmod(remaining, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"
