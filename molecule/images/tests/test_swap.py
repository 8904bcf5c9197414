"""Changed content takes the place of what was there, and nobody who looks sees none; unchanged content is not sent."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from itertools import groupby
from typing import Any, Callable, Iterator

import pytest

MIB = 2**20
RESULT = "/srv/polled.log"
WRITING = ("PUT", "POST", "PATCH", "DELETE")
Module = Callable[..., "dict[str, Any]"]
Looks = Callable[[], "list[list[str]]"]


@pytest.fixture
def polled(service: Any, host: Any) -> Iterator[Callable[[str], Looks]]:
    """Poll for a name on the host; what is returned ends that, and says which images each look found."""

    def begin(name: str) -> Looks:
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
def test_there_is_a_usable_image_at_every_moment_of_a_replacement(
    module: Module, service: Any, source: Any, polled: Callable[[str], Looks], name: str, replace: str
) -> None:
    desired = {"name": name, "disk_format": "raw", "visibility": "public", "replace": replace}
    old = module(src="/srv/images/small.img", **desired)
    end = polled(name)
    new = module(src="/srv/images/disk.img", **desired)
    looks = end()
    assert (new["failed"], new["action"]) == (False, "replace"), new
    # Both, for the moment between the publication of the new one and the removal of the old one, or not even that.
    phases = [sorted(found) for found, _looks in groupby(looks)]
    both = [sorted((old["id"], new["id"]))]
    assert phases in ([[old["id"]], *both, [new["id"]]], [[old["id"]], [new["id"]]])
    assert service.one(name)["os_hash_value"] == source.digest("disk.img")
    kept = [image for image in new["retired"] if image["id"] == old["id"]]
    assert bool(kept) is (replace != "delete")
    there = {image["id"]: image for image in service.images()}
    assert (old["id"] in there) is (replace != "delete")
    if kept:
        assert there[old["id"]]["os_hidden"] is (replace == "hide")


def test_so_many_retired_copies_are_kept(module: Module, service: Any, source: Any, name: str) -> None:
    desired = {"name": name, "disk_format": "raw", "replace": "rotate", "keep": 1}
    runs = []
    for number in range(3):
        path = source.write(f"version-{number}.img", MIB)
        runs.append(module(src=path, **desired))
    assert [run["failed"] for run in runs] == [False] * 3, runs
    there = [image["id"] for image in service.images() if image["name"].startswith(name)]
    assert sorted(there) == sorted([runs[1]["id"], runs[2]["id"]])
    assert runs[2]["removed"] == [runs[0]["id"]]


def test_one_byte_makes_another_content(module: Module, service: Any, source: Any, host: Any, name: str) -> None:
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
    where = {"src": path} if "src" in by else {"url": source.url("same.img", case=by.replace(" ", "-"))}
    checksum = {"checksum": f"sha512:{source.digest('same.img')}"} if "checksum" in by else {}
    desired = {"name": name, "disk_format": "raw", "properties": {"hw_rng_model": "virtio"}, **where, **checksum}
    first = module(**desired)
    assert first["changed"], first
    if by == "touched src":
        host.check_output(f"touch {path}")
    uploads, writes, asked = service.uploads(), service.requests(*WRITING), len(source.asked())
    with unopened(host, path) if by == "src" else nullcontext():
        second, third = module(**desired), module("--check", **desired)
    assert [run["failed"] for run in (second, third)] == [False, False], second
    assert [run["changed"] for run in (second, third)] == [False, False]
    assert (service.uploads(), service.requests(*WRITING)) == (uploads, writes)
    # A checksum needs no look at the server; a URL alone needs one in each run, but none of its content.
    assert [request["method"] for request in source.asked()[asked:]] == (["HEAD"] * 2 if by == "url" else [])


@contextmanager
def unopened(host: Any, path: str) -> Iterator[None]:
    """See that nobody opens the file meanwhile."""
    watch = f"inotifywait --monitor --event open --outfile /srv/opened {path}"
    host.check_output(f"rm -f /srv/opened; systemd-run --quiet --unit watch {watch}")
    host.check_output("timeout 20 sh -c 'until journalctl -u watch | grep -q established; do sleep 0.1; done'")
    yield
    host.check_output("systemctl stop watch")
    assert host.file("/srv/opened").content_string == ""


@pytest.mark.parametrize("before", ["none", "same content", "other content"])
def test_check_mode_says_what_the_run_does_and_writes_nothing(
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
