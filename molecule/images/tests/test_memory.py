"""Memory of a large upload."""

from __future__ import annotations

from typing import Any, Callable

import pytest

# The result is independent of the size: content is sent as it is read.
SIZE = 10 * 2**30
LIMIT = 100 * 2**20


def test_memory_of_upload_is_limited(begin: Callable[..., Any], service: Any, host: Any, name: str) -> None:
    free = int(host.check_output("df --output=avail -B1 /var/lib/glance | tail -1"))
    if free < 1.2 * SIZE:
        pytest.skip(f"the disk has only {free} bytes of free space")
    path = "/srv/images/sparse.img"
    host.check_output(f"truncate -s {SIZE} {path}")
    try:
        running = begin(name=name, src=path, disk_format="raw")
        running.wait_for_processes()
        highest = running.highest_memory()
        run = running.wait()
    finally:
        host.check_output(f"rm {path}")
    assert not run["failed"], run["msg"]
    assert service.one(name)["size"] == SIZE
    assert 2**20 < highest < LIMIT
