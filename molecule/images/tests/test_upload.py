"""Services that stop, stores that are full, tokens that expire, runs that are killed and runs that meet."""

from __future__ import annotations

import shlex
from typing import Any, Callable, Iterator

import pytest

MIB = 2**20
HELD = {"hold": 16 * MIB}
CONFIGURATION = "/etc/glance/glance-api.conf"
KEYSTONE = "/etc/keystone/keystone.conf"
Module = Callable[..., "dict[str, Any]"]
Begin = Callable[..., Any]


def desired(source: Any, name: str, case: str) -> dict[str, Any]:
    return {"name": name, "url": source.url("disk.img", case=case, **HELD), "disk_format": "raw", "retry_delay": 1}


def keystone_answers(host: Any) -> None:
    host.check_output("timeout 180 sh -c 'until curl -sf http://controller:5000/v3 >/dev/null; do sleep 0.1; done'")


def converges(module: Module, service: Any, source: Any, asked: dict[str, Any]) -> None:
    """Run once more: one image results, with the right content."""
    again = module(**asked)
    assert not again["failed"], again["msg"]
    image = service.one(asked["name"])
    assert (image["status"], image["os_hash_value"]) == ("active", source.digest("disk.img"))
    assert service.unfinished() == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("systemctl restart glance-api", id="restarted"),
        pytest.param("systemctl kill -s KILL glance-api", id="killed"),
    ],
)
def test_service_goes_away_while_it_receives(
    begin: Begin, module: Module, service: Any, source: Any, host: Any, name: str, fault: str
) -> None:
    asked = desired(source, name, f"service-{fault.split()[1]}")
    running = begin(**asked)
    draft = service.uploading()
    host.check_output(fault)
    service.answers()
    source.release()
    run = running.end()
    assert len(service.named(name)) == (0 if run["failed"] else 1), run
    converges(module, service, source, asked)
    # What a killed service has not finished writing, only its operator can remove.
    host.run("rm -f %s", f"/var/lib/glance/images/{draft['id']}")


@pytest.fixture
def full_store(host: Any, service: Any) -> Iterator[None]:
    """A store with room for 8 MiB."""
    room = (
        "mkdir -m 777 /dev/shm/images && head -c $(($(stat -fc %a*%S /dev/shm) - 8388608)) /dev/zero > /dev/shm/filler"
    )
    move = "sed -i.before 's|^filesystem_store_datadir = .*/images.*|filesystem_store_datadir = /dev/shm/images/|'"
    host.check_output(f"{room} && {move} {CONFIGURATION}")
    service.restart()
    yield
    host.check_output(f"mv {CONFIGURATION}.before {CONFIGURATION} && rm -r /dev/shm/images /dev/shm/filler")
    service.restart()


def test_full_store_is_told_and_nothing_is_left_in_it(
    module: Module, service: Any, source: Any, host: Any, full_store: None, name: str
) -> None:
    uploads = service.uploads()
    run = module(name=name, src="/srv/images/disk.img", disk_format="raw")
    assert run["failed"]
    assert "413" in run["msg"]
    assert len(run["msg"]) < 700
    # It will be full the next time, too.
    assert service.uploads() == uploads + 1
    assert service.named(name) == []
    assert host.check_output("ls /dev/shm/images") == ""


@pytest.fixture
def short_tokens(host: Any) -> Iterator[None]:
    """Tokens that hold a little longer than the half minute before their end, in which clients take none for valid."""
    host.check_output(f"sed -i.before 's/^\\[token\\]/&\\nexpiration = 36/' {KEYSTONE} && systemctl restart keystone")
    keystone_answers(host)
    yield
    host.check_output(f"mv {KEYSTONE}.before {KEYSTONE} && systemctl restart keystone")
    keystone_answers(host)


def test_token_expires_while_content_is_sent(
    begin: Begin, module: Module, service: Any, source: Any, host: Any, short_tokens: None, name: str
) -> None:
    asked = desired(source, name, "token")
    running = begin(**asked)
    service.uploading()
    later = host.check_output("openstack --os-cloud sandbox token issue -f value -c id")
    valid = shlex.quote(f"curl -sf -H 'X-Auth-Token: {later}' http://controller:9292/v2/images?limit=1")
    host.check_output(f"timeout 60 sh -c 'while eval \"$0\" >/dev/null 2>&1; do sleep 0.2; done' {valid}")
    source.release()
    run = running.end()
    assert not run["failed"], run["msg"]
    assert run["image"]["os_hash_value"] == source.digest("disk.img")
    assert service.one(name)["status"] == "active"


def test_run_that_was_killed_is_healed_by_the_next_one_and_nothing_of_others_is_swept(
    begin: Begin, module: Module, service: Any, source: Any, host: Any, name: str
) -> None:
    asked = desired(source, name, "killed")
    running = begin(**asked)
    draft = service.uploading()
    running.kill()
    assert running.end()["failed"]
    marks = {key: draft[key] for key in draft if key.startswith("osops")}
    other = host.check_output("openstack --os-cloud sandbox project show service -f value -c id")
    theirs = service.create(name=draft["name"], owner=other, **marks)
    alike = service.create("/srv/images/small.img", name=draft["name"])
    try:
        source.release()
        again = module(**asked)
        assert not again["failed"], again["msg"]
        assert (service.one(name)["status"], service.one(name)["os_hash_value"]) == (
            "active",
            source.digest("disk.img"),
        )
        there = {image["id"] for image in service.images()}
        assert draft["id"] not in there
        assert {theirs["id"], alike["id"]} <= there
    finally:
        service.remove(theirs)


@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_run_that_is_told_to_end_takes_back_what_it_has_begun(
    begin: Begin, service: Any, source: Any, name: str, signal: str
) -> None:
    running = begin(**desired(source, name, f"signal-{signal}"))
    service.uploading()
    running.kill(signal)
    assert running.end()["failed"]
    assert service.unfinished() == []
    assert service.named(name) == []


def test_upload_that_takes_too_long_ends_and_the_next_run_succeeds(
    module: Module, service: Any, source: Any, name: str
) -> None:
    asked = {"name": name, "disk_format": "raw"}
    run = module(**asked, url=source.url("disk.img", slow=""), timeout=4)
    assert run["failed"]
    assert "was not sent within" in run["msg"]
    assert "was removed" in run["msg"]
    assert service.unfinished() == []
    converges(module, service, source, {**asked, "url": source.url("disk.img")})


def test_two_runs_at_once_lead_to_one_image(begin: Begin, service: Any, source: Any, name: str) -> None:
    asked = desired(source, name, "twice")
    runs = [begin(**asked), begin(**asked)]
    service.uploading()
    runs[0].is_there(2)
    source.release()
    ended = [run.end() for run in runs]
    assert [run["failed"] for run in ended] == [False, False], ended
    assert sorted(run["changed"] for run in ended) == [False, True]
    image = service.one(name)
    assert {run["id"] for run in ended} == {image["id"]}
    assert image["os_hash_value"] == source.digest("disk.img")


@pytest.fixture
def no_keystone(host: Any) -> Iterator[None]:
    host.check_output("systemctl stop keystone")
    yield
    host.check_output("systemctl start keystone")
    keystone_answers(host)


def test_keystone_that_is_down_is_told(module: Module, service: Any, no_keystone: None, name: str) -> None:
    run = module(name=name, src="/srv/images/small.img", disk_format="raw")
    assert run["failed"]
    assert "http://controller:5000" in run["msg"]
    assert len(run["msg"]) < 500
    assert "Traceback" not in run["msg"]


def test_keystone_that_comes_back_is_waited_for(
    begin: Begin, service: Any, source: Any, host: Any, no_keystone: None, name: str
) -> None:
    host.check_output("rm -f /srv/stumbling.log")
    host.check_output("systemd-run --quiet --unit stumbling python3 /srv/source.py 5000 /srv/stumbling.log 503")
    running = begin(name=name, src="/srv/images/small.img", disk_format="raw")
    try:
        host.check_output("timeout 60 sh -c 'until grep -q url /srv/stumbling.log 2>/dev/null; do sleep 0.1; done'")
    finally:
        host.check_output("systemctl stop stumbling && systemctl start keystone")
    run = running.end()
    assert not run["failed"], run["msg"]
    assert service.one(name)["os_hash_value"] == source.digest("small.img")
