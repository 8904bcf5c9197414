# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limit the duration of HTTP requests, and decide whether they use the proxy of the environment.

All requests of a keystoneauth session, including those for tokens and for version discovery, pass through the
adapters of its `requests` session. Limits that are set there hold for every release of openstacksdk.
"""

from __future__ import annotations

import math
import socket
import threading
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Mapping, Union
from urllib.parse import urlsplit

CONNECT_SECONDS = 10.0
# A DELETE returns after the data is removed from its store, a PUT after the data is written. Both can take minutes.
READ_SECONDS = 60.0
SLOW_READ_SECONDS = 600.0
SLOW_METHODS = ("DELETE", "PATCH", "PUT")
CERTIFICATE = (
    "Check `ca_cert` (glance_ca_cert in the roles), the file with the authorities of the cloud's certificates."
)
# The thread reports the timeout with its own message; the socket's timeout only ends the thread that was left behind.
MARGIN = 5.0

Timeout = Union[float, "tuple[float | None, float | None]", None]


class Deadline:
    """The time at which the requests of a task must have ended.

    seconds: the time for all of them, from now on; None for no limit.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = math.inf if seconds is None else seconds
        self._end = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Return the seconds that are left; infinite without a limit."""
        return max(0.0, self._end - time.monotonic())

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit the enclosed requests to so many seconds in total, or to what is left of an enclosing limit."""
        before = (self.seconds, self._end)
        if seconds < self.left:
            self.seconds, self._end = seconds, time.monotonic() + seconds
        try:
            yield
        finally:
            self.seconds, self._end = before

    def copy(self) -> Deadline:
        """Return a deadline with the same end, for another thread."""
        twin = Deadline()
        twin.seconds, twin._end = self.seconds, self._end
        return twin


class Transport:
    """An adapter of a `requests` session that limits the duration of each request.

    adapter: the adapter that sends the requests.
    deadline: the limit for all requests together.
    use_proxy: whether requests to other hosts use the proxy of the environment.
    """

    def __init__(self, adapter: Any, deadline: Deadline, use_proxy: bool) -> None:
        self._adapter = adapter
        self._deadline = deadline
        self._use_proxy = use_proxy

    def send(
        self,
        request: Any,
        stream: bool = False,
        timeout: Timeout = None,
        proxies: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> Any:
        """Send the request and return the response, with its body unless `stream` is set.

        Raise `requests.exceptions.Timeout` if this takes longer than the timeout of the request or the deadline.
        """
        if proxies and is_local(urlsplit(request.url).hostname or ""):
            proxies = None
        used = proxies if self._use_proxy else None
        limits, seconds = limits_of(request, timeout, self._deadline.left)

        def answer() -> Any:
            response = self._adapter.send(request, stream=stream, timeout=limits, proxies=used or {}, **arguments)
            if not stream:
                response.content  # noqa: B018  # reads the body into the response
            return response

        try:
            return limited(answer, seconds, self._deadline.seconds) if math.isfinite(seconds) else answer()
        except OSError as error:
            failure = as_request_failure(error)
            failure.note = certificate_note(failure) or proxy_note(request.url, proxies, used)
            raise failure from (None if failure is error else error)

    def close(self) -> None:
        """Close the connections of the adapter."""
        self._adapter.close()


def mount(session: Any, deadline: Deadline, use_proxy: bool) -> None:
    """Let all requests of a `requests` session pass through a Transport."""
    for prefix in ("http://", "https://"):
        session.mount(prefix, Transport(session.get_adapter(prefix), deadline, use_proxy))


def limits_of(request: Any, timeout: Timeout, left: float) -> tuple[tuple[float | None, float | None], float]:
    """Return the connect and read timeouts of the sockets, and the seconds for the whole request.

    A streamed body is limited by its sender; `left`, the rest of the deadline, limits it as well.
    """
    given = timeout if isinstance(timeout, tuple) else (None, timeout)
    read = given[1] or (SLOW_READ_SECONDS if request.method in SLOW_METHODS else READ_SECONDS)
    if not isinstance(request.body, (bytes, str, type(None))):
        # urllib3 applies the connect timeout to each write to the socket, too.
        return (given[0] or read, read), left
    seconds = min(read, left)
    return (min(given[0] or CONNECT_SECONDS, max(seconds, 0.1)), seconds + MARGIN), seconds


def limited(call: Callable[[], Any], seconds: float, total: float) -> Any:
    """Return the result of a call; raise `requests.exceptions.ReadTimeout` after so many seconds.

    total: the limit that leaves no second to this call, for the message.

    Timeouts of sockets limit single reads, so a server that sends a byte per second never exceeds them.
    """
    from requests.exceptions import ConnectTimeout, ReadTimeout

    outcome: list[Any] = []
    failure: list[BaseException] = []

    def target() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # pylint: disable=broad-except  # raised again in the thread that waits
            failure.append(error)

    if seconds <= 0:
        raise ReadTimeout(f"no complete answer within {total:.0f} seconds, the limit for this and earlier requests")
    started = time.monotonic()
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    if outcome:
        return outcome[0]
    took = time.monotonic() - started
    if not failure:
        raise ReadTimeout(f"no complete answer within {took:.0f} seconds")
    if isinstance(failure[0], ConnectTimeout):
        raise ConnectTimeout(f"no connection within {took:.0f} seconds")
    raise failure[0]


def as_request_failure(error: OSError) -> Any:
    """Return the error as one of the library requests, which keystoneauth expects.

    A file with authorities or with a client certificate that does not exist is a plain OSError.
    """
    from requests.exceptions import RequestException, SSLError

    return error if isinstance(error, RequestException) else SSLError(str(error))


def certificate_note(error: Exception) -> str:
    """Return the option to check when a certificate, or a file to check it with, is at fault; or nothing."""
    from requests.exceptions import SSLError

    return CERTIFICATE if isinstance(error, SSLError) else ""


def is_local(host: str) -> bool:
    """Return whether a name or address leads to this host; a name that cannot be resolved does not."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        return False
    return any(_is_own(family, address) for family, _type, _protocol, _name, address in found)


def _is_own(family: int, address: Any) -> bool:
    """Return whether an address belongs to this host: only such an address can be bound."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address[0], 0, *address[2:]))
        except OSError:
            return False
    return True


def proxy_note(url: str, proxies: Mapping[str, str] | None, used: Mapping[str, str] | None) -> str:
    """Return a sentence about the proxy that the environment has for a URL, without its credentials; or nothing."""
    from requests.utils import select_proxy

    proxy = select_proxy(url, dict(proxies or {}))
    if not proxy:
        return ""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    place = parts.netloc.rpartition("@")[2]
    if used:
        return f"The request used the proxy {place} of the environment."
    return (
        f"The proxy {place} of the environment was not used, because the services of a cloud do not use it either; "
        "`use_proxy` changes this for other hosts."
    )
