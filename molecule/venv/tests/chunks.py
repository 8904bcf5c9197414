"""Upload content in chunks, as other OpenStack services do, and print the result: python3 - MIB CHUNK_MIB."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Iterator

import openstack

size, chunk = (int(word) * 2**20 for word in sys.argv[1:])
images = openstack.connect(cloud="sandbox").image
draft = {"name": "chunks", "disk_format": "raw", "container_format": "bare"}
path = f"/images/{images.post('/images', json=draft).json()['id']}"
sent = hashlib.sha512()


def pieces() -> Iterator[bytes]:
    piece = bytes(range(256)) * (chunk // 256)
    for _number in range(size // chunk):
        sent.update(piece)
        yield piece


try:
    answer = images.put(f"{path}/file", data=pieces(), headers={"Content-Type": "application/octet-stream"})
    image = images.get(path).json()
    is_whole = image["os_hash_value"] == sent.hexdigest()
    print(json.dumps({"answer": answer.status_code, "status": image["status"], "size": image["size"], "whole": is_whole}))
finally:
    images.delete(path)
