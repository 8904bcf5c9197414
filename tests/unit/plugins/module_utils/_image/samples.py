# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sample images, sources and options for the tests of images."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import ATTRIBUTES

CONTENT = b"\0content"
SHA512 = hashlib.sha512(CONTENT).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


def image(**attributes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "name": "cirros",
        "owner": "me",
        "status": "active",
        "size": len(CONTENT),
        "checksum": MD5,
        "os_hash_algo": "sha512",
        "os_hash_value": SHA512,
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "public",
        "protected": False,
        "os_hidden": False,
        "min_disk": 0,
        "min_ram": 0,
        "tags": [],
        "created_at": "2026-01-01",
        **attributes,
    }


def record(**recorded: str) -> dict[str, str]:
    return {"osops_source": json.dumps({"image": "1", **recorded})}


def desired(**options: Any) -> Desired:
    return Desired(name="cirros", attributes=options.pop("attributes", {}), **options)


def params(**value: Any) -> dict[str, Any]:
    names = [*ATTRIBUTES, "properties", "checksum", "disk_format", "container_format"]
    return {**dict.fromkeys(names), "name": "cirros", **value}


class FakeUrl(UrlSource):
    def __init__(self, origin: str) -> None:
        super().__init__("http://host/x")
        self.size = None
        self.origin, self.validator = origin, None

    def matches_origin(self, *recorded: str) -> bool:
        return self.origin in recorded

    def _read(self) -> Any:
        yield CONTENT


class UnreadableFile(FileSource):
    def _read(self) -> Any:
        raise AssertionError("the file was read")
