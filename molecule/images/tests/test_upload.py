"""Uploads with service failures, full stores, expired tokens, killed runs and concurrent runs."""

from __future__ import annotations

import shlex
from typing import Any, Callable, Iterator

import pytest

MIB = 2**20
HOLD = {"hold": 16 * MIB}
CONFIGURATION = "/etc/glance/glance-api.conf"
KEYSTONE = "/etc/keystone/keystone.conf"
Module = Callable[..., "dict[str, Any]"]
Begin = Callable[..., Any]


def desired(source: Any, name: str, case: str) -> dict[str, Any]:
    return {"name": name, "url": source.url("disk.img", case=case, **HOLD), "disk_format": "raw", "retry_delay": 1}


def wait_for_keystone(host: Any) -> None:
    host.check_output("timeout 180 sh -c 'until curl -sf http://controller:5000/v3 >/dev/null; do sleep 0.1; done'")


def check_convergence(module: Module, service: Any, source: Any, options: dict[str, Any]) -> None:
    """Repeat the run, and check that one image with the content exists."""
    again = module(**options)
    assert not again["failed"], again["msg"]
    image = service.one(options["name"])
    assert (image["status"], image["os_hash_value"]) == ("active", source.digest("disk.img"))
    assert service.unfinished() == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("systemctl restart glance-api", id="restarted"),
        pytest.param("systemctl kill -s KILL glance-api", id="killed"),
    ],
)
def test_service_failure_during_upload(
    begin: Begin, module: Module, service: Any, source: Any, host: Any, name: str, fault: str
) -> None:
    options = desired(source, name, f"service-{fault.split()[1]}")
    running = begin(**options)
    draft = service.uploading()
    host.check_output(fault)
    service.wait_until_ready()
    source.release()
    run = running.wait()
    assert len(service.named(name)) == (0 if run["failed"] else 1), run
    check_convergence(module, service, source, options)
    # A killed service leaves an incomplete file, which only the operator can remove.
    host.run("rm -f %s", f"/var/lib/glance/images/{draft['id']}")


@pytest.fixture
def full_store(host: Any, service: Any) -> Iterator[None]:
    """Configure a store with 8 MiB of free space."""
    limit_space = (
        "mkdir -m 777 /dev/shm/images && head -c $(($(stat -fc %a*%S /dev/shm) - 8388608)) /dev/zero > /dev/shm/filler"
    )
    move = "sed -i.before 's|^filesystem_store_datadir = .*/images.*|filesystem_store_datadir = /dev/shm/images/|'"
    host.check_output(f"{limit_space} && {move} {CONFIGURATION}")
    service.restart()
    yield
    host.check_output(f"mv {CONFIGURATION}.before {CONFIGURATION} && rm -r /dev/shm/images /dev/shm/filler")
    service.restart()


def test_full_store_is_reported_and_no_file_remains(
    module: Module, service: Any, source: Any, host: Any, full_store: None, name: str
) -> None:
    uploads = service.uploads()
    run = module(name=name, src="/srv/images/disk.img", disk_format="raw")
    assert run["failed"]
    assert "413" in run["msg"]
    assert len(run["msg"]) < 700
    # A full store is not retried.
    assert service.uploads() == uploads + 1
    assert service.named(name) == []
    assert host.check_output("ls /dev/shm/images") == ""


@pytest.fixture
def short_tokens(host: Any) -> Iterator[None]:
    """Configure tokens that are valid for 36 seconds. Clients treat a token as expired 30 seconds before its end."""
    host.check_output(f"sed -i.before 's/^\\[token\\]/&\\nexpiration = 36/' {KEYSTONE} && systemctl restart keystone")
    wait_for_keystone(host)
    yield
    host.check_output(f"mv {KEYSTONE}.before {KEYSTONE} && systemctl restart keystone")
    wait_for_keystone(host)


def test_token_expires_during_upload(
    begin: Begin, module: Module, service: Any, source: Any, host: Any, short_tokens: None, name: str
) -> None:
    options = desired(source, name, "token")
    running = begin(**options)
    service.uploading()
    later = host.check_output("openstack --os-cloud sandbox token issue -f value -c id")
    valid = shlex.quote(f"curl -sf -H 'X-Auth-Token: {later}' http://controller:9292/v2/images?limit=1")
    host.check_output(f"timeout 60 sh -c 'while eval \"$0\" >/dev/null 2>&1; do sleep 0.2; done' {valid}")
    source.release()
    run = running.wait()
    assert not run["failed"], run["msg"]
    assert run["image"]["os_hash_value"] == source.digest("disk.img")
    assert service.one(name)["status"] == "active"


def test_next_run_cleans_up_only_its_own_image(
    begin: Begin, module: Module, service: Any, source: Any, host: Any, name: str
) -> None:
    options = desired(source, name, "killed")
    running = begin(**options)
    draft = service.uploading()
    running.kill()
    assert running.wait()["failed"]
    marks = {key: draft[key] for key in draft if key.startswith("osops")}
    other = host.check_output("openstack --os-cloud sandbox project show service -f value -c id")
    foreign = service.create(name=draft["name"], owner=other, **marks)
    similar = service.create("/srv/images/small.img", name=draft["name"])
    try:
        source.release()
        again = module(**options)
        assert not again["failed"], again["msg"]
        assert (service.one(name)["status"], service.one(name)["os_hash_value"]) == (
            "active",
            source.digest("disk.img"),
        )
        remaining = {image["id"] for image in service.images()}
        assert draft["id"] not in remaining
        assert {foreign["id"], similar["id"]} <= remaining
    finally:
        service.remove(foreign)


@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_terminated_run_removes_unfinished_image(
    begin: Begin, service: Any, source: Any, name: str, signal: str
) -> None:
    running = begin(**desired(source, name, f"signal-{signal}"))
    service.uploading()
    running.kill(signal)
    assert running.wait()["failed"]
    assert service.unfinished() == []
    assert service.named(name) == []


def test_upload_timeout_and_next_run(module: Module, service: Any, source: Any, name: str) -> None:
    options = {"name": name, "disk_format": "raw"}
    run = module(**options, url=source.url("disk.img", slow=""), timeout=4)
    assert run["failed"]
    assert "was not downloaded within 4 seconds (timeout)" in run["msg"]
    assert "was removed" in run["msg"]
    assert service.unfinished() == []
    check_convergence(module, service, source, {**options, "url": source.url("disk.img")})


def test_concurrent_runs_create_one_image(begin: Begin, service: Any, source: Any, name: str) -> None:
    options = desired(source, name, "twice")
    runs = [begin(**options), begin(**options)]
    service.uploading()
    runs[0].wait_for_processes(2)
    source.release()
    results = [run.wait() for run in runs]
    assert [run["failed"] for run in results] == [False, False], results
    assert sorted(run["changed"] for run in results) == [False, True]
    image = service.one(name)
    assert {run["id"] for run in results} == {image["id"]}
    assert image["os_hash_value"] == source.digest("disk.img")


@pytest.fixture
def no_keystone(host: Any) -> Iterator[None]:
    host.check_output("systemctl stop keystone")
    yield
    host.check_output("systemctl start keystone")
    wait_for_keystone(host)


def test_stopped_keystone_is_reported(module: Module, service: Any, no_keystone: None, name: str) -> None:
    run = module(name=name, src="/srv/images/small.img", disk_format="raw")
    assert run["failed"]
    assert "http://controller:5000" in run["msg"]
    assert len(run["msg"]) < 500
    assert "Traceback" not in run["msg"]


def test_restarted_keystone_is_retried(
    begin: Begin, service: Any, source: Any, host: Any, no_keystone: None, name: str
) -> None:
    host.check_output("rm -f /srv/failing.log")
    host.check_output("systemd-run --quiet --unit failing python3 /srv/source.py 5000 /srv/failing.log 503")
    running = begin(name=name, src="/srv/images/small.img", disk_format="raw")
    try:
        host.check_output("timeout 60 sh -c 'until grep -q url /srv/failing.log 2>/dev/null; do sleep 0.1; done'")
    finally:
        host.check_output("systemctl stop failing && systemctl start keystone")
    run = running.wait()
    assert not run["failed"], run["msg"]
    assert service.one(name)["os_hash_value"] == source.digest("small.img")
