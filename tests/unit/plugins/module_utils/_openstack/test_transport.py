# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to real sockets through openstacksdk: servers that do not respond, and proxies that do not work."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from typing import Any, Callable, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack import client, retry
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE
from ansible_collections.osops.glance.plugins.module_utils._openstack.transport import (
    Deadline,
    is_local,
    request_limits,
)

pytest.importorskip("openstack.config.loader")
ACCOUNT = {
    "username": "glance",
    "password": "s3cret",
    "project_name": "service",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


class FakeModule:
    def __init__(self, **params: Any) -> None:
        self.params = {**dict.fromkeys(CLOUD_OPTIONS), **params}


class Server:
    """A server whose connections are handled by one function, each in a thread."""

    def __init__(self, handle: Callable[[socket.socket], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connections: list[socket.socket] = []
        self._handle = handle
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:  # closed
                return
            self.connections.append(connection)
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            self._handle(connection)
        except OSError:  # the client has closed it
            connection.close()

    def close(self) -> None:
        for each in (self.listener, *self.connections):
            each.close()


def silent(connection: socket.socket) -> None:
    """Accept the connection and never respond."""


def headers_only(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(HEAD)


def dripping(connection: socket.socket) -> None:
    """Send a byte each time before a read times out."""
    for byte in HEAD + b" " * 5000:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def keystone(connection: socket.socket) -> None:
    """Issue a token with an empty catalog."""
    request = connection.recv(65536)
    token = {"expires_at": "2100-01-01T00:00:00.000000Z", "issued_at": "2026-01-01T00:00:00.000000Z", "methods": []}
    body = json.dumps({"token": token} if request.startswith(b"POST") else {}).encode()
    status = b"201 Created" if request.startswith(b"POST") else b"404 Not Found"
    connection.sendall(
        b"HTTP/1.1 %s\r\nX-Subject-Token: t\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        % (status, len(body), body)
    )
    connection.close()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []
    removed = (*PROXY_VARIABLES, *(name.upper() for name in PROXY_VARIABLES))
    remaining = {name: value for name, value in os.environ.items() if name[:3] != "OS_" and name not in removed}
    monkeypatch.setattr(os, "environ", remaining)

    def start(handle: Callable[[socket.socket], None]) -> Server:
        servers.append(Server(handle))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def connected(url: str, seconds: float | None = None, **options: Any) -> Cloud:
    return client.connect(FakeModule(cloud={"auth": {"auth_url": url, **ACCOUNT}}, **options), seconds)  # type: ignore[arg-type]


@pytest.mark.parametrize("handle", [silent, headers_only, dripping])
@pytest.mark.parametrize("version", ["", "/v3"], ids=["discovery", "token"])
def test_token_has_a_total_time_limit(
    handle: Any, version: str, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "AUTHENTICATE_SECONDS", 1.5)
    server = serve(handle)
    started = time.monotonic()

    with pytest.raises(GlanceError) as caught:
        connected(server.url + version).authenticate()

    assert 1 < time.monotonic() - started < 4
    assert f"Cannot get a token from the Identity service at {server.url}" in str(caught.value)
    assert f"Request to {server.url}" in str(caught.value)
    assert "timed out: no complete response within" in str(caught.value)
    assert "the password" not in str(caught.value)


@pytest.mark.parametrize("handle", [silent, headers_only, dripping])
def test_request_times_out_after_api_timeout(handle: Any, serve: Callable[..., Server]) -> None:
    server = serve(handle)
    service = connected(server.url, api_timeout=1).service("image", server.url)
    started = time.monotonic()

    with pytest.raises(RetryableError) as caught:
        service.request("GET", "/v2/images", authenticated=False)

    assert 0.8 < time.monotonic() - started < 3
    assert str(caught.value).startswith("GET /v2/images of the image service got no response: Request to")
    assert str(caught.value).endswith(f"{server.url}/v2/images timed out: no complete response within 1 seconds")


def test_requests_and_retries_share_the_limit_of_the_task(serve: Callable[..., Server]) -> None:
    server = serve(silent)
    cloud = connected(server.url, seconds=2, api_timeout=1)
    service = cloud.service("identity", server.url)
    started = time.monotonic()

    for _call in range(3):
        with pytest.raises(GlanceError, match="got no response"):
            cloud.retry_policy.call(lambda: service.get("/v3/users", authenticated=False))

    assert time.monotonic() - started < 4
    assert len(server.connections) <= 3


def test_upload_that_is_not_read_times_out(serve: Callable[..., Server]) -> None:
    service = connected(serve(silent).url, seconds=1).service("image", serve(silent).url)
    started = time.monotonic()

    with pytest.raises(GlanceError, match="no complete response within 1 seconds"):
        service.request("PUT", "/v2/images/1/file", authenticated=False, data=iter([bytes(2**20)] * 64), **SEND_ONCE)

    assert time.monotonic() - started < 3


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_local_services_are_reached_without_proxy(
    variable: str, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, variable, "http://user:hidden@127.0.0.1:9")
    cloud = connected(f"{serve(keystone).url}/v3", use_proxy=True)

    cloud.authenticate()

    assert cloud.session.get_token() == "t"


def other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the check for local addresses treat this host as another one."""
    monkeypatch.setattr(
        "ansible_collections.osops.glance.plugins.module_utils._openstack.transport.is_local", lambda _host: False
    )


def test_proxy_is_not_used_by_default(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    other_host(monkeypatch)
    proxy, server = serve(silent), serve(keystone)
    monkeypatch.setitem(os.environ, "http_proxy", proxy.url)

    connected(f"{server.url}/v3").authenticate()

    assert not proxy.connections


def test_proxy_is_used_with_use_proxy(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    other_host(monkeypatch)
    proxy, server = serve(keystone), serve(silent)
    monkeypatch.setitem(os.environ, "http_proxy", proxy.url)

    connected(f"{server.url}/v3", use_proxy=True).authenticate()

    assert not server.connections
    assert proxy.connections


@pytest.mark.parametrize(
    ("use_proxy", "expected"),
    [
        (False, "The proxy 127.0.0.1:9 of the environment was not used"),
        (True, "The request used the proxy 127.0.0.1:9"),
    ],
)
def test_failure_names_the_proxy_without_its_password(
    use_proxy: bool, expected: str, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_host(monkeypatch)
    monkeypatch.setattr(retry, "MAX_RETRY_SECONDS", 0)
    monkeypatch.setitem(os.environ, "http_proxy", "http://user:hidden@127.0.0.1:9")

    with pytest.raises(GlanceError) as caught:
        connected("http://127.0.0.1:1/v3", use_proxy=use_proxy).authenticate()

    assert expected in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("192.0.2.1", False), ("name.invalid", False)],
)
def test_local_addresses_are_detected(host: str, expected: bool) -> None:
    assert is_local(host) is expected


class Request:
    def __init__(self, method: str, body: Any = None) -> None:
        self.method = method
        self.body = body


@pytest.mark.parametrize(
    ("request_", "timeout", "left", "connect", "seconds"),
    [
        pytest.param(Request("GET"), None, 1e9, 10, 60, id="read"),
        pytest.param(Request("DELETE"), None, 1e9, 10, 600, id="slow"),
        pytest.param(Request("DELETE"), None, 30, 10, 30, id="deadline"),
        pytest.param(Request("GET"), 5, 1e9, 5, 5, id="timeout of the request"),
        pytest.param(Request("GET"), (2, 7), 1e9, 2, 7, id="both"),
        pytest.param(Request("PUT", iter([b""])), (300, 3600), 50, 300, 50, id="streamed body"),
    ],
)
def test_limits_depend_on_the_request(request_: Any, timeout: Any, left: float, connect: float, seconds: float) -> None:
    sockets, whole = request_limits(request_, timeout, left)
    assert (sockets[0], whole) == (connect, seconds)


def encrypted(directory: Any) -> Callable[[socket.socket], None]:
    """Return a handler with a self-signed certificate."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(directory / "key"), "-out", str(directory / "cert")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert", directory / "key")

    def handle(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            keystone(wrapped)

    return handle


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_self_signed_certificate_is_accepted_with_ca_cert(
    serve: Callable[..., Server], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve(encrypted(tmp_path)).url.replace("http:", "https:") + "/v3"
    monkeypatch.delitem(os.environ, "REQUESTS_CA_BUNDLE", raising=False)

    for options, cause in (({}, "CERTIFICATE_VERIFY_FAILED"), ({"ca_cert": "/nowhere/ca.pem"}, "/nowhere/ca.pem")):
        with pytest.raises(GlanceError) as caught:
            connected(url, **options).authenticate()
        assert cause in str(caught.value)
        assert str(caught.value).count("glance_ca_cert in the roles") == 1
        assert "the password" not in str(caught.value)

    connected(url, ca_cert=str(tmp_path / "cert")).authenticate()
    monkeypatch.setitem(os.environ, "REQUESTS_CA_BUNDLE", str(tmp_path / "cert"))
    connected(url).authenticate()
    with pytest.raises(GlanceError, match="/nowhere"):
        connected(url, ca_cert="/nowhere/ca.pem").authenticate()


def test_time_without_requests_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    deadline = Deadline(5)
    with deadline.paused():
        now[0] += 60
    assert deadline.left == 5


def test_inner_limit_does_not_exceed_the_outer_limit() -> None:
    deadline = Deadline(5)
    with deadline.within(100):
        assert deadline.left <= 5
    with deadline.within(1):
        assert deadline.left <= 1
        assert deadline.copy().left <= 1
    assert 4 < deadline.left <= 5
