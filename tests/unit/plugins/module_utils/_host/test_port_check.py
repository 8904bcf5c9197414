# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import port_check
from ansible_collections.osops.glance.plugins.module_utils._host.port_check import (
    Listener,
    check_port,
    conflicts,
    listeners,
    process_of,
    unit_of,
)
from ansible_collections.osops.glance.plugins.module_utils._host.procfs import read_proc
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fakes import entry

TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:244C 00000000:0000 0A 00000000:00000000 00:00000000 00000000 64062        0 117951 1 00000000887691a8
   1: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 457110 1 00000000afc99ba9
   2: 0100007F:244C 0100007F:8A2E 01 00000000:00000000 00:00000000 00000000 64062        0 117960 1 00000000b693bdee
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7
   1: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 8
   2: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 9
"""


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(TCP, [("0.0.0.0", 9292, "117951"), ("127.0.0.1", 3306, "457110")], id="tcp"),
        pytest.param(TCP6[: TCP6.index("   2:")], [("::", 80, "7"), ("2001:db8::1", 80, "8")], id="tcp6"),
        pytest.param(TCP.splitlines()[0], [], id="no socket"),
        pytest.param("", [], id="no table"),
    ],
)
def test_listening_sockets_are_read(table: str, expected: list[tuple[str, int, str]]) -> None:
    assert [tuple(listener) for listener in listeners(table)] == expected


def test_ipv4_address_mapped_to_ipv6_is_converted() -> None:
    assert [listener.host for listener in listeners(TCP6)][-1] == "127.0.0.1"


@pytest.mark.parametrize(
    ("listening", "hosts", "port", "has_conflict"),
    [
        ("0.0.0.0", {"10.0.0.1"}, 9292, True),
        ("::", {"10.0.0.1"}, 9292, True),
        ("10.0.0.1", {"10.0.0.1"}, 9292, True),
        ("10.0.0.1", {"0.0.0.0"}, 9292, True),
        ("10.0.0.1", {"::"}, 9292, True),
        ("10.0.0.1", {"10.0.0.2"}, 9292, False),
        ("0.0.0.0", {"10.0.0.1"}, 9191, False),
    ],
)
def test_listening_socket_conflicts_with_an_address(
    listening: str, hosts: set[str], port: int, has_conflict: bool
) -> None:
    assert conflicts(Listener(listening, 9292, "1"), hosts, port) is has_conflict


LIBPOD = "/libpod_parent/libpod-69b4"


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        pytest.param("0::/system.slice/glance-api.service\n", "glance-api", id="v2"),
        pytest.param(
            "9:name=systemd:/system.slice/glance-api.service\n8:pids:/system.slice/glance-api.service\n0::/\n",
            "glance-api",
            id="v1",
        ),
        pytest.param(
            f"9:name=systemd:{LIBPOD}/system.slice/glance-api.service\n8:pids:{LIBPOD}\n0::{LIBPOD}\n",
            "glance-api",
            id="in a container",
        ),
        pytest.param(
            "0::/system.slice/containerd.service/system.slice/glance-api.service\n", "glance-api", id="nested services"
        ),
        pytest.param("0::/system.slice/glance-api.service/worker\n", "glance-api", id="nested group"),
        pytest.param("0::/system.slice/system-a\\x2db.slice/a\\x2db.service\n", "a-b", id="escaped"),
        pytest.param("0::/user.slice/user-0.slice/session-1.scope\n", None, id="session"),
        pytest.param("", None, id="ended"),
    ],
)
def test_unit_is_read_from_the_control_group(cgroup: str, unit: str | None) -> None:
    assert unit_of(cgroup) == unit


@pytest.mark.parametrize(
    ("owner", "cgroup", "has_problem"),
    [
        pytest.param("7", "0::/system.slice/glance-api.service\n", False, id="unit of the service"),
        pytest.param("7", "0::/system.slice/apache2.service\n", True, id="another unit"),
        pytest.param("7", "0::/user.slice/session-1.scope\n", True, id="no unit"),
        pytest.param(None, "", False, id="invisible process"),
    ],
)
def test_port_must_be_free_or_used_by_the_service(
    silent_port: int, monkeypatch: pytest.MonkeyPatch, owner: str | None, cgroup: str, has_problem: bool
) -> None:
    files = {"/proc/7/cgroup": cgroup, "/proc/7/comm": "httpd\n"}
    monkeypatch.setattr(port_check, "process_of", lambda _listener: owner)
    monkeypatch.setattr(port_check, "read_proc", lambda path: files.get(path) or read_proc(path))
    problem = check_port(entry(host="127.0.0.1", port=silent_port, hint="Stop it."), 1.0, units=["glance-api"])
    message = f"another program listens on port {silent_port}: httpd (process 7). Stop it."
    assert problem == (message if has_problem else None)


def test_free_port_has_no_problem(closed_port: int) -> None:
    assert check_port(entry(host="127.0.0.1", port=closed_port), 1.0, units=[]) is None


@pytest.mark.usefixtures("unresolvable")
def test_unknown_name_is_reported() -> None:
    problem = check_port(entry(host="a.invalid", port=9292), 1.0, units=[])
    assert str(problem).startswith("cannot resolve a.invalid")


def test_process_of_a_socket_is_found(silent_port: int) -> None:
    (listener,) = [one for one in listeners(read_proc("/proc/net/tcp")) if one.port == silent_port]
    assert process_of(listener) == str(os.getpid())
