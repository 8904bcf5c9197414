# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.drain import (
    MARK,
    Clock,
    Drain,
    connections,
    count_connections,
)

# A listening socket, and connections: two to port 9292 (0x244C), one that ends (06), one to another port, and one from
# this host to port 9292 of another.
TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:244C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0B00A00A:244C 0100A00A:A001 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0B00A00A:244C 0100A00A:A002 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
   3: 0B00A00A:244C 0100A00A:A003 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0 100 0 0 10 0
   4: 0B00A00A:0016 0100A00A:A004 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 100 0 0 10 0
   5: 0B00A00A:A005 0100A00A:244C 01 00000000:00000000 00:00000000 00000000     0        0 5 1 0 100 0 0 10 0
"""


class Time:
    """A clock that advances only while the drain waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "healthcheck_disable"


def drain(file: Path, time: Time, connections: list[int] | None = None) -> Drain:
    """Return a drain; `connections` are the numbers of connections that it finds, the last one from then on."""
    numbers = list(connections or [0])
    options: dict[str, Any] = {"file": str(file), "port": 9292, "delay": 10.0, "timeout": 300.0}
    return Drain(options, lambda _port: numbers.pop(0) if len(numbers) > 1 else numbers[0], time.clock)


def test_only_established_connections_of_clients_are_counted() -> None:
    assert count_connections(TABLE, 9292) == 2
    assert count_connections("", 9292) == 0


KEPT = "0 0 10.92.7.22:9292 10.92.7.5:38272 bbr lastsnd:205096 lastrcv:205140 lastack:205096 delivered:2"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        pytest.param(KEPT, 0, id="kept for later requests"),
        pytest.param(KEPT.replace("lastsnd:205096", "lastsnd:19000"), 1, id="response of a moment ago"),
        pytest.param(KEPT.replace("lastrcv:205140", "lastrcv:100"), 1, id="request without a response"),
        pytest.param(KEPT.replace("0 0 ", "0 4096 ", 1), 1, id="response that the client does not read"),
        pytest.param(KEPT.replace("0 0 ", "512 0 ", 1), 1, id="request that the service has not read"),
        pytest.param("0 0 10.92.7.22:9292 10.92.7.5:38272 bbr", 1, id="no times"),
        pytest.param("", 0, id="no connection"),
    ],
)
def test_connections_without_a_request_do_not_count(line: str, number: int) -> None:
    assert connections(lambda _command: (0, f"{line}\n", ""), 9292) == number


def test_all_connections_count_without_the_program_ss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.open", lambda path, **_options: io.StringIO(TABLE if path.endswith("tcp") else ""))
    assert connections(lambda _command: (127, "", "not found"), 9292) == 2


def test_host_is_out_until_its_service_responds(file: Path) -> None:
    time = Time()
    subject = drain(file, time)
    assert subject.begin(is_running=True) == []
    assert file.read_text() == MARK
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert subject.is_left
    assert time.now == 10
    assert subject.end() == []
    assert not file.exists()
    assert not subject.is_left


def test_restart_waits_for_the_end_of_the_connections(file: Path) -> None:
    time = Time()
    assert drain(file, time, [2, 1, 1, 0]).begin(is_running=True) == []
    assert 10 < time.now < 15


def test_connections_without_end_do_not_block_the_restart(file: Path) -> None:
    time = Time()
    [warning] = drain(file, time, [3]).begin(is_running=True)
    assert warning.startswith("The service was restarted with 3 open connections to port 9292, after 300")
    assert warning.endswith("(glance_api_drain_timeout).")
    assert 310 <= time.now < 312


def test_stopped_service_has_no_connections_to_wait_for(file: Path) -> None:
    time = Time()
    assert drain(file, time, [3]).begin(is_running=False) == []
    assert file.exists()
    assert time.now == 0


def test_host_that_an_operator_took_out_stays_out(file: Path) -> None:
    file.write_text("maintenance")
    subject = drain(file, Time())
    assert not subject.is_left
    assert subject.begin(is_running=True) == []
    [warning] = subject.end()
    assert warning == f"{file} exists and is not from this collection: the load balancer does not use the host."
    assert file.read_text() == "maintenance"


def test_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    subject = drain(tmp_path / "absent/file", Time())
    with pytest.raises(GlanceError, match="cannot write .*: No such file or directory"):
        subject.begin(is_running=True)


def test_host_without_a_load_balancer_is_not_drained(file: Path) -> None:
    subject = Drain(None, lambda _port: 3)
    assert (subject.begin(is_running=True), subject.end(), subject.is_left) == ([], [], False)
