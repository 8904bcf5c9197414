"""That the registry of an old release runs, and that the service asks it."""

from __future__ import annotations

from typing import Any

from controllers import Controller

ASKED = "journalctl -u glance-registry --no-pager | grep -c 'POST /rpc'"


def test_registry_runs_now_and_after_a_restart_of_the_host(host: Any) -> None:
    service = host.service("glance-registry")
    assert service.is_running
    assert service.is_enabled


def test_registry_listens_where_only_the_service_reaches_it(host: Any) -> None:
    assert host.socket("tcp://127.0.0.1:9191").is_listening
    assert not host.socket("tcp://0.0.0.0:9191").is_listening


def test_nobody_enters_the_registry_without_a_token(controller: Controller) -> None:
    assert controller.anonymous("http://127.0.0.1:9191/rpc") == 401


def test_what_is_asked_of_the_service_is_asked_of_the_registry(host: Any) -> None:
    before = int(host.check_output(ASKED))
    host.check_output("openstack --os-cloud sandbox image list")
    assert int(host.check_output(ASKED)) > before
