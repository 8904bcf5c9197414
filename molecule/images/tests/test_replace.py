"""Changed content replaces an image without interruption; unchanged content is not sent."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from itertools import groupby
from typing import Any, Callable, Iterator

import pytest

MIB = 2**20
RESULT = "/srv/polled.log"
WRITING = ("PUT", "POST", "PATCH", "DELETE")
Module = Callable[..., "dict[str, Any]"]
StopPolling = Callable[[], "list[list[str]]"]


@pytest.fixture
def polled(service: Any, host: Any) -> Iterator[Callable[[str], StopPolling]]:
    """Return a function that starts polling. It returns a function that stops and returns the images of each poll."""

    def begin(name: str) -> StopPolling:
        host.check_output(f"rm -f /srv/polled {RESULT}")
        poll = ("python3", "/srv/poll.py", service.token, name, RESULT)
        host.check_output("systemd-run --quiet --unit poll %s %s %s %s %s", *poll)
        host.check_output(f"timeout 30 sh -c 'until test -s {RESULT}; do sleep 0.1; done'")

        def end() -> list[list[str]]:
            host.check_output(
                "touch /srv/polled; timeout 30 sh -c 'while systemctl -q is-active poll; do sleep 0.1; done'"
            )
            return [line.split() for line in host.file(RESULT).content_string.splitlines()]

        return end

    yield begin
    host.check_output("touch /srv/polled")


@pytest.mark.parametrize("replace", ["delete", "rotate", "hide"])
def test_usable_image_exists_during_replacement(
    module: Module, service: Any, source: Any, polled: Callable[[str], StopPolling], name: str, replace: str
) -> None:
    desired = {"name": name, "disk_format": "raw", "visibility": "public", "replace": replace}
    old = module(src="/srv/images/small.img", **desired)
    end = polled(name)
    new = module(src="/srv/images/disk.img", **desired)
    polls = end()
    assert (new["failed"], new["action"]) == (False, "replace"), new
    # Between the publication of the new image and the removal of the old one, polls may find both.
    phases = [sorted(found) for found, _group in groupby(polls)]
    both = [sorted((old["id"], new["id"]))]
    assert phases in ([[old["id"]], *both, [new["id"]]], [[old["id"]], [new["id"]]])
    assert service.one(name)["os_hash_value"] == source.digest("disk.img")
    kept = [image for image in new["retired"] if image["id"] == old["id"]]
    assert bool(kept) is (replace != "delete")
    remaining = {image["id"]: image for image in service.images()}
    assert (old["id"] in remaining) is (replace != "delete")
    if kept:
        assert remaining[old["id"]]["os_hidden"] is (replace == "hide")


def test_keep_limits_retired_copies(module: Module, service: Any, source: Any, name: str) -> None:
    desired = {"name": name, "disk_format": "raw", "replace": "rotate", "keep": 1}
    runs = []
    for number in range(3):
        path = source.write(f"version-{number}.img", MIB)
        runs.append(module(src=path, **desired))
    assert [run["failed"] for run in runs] == [False] * 3, runs
    remaining = [image["id"] for image in service.images() if image["name"].startswith(name)]
    assert sorted(remaining) == sorted([runs[1]["id"], runs[2]["id"]])
    assert runs[2]["removed"] == [runs[0]["id"]]


def test_changed_byte_replaces_image(module: Module, service: Any, source: Any, host: Any, name: str) -> None:
    path = source.write("byte.img", MIB)
    module(name=name, src=path, disk_format="raw")
    host.check_output(f"printf x | dd of={path} bs=1 seek=700000 conv=notrunc 2>/dev/null")
    run = module(name=name, src=path, disk_format="raw")
    assert run["action"] == "replace"
    assert service.one(name)["os_hash_value"] == source.digest("byte.img")


@pytest.mark.parametrize("by", ["src", "touched src", "url", "url and checksum"])
def test_unchanged_content_is_not_sent_again(
    module: Module, service: Any, source: Any, host: Any, name: str, by: str
) -> None:
    path = source.write("same.img", MIB)
    content = {"src": path} if "src" in by else {"url": source.url("same.img", case=by.replace(" ", "-"))}
    checksum = {"checksum": f"sha512:{source.digest('same.img')}"} if "checksum" in by else {}
    desired = {"name": name, "disk_format": "raw", "properties": {"hw_rng_model": "virtio"}, **content, **checksum}
    first = module(**desired)
    assert first["changed"], first
    if by == "touched src":
        host.check_output(f"touch {path}")
    uploads, writes, requests = service.uploads(), service.requests(*WRITING), len(source.requests())
    with not_opened(host, path) if by == "src" else nullcontext():
        second, third = module(**desired), module("--check", **desired)
    assert [run["failed"] for run in (second, third)] == [False, False], second
    assert [run["changed"] for run in (second, third)] == [False, False]
    assert (service.uploads(), service.requests(*WRITING)) == (uploads, writes)
    # A checksum needs no request to the server. A URL without one needs a HEAD request in each run.
    assert [request["method"] for request in source.requests()[requests:]] == (["HEAD"] * 2 if by == "url" else [])


@contextmanager
def not_opened(host: Any, path: str) -> Iterator[None]:
    """Check that no process opens the file in this context."""
    watch = f"inotifywait --monitor --event open --outfile /srv/opened {path}"
    host.check_output(f"rm -f /srv/opened; systemd-run --quiet --unit watch {watch}")
    host.check_output("timeout 20 sh -c 'until journalctl -u watch | grep -q established; do sleep 0.1; done'")
    yield
    host.check_output("systemctl stop watch")
    assert host.file("/srv/opened").content_string == ""


@pytest.mark.parametrize("before", ["none", "same content", "other content"])
def test_check_mode_predicts_and_writes_nothing(
    module: Module, service: Any, source: Any, name: str, before: str
) -> None:
    if before != "none":
        service.create(f"/srv/images/{'small' if before == 'same content' else 'disk'}.img", name=name)
    desired = {"name": name, "src": "/srv/images/small.img", "disk_format": "raw", "tags": ["a"], "min_disk": 1}
    images, writes = service.images(), service.requests(*WRITING)
    predicted = module("--check", **desired)
    assert (service.images(), service.requests(*WRITING)) == (images, writes)
    done = module(**desired)
    assert not done["failed"], done["msg"]
    assert (predicted["changed"], predicted["action"]) == (done["changed"], done["action"])
    assert done["changed"]
    assert not module("--check", **desired)["changed"]
