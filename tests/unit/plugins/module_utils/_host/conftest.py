# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of this machine, names that do not resolve, and a host with an Image service."""

from __future__ import annotations

import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import service_resource, service_verification
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.service_fakes import ANSWER, FakeHost


@pytest.fixture
def unresolvable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let names under .invalid not resolve, without a request to a server."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def web_port() -> Iterator[int]:
    """Return a port that responds with the status in the path of the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(self.path[1:]))
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    """Return a host whose service runs with its configuration."""
    file = tmp_path / "glance-api.conf"
    file.write_text("good")
    os.utime(file, (0, time.time() - 200))
    fake = FakeHost(file)

    class FakeApi:
        def __init__(
            self, cloud: Any, endpoint: str | None, timeout: float, check: Callable[[], None], settle: float
        ) -> None:
            assert cloud is fake
            self.check = check

        def run(self) -> dict[str, Any]:
            fake.verifications += 1
            if not fake.works():
                self.check()
                raise GlanceError("GET / got no answer")
            return ANSWER

    monkeypatch.setattr(service_resource, "STATE_DIRECTORY", str(tmp_path / "run"))
    monkeypatch.setattr(service_verification, "connect", lambda _module: fake)
    monkeypatch.setattr(service_verification, "ApiCheck", FakeApi)
    return fake
