"""A proxy in front of the Image service, whose paths say what it does to content.

    python3 proxy.py PORT LOG [CERTIFICATE]

http://HOST:PORT/WORD/v2/... is passed on to the service. The first PUT of content under a WORD is

    503-before    answered with 503, unread          429          answered with 429, and when to come again
    503-after     read and answered with 503         413          answered with 413
    502-stored    passed on, but answered with 502   cut-N        cut after N percent, and not answered

and each PUT of content is

    lost          answered with 204, and thrown away
    shorter       passed on without its last byte    flipped      passed on with another last byte

Any other word does nothing. LOG has a line for each PUT of content. With CERTIFICATE, it speaks TLS.
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
        _nothing, self.word, rest = self.path.split("/", 2)
        if self.command == "PUT" and rest.endswith("/file"):
            self._put(f"/{rest}")
        else:
            self._pass(f"/{rest}", self._body())

    do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing; what matters is in the log."""

    def _put(self, path: str) -> None:
        with self.lock, open(self.log, "a", encoding="utf-8") as log:
            is_first = self.word not in self.seen
            self.seen.add(self.word)
            print(self.word, file=log)
        if is_first and self.word in REFUSALS:
            self._refuse(REFUSALS[self.word])
        elif is_first and self.word.startswith("cut-"):
            self._cut(path, int(self.word[len("cut-") :]))
        elif is_first and self.word == "502-stored":
            self._asked(path, self._body())
            self._answer(502, b"<html><title>502 Bad Gateway</title></html>", {})
        elif self.word == "lost":
            self._body()
            self._answer(204, b"", {})
        else:
            self._pass(path, self._spoilt(self._body()))

    def _refuse(self, status: int) -> None:
        if not self.word.endswith("-before"):
            self._body()
        self._answer(status, b"Not now", {"Retry-After": "1"} if status == 429 else {})

    def _cut(self, path: str, percent: int) -> None:
        size = int(self.headers["Content-Length"])
        content = self._read(size * percent // 100)
        if percent == 100:
            self._asked(path, content)
        self.connection.shutdown(socket.SHUT_RDWR)

    def _spoilt(self, content: bytes) -> bytes:
        ending = {"shorter": b"", "flipped": bytes([content[-1] ^ 1]) if content else b""}
        return content[:-1] + ending[self.word] if self.word in ending else content

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

    def _asked(self, path: str, body: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        """Return what the service answers."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        headers.pop("X-OpenStack-Image-Size", None)
        connection = http.client.HTTPConnection(*SERVICE, timeout=60)
        connection.request(self.command, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)

    def _pass(self, path: str, body: bytes) -> None:
        self._answer(*self._asked(path, body))

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
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
    address_family = socket.AF_INET6  # and IPv4 with it
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
