"""An HTTP server whose URLs say what shall go wrong with them.

    python3 source.py PORT LOG [STATUS]

It serves the files of /srv/images, and parts of them, and notes each request as a line of JSON in LOG. With STATUS it
answers that to everything. What may be in the query of a URL:

    cut=N         every answer ends at byte N of the file, unless it begins there or later
    busy=2,3      the requests of these numbers for this URL are answered with 503
    length=N      N bytes are announced, whatever is sent
    hold=N        after byte N nothing is sent until the file /srv/released is there
    slow          it takes its time for each piece
    silent        nothing is answered until that file is there
    chunked       no length is announced
    changing      the file is another one in every answer, if one believes the headers
    status=N      this status is answered, without the file
    redirect=N    so many redirects come first
    elsewhere=URL that is where it redirects to
    html          a web page is sent, with the status 200
    signed        only GET is allowed, as with the presigned URLs of object stores
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
PIECE = 64 * 1024
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please accept our terms.</body></html>"


def wait_for_release() -> None:
    while not os.path.exists(RELEASED):
        time.sleep(0.05)


class Faulty(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log: str
    status: int | None
    asked: Counter[str] = Counter()
    lock = threading.Lock()

    def do_GET(self) -> None:
        self.close_connection = True
        self.faults = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        number = self._noted()
        if "silent" in self.faults:
            wait_for_release()
        status = self.status or self._trouble(number)
        if status:
            self._answer(status, b"No.\n")
        elif int(self.faults.get("redirect", 0)) > 0 or "elsewhere" in self.faults:
            self._answer(302, b"", Location=self._elsewhere())
        elif "html" in self.faults:
            self._answer(200, HTML, **{"Content-Type": "text/html"})
        else:
            self._send_file(number)

    do_HEAD = do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing; the requests are noted as they come."""

    def _noted(self) -> int:
        """Note the request, and return the how manyth it is of this URL."""
        with self.lock, open(self.log, "a", encoding="utf-8") as log:
            self.asked[self.path] += 1
            print(json.dumps({"method": self.command, "url": self.path, "range": self.headers.get("Range")}), file=log)
            return self.asked[self.path]

    def _trouble(self, number: int) -> int | None:
        if str(number) in self.faults.get("busy", "").split(","):
            return 503
        if "signed" in self.faults and self.command != "GET":
            return 403
        if "status" in self.faults:
            return int(self.faults["status"])
        return None if os.path.isfile(self._file()) else 404

    def _file(self) -> str:
        return os.path.join(FILES, os.path.basename(urlsplit(self.path).path))

    def _elsewhere(self) -> str:
        left = int(self.faults.get("redirect", 0))
        return self.faults.get("elsewhere") or re.sub("redirect=[0-9]+", f"redirect={left - 1}", self.path)

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_file(self, number: int) -> None:
        size = os.path.getsize(self._file())
        asked = re.fullmatch("bytes=([0-9]+)-", self.headers.get("Range") or "")
        start = int(asked.group(1)) if asked else 0
        if start >= size:
            self._answer(416, b"", **{"Content-Range": f"bytes */{size}"})
            return
        self.send_response(206 if asked else 200)
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
                    stop = min([end for end in (cut, hold) if end > position], default=position + PIECE)
                    piece = file.read(min(PIECE, stop - position))
                    self._send_piece(piece)
                    time.sleep(0.5 if "slow" in self.faults else 0)
                    position += len(piece)
                    if not piece or position == cut:
                        return
        except ConnectionError:
            return

    def _send_piece(self, piece: bytes) -> None:
        if "chunked" in self.faults:
            piece = b"%x\r\n%s\r\n" % (len(piece), piece)
        self.wfile.write(piece)


def main() -> None:
    port, Faulty.log, *status = sys.argv[1:]
    Faulty.status = int(status[0]) if status else None
    ThreadingHTTPServer(("", int(port)), Faulty).serve_forever()


if __name__ == "__main__":
    main()
