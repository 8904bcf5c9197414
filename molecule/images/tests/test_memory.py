"""How much memory an upload takes, however large it is."""

from __future__ import annotations

from typing import Any, Callable

import pytest

# What is proven here holds for any size: what is read is sent, and let go.
SIZE = 10 * 2**30
LIMIT = 100 * 2**20


def test_memory_of_an_upload_does_not_grow_with_its_size(
    begin: Callable[..., Any], service: Any, host: Any, name: str
) -> None:
    room = int(host.check_output("df --output=avail -B1 /var/lib/glance | tail -1"))
    if room < 1.2 * SIZE:
        pytest.skip(f"the disk has room for {room} bytes only")
    path = "/srv/images/sparse.img"
    host.check_output(f"truncate -s {SIZE} {path}")
    try:
        running = begin(name=name, src=path, disk_format="raw")
        running.is_there()
        highest = running.highest_memory()
        run = running.end()
    finally:
        host.check_output(f"rm {path}")
    assert not run["failed"], run["msg"]
    assert service.one(name)["size"] == SIZE
    assert 2**20 < highest < LIMIT
