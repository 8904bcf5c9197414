"""A proxy for the Image service that injects faults selected by the path of the URL.

    python3 proxy.py PORT LOG [CERTIFICATE]

The proxy forwards http://HOST:PORT/FAULT/v2/... to the service. The faults of the first PUT of content:

    503-before    respond with 503, without reading the content
    503-after     read the content and respond with 503
    502-stored    forward the content, but respond with 502
    429           respond with 429 and Retry-After
    413           respond with 413
    cut-N         close the connection after N percent, without a response

The faults of each PUT of content:

    lost          discard the content and respond with 204
    shorter       forward the content without its last byte
    flipped       forward the content with another last byte

Any other word injects no fault. LOG contains a line for each PUT of content. With CERTIFICATE, the proxy uses TLS.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Mapping

SERVICE = ("controller", 9292)
REFUSALS = {"503-before": 503, "503-after": 503, "429": 429, "413": 413}
HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive", "host")


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log: str
    seen: set[str] = set()
    lock = threading.Lock()

    def do_GET(self) -> None:
        self.close_connection = True
        _root, self.fault, rest = self.path.split("/", 2)
        if self.command == "PUT" and rest.endswith("/file"):
            self._put(f"/{rest}")
        else:
            self._relay(f"/{rest}", self._body())

    do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Suppress the log of requests; the program writes its own log."""

    def _put(self, path: str) -> None:
        with self.lock, open(self.log, "a", encoding="utf-8") as log:
            is_first = self.fault not in self.seen
            self.seen.add(self.fault)
            print(self.fault, file=log)
        if is_first and self.fault in REFUSALS:
            self._refuse(REFUSALS[self.fault])
        elif is_first and self.fault.startswith("cut-"):
            self._cut(path, int(self.fault[len("cut-") :]))
        elif is_first and self.fault == "502-stored":
            self._forward(path, self._body())
            self._respond(502, b"<html><title>502 Bad Gateway</title></html>", {})
        elif self.fault == "lost":
            self._body()
            self._respond(204, b"", {})
        else:
            self._relay(path, self._altered(self._body()))

    def _refuse(self, status: int) -> None:
        if not self.fault.endswith("-before"):
            self._body()
        self._respond(status, b"Not now", {"Retry-After": "1"} if status == 429 else {})

    def _cut(self, path: str, percent: int) -> None:
        size = int(self.headers["Content-Length"])
        content = self._read(size * percent // 100)
        if percent == 100:
            self._forward(path, content)
        self.connection.shutdown(socket.SHUT_RDWR)

    def _altered(self, content: bytes) -> bytes:
        ending = {"shorter": b"", "flipped": bytes([content[-1] ^ 1]) if content else b""}
        return content[:-1] + ending[self.fault] if self.fault in ending else content

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self._read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while True:
            size = int(self.rfile.readline(), 16)
            body += self._read(size)
            self.rfile.readline()
            if not size:
                return body

    def _read(self, size: int) -> bytes:
        return self.rfile.read(size)

    def _forward(self, path: str, body: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        """Forward the request to the service and return its response."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        headers.pop("X-OpenStack-Image-Size", None)
        connection = http.client.HTTPConnection(*SERVICE, timeout=60)
        connection.request(self.command, path, body=body or None, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.headers)

    def _relay(self, path: str, body: bytes) -> None:
        self._respond(*self._forward(path, body))

    def _respond(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6  # includes IPv4
    daemon_threads = True


def main() -> None:
    port, Proxy.log, *certificate = sys.argv[1:]
    server = Server(("::", int(port)), Proxy)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
