"""The registry of an old release is running, and the API uses it."""

from __future__ import annotations

from typing import Any

from controllers import Controller

COUNT_REQUESTS = "journalctl -u glance-registry --no-pager | grep -c 'POST /rpc'"


def test_registry_is_running_and_enabled(host: Any) -> None:
    service = host.service("glance-registry")
    assert service.is_running
    assert service.is_enabled


def test_registry_listens_only_on_loopback(host: Any) -> None:
    assert host.socket("tcp://127.0.0.1:9191").is_listening
    assert not host.socket("tcp://0.0.0.0:9191").is_listening


def test_request_to_registry_without_token_is_refused(controller: Controller) -> None:
    assert controller.status_without_token("http://127.0.0.1:9191/rpc") == 401


def test_api_requests_are_sent_to_registry(host: Any) -> None:
    before = int(host.check_output(COUNT_REQUESTS))
    host.check_output("openstack --os-cloud sandbox image list")
    assert int(host.check_output(COUNT_REQUESTS)) > before
