# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP server for tests, with responses that a test chooses."""

from __future__ import annotations

import hashlib
import http.server
import re
from collections import defaultdict
from types import SimpleNamespace
from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE

CONTENT = bytes(range(256)) * 12 * 1024  # three pieces
CUT = PIECE + 12345
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PROVABLE = Checksum("sha256", SHA256)
MONDAY, TUESDAY = "Mon, 02 Mar 2026 08:00:00 GMT", "Tue, 03 Mar 2026 08:00:00 GMT"
DATED = {"Last_Modified": MONDAY}
TAGGED = {"ETag": '"1"'}

Respond = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def log_message(self, *_arguments: Any) -> None:
        """Do nothing."""

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.requests.append(SimpleNamespace(method=self.command, path=self.path, headers=self.headers))
        responses = self.server.responses[self.path.partition("?")[0]]
        (responses.pop(0) if len(responses) > 1 else responses[0])(self)

    do_HEAD = do_GET

    def send(self, status_code: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status_code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Site(http.server.ThreadingHTTPServer):
    """A server with a list of responses for each path; the last response is repeated."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[Any] = []
        self.responses: dict[str, list[Respond]] = defaultdict(list)

    def handle_error(self, *_arguments: Any) -> None:
        """Print nothing about clients that close the connection early."""

    def url(self, *responses: Respond, path: str = "/x.img") -> str:
        self.responses[path] = list(responses)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def ranges(self) -> list[str | None]:
        return [request.headers.get("Range") for request in self.requests]


def whole(
    content: bytes = CONTENT,
    cut: int | None = None,
    length: int | None = None,
    ranges: bool = True,
    ignores_condition: bool = False,
    **headers: str,
) -> Respond:
    """Respond with the content, or with the part that is asked for; break off after `cut` bytes."""

    def respond(handler: Handler) -> None:
        reported = {name.replace("_", "-"): value for name, value in headers.items()}
        requested = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        condition = handler.headers.get("If-Range")
        same = ignores_condition or condition in (None, reported.get("ETag"), reported.get("Last-Modified"))
        start = int(requested.group(1)) if requested and ranges and same else 0
        announced = len(content) if length is None else length
        if start and start >= len(content):
            handler.send(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
        elif start:
            part = {"Content-Range": f"bytes {start}-{announced - 1}/{announced}"}
            handler.send(206, {**reported, **part, "Content-Length": str(announced - start)}, content[start:cut])
        else:
            handler.send(200, {**reported, "Content-Length": str(announced)}, content[:cut])

    return respond


def chunked(cut: int | None = None, **headers: str) -> Respond:
    """Respond with the content in chunks; break off after `cut` bytes."""

    def respond(handler: Handler) -> None:
        reported = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.send(200, {**reported, "Transfer-Encoding": "chunked"}, b"%x\r\n" % len(CONTENT) + CONTENT[:cut])
        if cut is None:
            handler.wfile.write(b"\r\n0\r\n\r\n")

    return respond


def status(code: int, **headers: str) -> Respond:
    """Respond with a status and no content."""
    reported = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(code, {**reported, "Content-Length": "0"})


def vanish(handler: Handler) -> None:
    """Close the connection without a response."""


def endless(**headers: str) -> Respond:
    """Respond without a length: the end of the connection is the end of the content."""
    return lambda handler: handler.send(
        200, {name.replace("_", "-"): value for name, value in headers.items()}, CONTENT
    )


def read(content: Any) -> bytes:
    return b"".join(content.pieces())
