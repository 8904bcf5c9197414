# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The duration of HTTP requests, and their use of the proxy of the environment.

All requests of a keystoneauth session, including those for tokens and for version discovery, pass through the
adapters of its `requests` session. Limits in these adapters apply with every release of openstacksdk.
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
CHECK_CERTIFICATE = "Check `ca_cert` (glance_ca_cert in the roles), the file with the CA certificates of the cloud."
# The waiting thread reports the timeout. The timeout of the socket is longer and only ends the abandoned thread.
MARGIN = 5.0

Timeout = Union[float, "tuple[float | None, float | None]", None]


class Deadline:
    """The time at which the requests of a task must have ended.

    seconds: the time for all requests from now on; None for no limit.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = math.inf if seconds is None else seconds
        self._end = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """The remaining seconds; infinite without a limit."""
        return max(0.0, self._end - time.monotonic())

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit the enclosed requests to a number of seconds in total, or to the rest of an enclosing limit."""
        before = (self.seconds, self._end)
        if seconds < self.left:
            self.seconds, self._end = seconds, time.monotonic() + seconds
        try:
            yield
        finally:
            self.seconds, self._end = before

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the time of the enclosed block, in which no request is sent."""
        before = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - before

    def copy(self) -> Deadline:
        """Return a deadline with the same end, for another thread."""
        copied = Deadline()
        copied.seconds, copied._end = self.seconds, self._end
        return copied


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
        limits, seconds = request_limits(request, timeout, self._deadline.left)

        def send() -> Any:
            response = self._adapter.send(request, stream=stream, timeout=limits, proxies=used or {}, **arguments)
            if not stream:
                response.content  # noqa: B018  # reads the body into the response
            return response

        try:
            return call_with_timeout(send, seconds, self._deadline.seconds) if math.isfinite(seconds) else send()
        except OSError as error:
            failure = as_request_failure(error)
            failure.note = certificate_note(failure) or proxy_note(request.url, proxies, used)
            raise failure from (None if failure is error else error)

    def close(self) -> None:
        """Close the connections of the adapter."""
        self._adapter.close()


def mount_transport(session: Any, deadline: Deadline, use_proxy: bool) -> None:
    """Send all requests of a `requests` session through a Transport."""
    for prefix in ("http://", "https://"):
        session.mount(prefix, Transport(session.get_adapter(prefix), deadline, use_proxy))


def request_limits(request: Any, timeout: Timeout, left: float) -> tuple[tuple[float | None, float | None], float]:
    """Return the connect and read timeouts of the sockets, and the seconds for the whole request.

    A streamed body is limited by its sender and by the rest of the deadline.

    timeout: of the request; None for the default.
    left: the remaining seconds of the deadline.
    """
    connect, read = timeout if isinstance(timeout, tuple) else (None, timeout)
    read = read or (SLOW_READ_SECONDS if request.method in SLOW_METHODS else READ_SECONDS)
    if not isinstance(request.body, (bytes, str, type(None))):
        # urllib3 applies the connect timeout to each write to the socket, too.
        return (connect or read, read), left
    seconds = min(read, left)
    return (min(connect or CONNECT_SECONDS, max(seconds, 0.1)), seconds + MARGIN), seconds


def call_with_timeout(call: Callable[[], Any], seconds: float, total: float) -> Any:
    """Return the result of a call; raise `requests.exceptions.ReadTimeout` after a number of seconds.

    The timeout of a socket limits single reads, so a server that sends a byte per second never exceeds it.

    total: the limit of all requests, for the message if no time is left for this one.
    """
    from requests.exceptions import ConnectTimeout, ReadTimeout

    results: list[Any] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(call())
        except BaseException as error:  # pylint: disable=broad-except  # raised again in the thread that waits
            errors.append(error)

    if seconds <= 0:
        raise ReadTimeout(f"no complete response within {total:.0f} seconds, the limit for this and earlier requests")
    started = time.monotonic()
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    if results:
        return results[0]
    took = time.monotonic() - started
    if not errors:
        raise ReadTimeout(f"no complete response within {took:.0f} seconds")
    if isinstance(errors[0], ConnectTimeout):
        raise ConnectTimeout(f"no connection within {took:.0f} seconds")
    raise errors[0]


def as_request_failure(error: OSError) -> Any:
    """Return an error as an exception of the library requests, which keystoneauth expects.

    A missing file with CA certificates or with a client certificate results in a plain OSError.
    """
    from requests.exceptions import RequestException, SSLError

    return error if isinstance(error, RequestException) else SSLError(str(error))


def certificate_note(error: Exception) -> str:
    """Return the hint for an invalid certificate or a missing certificate file; an empty string for other errors."""
    from requests.exceptions import SSLError

    return CHECK_CERTIFICATE if isinstance(error, SSLError) else ""


def is_local(host: str) -> bool:
    """Return whether a name or address belongs to this host; False for a name that cannot be resolved."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        return False
    return any(_is_own(family, address) for family, _type, _protocol, _name, address in found)


def _is_own(family: int, address: Any) -> bool:
    """Return whether an address belongs to this host: no other address can be bound."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address[0], 0, *address[2:]))
        except OSError:
            return False
    return True


def proxy_note(url: str, proxies: Mapping[str, str] | None, used: Mapping[str, str] | None) -> str:
    """Return a sentence about the proxy of the environment for a URL, without its credentials; or an empty string."""
    from requests.utils import select_proxy

    proxy = select_proxy(url, dict(proxies or {}))
    if not proxy:
        return ""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    server = parts.netloc.rpartition("@")[2]
    if used:
        return f"The request used the proxy {server} of the environment."
    return (
        f"The proxy {server} of the environment was not used, because the services of a cloud do not use it. "
        "Set `use_proxy` to use it for other hosts."
    )
