# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Image service whose responses a test can replace."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any, Iterator

from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE

URL = "http://controller:9292"
VERSIONS = {"versions": [{"id": "v2.15"}, {"id": "v2.13"}]}


class FakeGlance:
    """An Image service that works, except for the responses that a test replaces."""

    service_type = "image"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.replaced: dict[str, list[Any]] = {}  # responses by call; the last one is repeated
        self.content = b""
        self.images: list[dict[str, Any]] = [{}]
        self.downloads: dict[str, tuple[int, list[Any]]] = {}
        self.closed: list[str] = []
        self.has_ranges = True

    def request(self, path: str, method: str, **arguments: Any) -> SimpleNamespace:
        assert not arguments.pop("raise_exc")
        call = f"{method} {path}"
        self.calls.append(call)
        if arguments.get("stream"):
            return self.download(path.split("/")[3], "Range" in arguments["headers"])
        if method == "PUT":
            data = arguments["data"]
            assert SEND_ONCE.items() <= arguments.items()
            assert not hasattr(data, "__len__")
            self.content = b"".join(data)
        if call in self.replaced:
            responses = self.replaced[call]
            response = responses.pop(0) if len(responses) > 1 else responses[0]
            if isinstance(response, BaseException):
                raise response
            return fake_response(*response)
        return fake_response(*self.response(call))

    def download(self, image_id: str, in_part: bool) -> SimpleNamespace:
        status, pieces = self.downloads.get(image_id, (206 if in_part else 200, [b"\0"]))
        if in_part and not self.has_ranges:
            status, pieces = 400, []

        def content(size: int) -> Iterator[bytes]:
            for piece in pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece[:size]

        response = fake_response(status, "no")
        response.iter_content, response.close = content, lambda: self.closed.append(image_id)
        return response

    def response(self, call: str) -> tuple[int, Any]:
        image = {
            "id": "1",
            "status": "active",
            "os_hash_algo": "sha512",
            "os_hash_value": hashlib.sha512(self.content).hexdigest(),
        }
        return {
            "GET /": (300, VERSIONS),
            "GET /healthcheck": (200, "OK"),
            "GET /v2/info/stores": (404, "no"),
            "GET /v2/images": (200, {"images": self.images}),
            "POST /v2/images": (201, {"id": "1"}),
            "PUT /v2/images/1/file": (204, None),
            "GET /v2/images/1": (200, image),
            "GET /v2/images/1/file": (200, self.content),
            "DELETE /v2/images/1": (204, None),
        }[call]


def fake_response(status: int, body: Any) -> SimpleNamespace:
    def document() -> Any:
        if isinstance(body, str):
            raise ValueError
        return body

    return SimpleNamespace(
        status_code=status, json=document, content=body, headers={}, url=URL, text=str(body), reason="Reason"
    )
