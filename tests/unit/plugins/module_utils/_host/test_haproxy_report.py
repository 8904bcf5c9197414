# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import haproxy_report
from ansible_collections.osops.glance.plugins.module_utils._host.haproxy_report import LoadBalancerReport
from ansible_collections.osops.glance.plugins.module_utils._host.haproxy_stats import NoResponse, request
from ansible_collections.osops.glance.plugins.modules import loadbalancer_info
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

STATISTICS = (Path(__file__).parent / "haproxy_stat.csv").read_text()


class FakeHAProxy:
    """A statistics socket with one response for each command."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.responses = {"show stat": STATISTICS, "show env GLANCE_LOADBALANCER": "GLANCE_LOADBALANCER=new\n\n"}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _address = self._socket.accept()
            with connection:
                command = connection.recv(1024).decode().strip()
                connection.sendall(self.responses.get(command, "Unknown command\n").encode())


@pytest.fixture
def haproxy(tmp_path: Path) -> FakeHAProxy:
    return FakeHAProxy(tmp_path / "s")


def report(path: Path, **given: Any) -> dict[str, Any]:
    return FakeModule(loadbalancer_info.OPTIONS, socket=str(path), **given).end(LoadBalancerReport)


def test_module_returns_the_state(haproxy: FakeHAProxy) -> None:
    result = report(haproxy.path)
    assert (result["changed"], result["running"], result["configuration"]) == (False, True, "new")
    assert [server["name"] for server in result["servers"]] == ["c1", "c2", "c3", "c4"]
    assert result["servers"][1]["summary"].startswith("c2 (")
    assert result["problems"] == []


def test_module_has_the_same_result_in_check_mode(haproxy: FakeHAProxy) -> None:
    checked = FakeModule(loadbalancer_info.OPTIONS, check_mode=True, socket=str(haproxy.path)).end(LoadBalancerReport)
    assert checked == report(haproxy.path)


def test_other_configuration_and_backend_are_problems(haproxy: FakeHAProxy) -> None:
    assert report(haproxy.path, configuration="old")["problems"] == ["HAProxy uses the configuration new, not old."]
    assert report(haproxy.path, backend="keystone")["problems"] == ["HAProxy has no backend keystone."]


def test_server_that_is_down_is_a_problem(haproxy: FakeHAProxy) -> None:
    problems = report(haproxy.path, servers=["c1", "c2", "c3", "c4"])["problems"]
    assert [problem.split()[0] for problem in problems] == ["c2", "c3", "c4"]


def test_missing_socket_is_a_problem(tmp_path: Path) -> None:
    result = report(tmp_path / "no")
    assert (result["running"], result["configuration"], result["servers"]) == (False, None, [])
    assert result["problems"] == [f"HAProxy does not respond on its socket {tmp_path}/no: No such file or directory."]
    with pytest.raises(NoResponse):
        request(str(tmp_path / "no"), "show stat")


def test_module_waits_until_there_is_no_problem(haproxy: FakeHAProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        haproxy.responses["show env GLANCE_LOADBALANCER"] = "GLANCE_LOADBALANCER=newer\n"

    monkeypatch.setattr(haproxy_report.time, "sleep", sleep)
    assert report(haproxy.path, configuration="newer", timeout=60)["problems"] == []
    assert len(waited) == 1
