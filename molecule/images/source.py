"""An HTTP server that injects faults selected by the query of the URL.

    python3 source.py PORT LOG [STATUS]

The server serves the files of /srv/images, including ranges, and writes each request as a line of JSON to LOG. With
STATUS it responds to every request with this status. Parameters of the query:

    cut=N         end every response at byte N of the file, unless it starts there or later
    busy=2,3      respond with 503 to these requests of the URL, by number
    length=N      set Content-Length to N, independent of the content
    hold=N        send nothing after byte N until the file /srv/released exists
    slow          wait before each block
    silent        do not respond until the file /srv/released exists
    chunked       send no Content-Length
    changing      send another ETag in every response
    status=N      respond with this status, without the file
    redirect=N    redirect N times
    elsewhere=URL redirect to this URL
    html          send a web page with the status 200
    signed        allow only GET, as presigned URLs of object stores do
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Iterator
from urllib.parse import parse_qsl, urlsplit

FILES = "/srv/images"
RELEASED = "/srv/released"
BLOCK = 64 * 1024
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please accept our terms.</body></html>"


def wait_for_release() -> None:
    while not os.path.exists(RELEASED):
        time.sleep(0.05)


class Faulty(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log: str
    status: int | None
    requests: Counter[str] = Counter()
    lock = threading.Lock()

    def do_GET(self) -> None:
        self.close_connection = True
        self.faults = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        number = self._log_request()
        if "silent" in self.faults:
            wait_for_release()
        status = self.status or self._error_status(number)
        if status:
            self._respond(status, b"No.\n")
        elif int(self.faults.get("redirect", 0)) > 0 or "elsewhere" in self.faults:
            self._respond(302, b"", Location=self._redirect_url())
        elif "html" in self.faults:
            self._respond(200, HTML, **{"Content-Type": "text/html"})
        else:
            self._send_file(number)

    do_HEAD = do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Suppress the log of requests; the program writes its own log."""

    def _log_request(self) -> int:
        """Log the request, and return its number for this URL."""
        with self.lock, open(self.log, "a", encoding="utf-8") as log:
            self.requests[self.path] += 1
            print(json.dumps({"method": self.command, "url": self.path, "range": self.headers.get("Range")}), file=log)
            return self.requests[self.path]

    def _error_status(self, number: int) -> int | None:
        if str(number) in self.faults.get("busy", "").split(","):
            return 503
        if "signed" in self.faults and self.command != "GET":
            return 403
        if "status" in self.faults:
            return int(self.faults["status"])
        return None if os.path.isfile(self._file()) else 404

    def _file(self) -> str:
        return os.path.join(FILES, os.path.basename(urlsplit(self.path).path))

    def _redirect_url(self) -> str:
        remaining = int(self.faults.get("redirect", 0))
        return self.faults.get("elsewhere") or re.sub("redirect=[0-9]+", f"redirect={remaining - 1}", self.path)

    def _respond(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_file(self, number: int) -> None:
        size = os.path.getsize(self._file())
        requested = re.fullmatch("bytes=([0-9]+)-", self.headers.get("Range") or "")
        start = int(requested.group(1)) if requested else 0
        if start >= size:
            self._respond(416, b"", **{"Content-Range": f"bytes */{size}"})
            return
        self.send_response(206 if requested else 200)
        for name, value in self._headers(start, size, number):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_bytes(start)

    def _headers(self, start: int, size: int, number: int) -> Iterator[tuple[str, str]]:
        yield "Connection", "close"
        version = number if "changing" in self.faults else os.stat(self._file()).st_mtime_ns
        yield "ETag", f'"{size}-{version}"'
        yield "Content-Type", "application/octet-stream"
        if start:
            yield "Content-Range", f"bytes {start}-{size - 1}/{size}"
        if "chunked" in self.faults:
            yield "Transfer-Encoding", "chunked"
        else:
            yield "Content-Length", str(int(self.faults.get("length", size)) - start)

    def _send_bytes(self, position: int) -> None:
        cut = int(self.faults.get("cut", -1))
        hold = int(self.faults.get("hold", -1))
        try:
            with open(self._file(), "rb") as file:
                file.seek(position)
                while True:
                    if 0 <= hold <= position:
                        wait_for_release()
                    stop = min([end for end in (cut, hold) if end > position], default=position + BLOCK)
                    block = file.read(min(BLOCK, stop - position))
                    self._send_block(block)
                    time.sleep(0.5 if "slow" in self.faults else 0)
                    position += len(block)
                    if not block or position == cut:
                        return
        except ConnectionError:
            return

    def _send_block(self, block: bytes) -> None:
        if "chunked" in self.faults:
            block = b"%x\r\n%s\r\n" % (len(block), block)
        self.wfile.write(block)


def main() -> None:
    port, Faulty.log, *status = sys.argv[1:]
    Faulty.status = int(status[0]) if status else None
    ThreadingHTTPServer(("", int(port)), Faulty).serve_forever()


if __name__ == "__main__":
    main()
