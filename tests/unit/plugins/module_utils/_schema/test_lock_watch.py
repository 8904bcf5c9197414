# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.progress import Progress
from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import Connection
from ansible_collections.osops.glance.plugins.module_utils._schema.lock_watch import LockTimeout, LockWatch
from ansible_collections.osops.glance.plugins.module_utils._schema.target import parse_database_url

TARGET = parse_database_url("mysql+pymysql://glance:S3cret@controller/glance", "/c")
WAIT = "Waiting for table metadata lock"
ALTER = Connection(7, "glance", "ctl:1", "glance", "Query", 1, WAIT, "ALTER TABLE images ADD COLUMN x")
INSERT = Connection(8, "glance", "ctl:2", "glance", "Query", 1, "Waiting for backup lock", "INSERT INTO metadef_tags")
IDLE = Connection(42, "glance", "api1:3", "glance", "Sleep", 812, "", "")
WATCH = Connection(99, "glance", "ctl:9", "glance", "Query", 0, "", "SELECT")


class FakeServer:
    """A server with connections, and a clock."""

    def __init__(self, *connections: Connection) -> None:
        self.visible = [*connections, WATCH]
        self.now = 0.0
        self.killed: list[int] = []
        self.logins = 0
        self.responds = True
        self.noted: list[str] = []
        self.progress = Progress(self.noted.append, lambda: self.now)

    @contextmanager
    def log_in(self) -> Iterator[Any]:
        self.logins += 1
        if not self.responds:
            raise GlanceError("Cannot log in")
        yield self

    def connection_id(self) -> int:
        return WATCH.id

    def connections(self) -> list[Connection]:
        return self.visible

    def transactions(self) -> dict[int, int] | None:
        return None

    def kill(self, number: int) -> None:
        self.killed.append(number)

    def watch(self, limit: float = 60) -> LockWatch:
        return LockWatch(TARGET, self.log_in, limit, self.progress, lambda: self.now)

    def displayed_phases(self) -> list[str]:
        """Return the phases that the progress displays."""
        self.progress.write()
        return [state[1] for state in json.loads(self.noted[-1])] if self.noted else []


def check_at(server: FakeServer, watch: LockWatch, *times: float) -> None:
    for now in times:
        server.now = now
        watch.check()


def test_short_command_is_not_monitored() -> None:
    server = FakeServer(ALTER, IDLE)
    check_at(server, server.watch(), 1, 1.9)
    assert server.logins == 0


def test_wait_is_displayed_and_ended_at_the_limit() -> None:
    server = FakeServer(ALTER, IDLE)
    with server.watch() as watch:
        check_at(server, watch, 10, 30, 69)
        assert server.displayed_phases() == ["waiting for a lock, maybe of connection 42 (glance@api1)"]
        with pytest.raises(LockTimeout) as failure:
            check_at(server, watch, 70)
    message = str(failure.value)
    assert message.startswith(
        "waited 60 seconds (`lock_timeout`) for a lock (at ALTER TABLE images), and was ended: Waiting for table "
        "metadata lock. Connections that may hold the lock and are visible to glance: connection 42 of glance@api1:3 "
    )
    assert message.endswith("Then run this again: completed migrations are kept.")
    assert server.killed == [7]
    assert server.displayed_phases() == []


def test_each_wait_has_the_full_limit() -> None:
    server = FakeServer(ALTER, IDLE)
    with server.watch() as watch:
        check_at(server, watch, 10, 60)
        server.visible = [ALTER._replace(state="copy to tmp table"), IDLE, WATCH]
        check_at(server, watch, 65)
        assert server.displayed_phases() == []
        # A change of a large table waits again for the exclusive lock at its end.
        server.visible = [ALTER._replace(seconds=60), IDLE, WATCH]
        check_at(server, watch, 75, 130)
        with pytest.raises(LockTimeout):
            check_at(server, watch, 135)


@pytest.mark.parametrize(
    ("connections", "killed"),
    [
        pytest.param([INSERT, IDLE], [], id="metadata definitions, during a backup"),
        pytest.param([ALTER, INSERT._replace(id=9), IDLE], [7], id="service waits for the migration"),
    ],
)
def test_only_schema_changes_are_ended_on_the_server(connections: list[Connection], killed: list[int]) -> None:
    server = FakeServer(*connections)
    with server.watch() as watch, pytest.raises(LockTimeout):
        check_at(server, watch, 10, 70)
    assert server.killed == killed


@pytest.mark.parametrize(
    "connections",
    [
        pytest.param([IDLE], id="no wait"),
        pytest.param([ALTER._replace(user="nova"), IDLE], id="another service waits"),
        pytest.param([ALTER._replace(state="altering table"), INSERT], id="service waits for a running migration"),
        pytest.param([ALTER._replace(seconds=9999)], id="an older statement waits"),
    ],
)
def test_command_that_does_not_wait_continues(connections: list[Connection]) -> None:
    server = FakeServer(*connections)
    with server.watch() as watch:
        check_at(server, watch, 10, 100, 500)
    assert server.displayed_phases() == []


def test_command_continues_if_the_server_does_not_respond() -> None:
    server = FakeServer(ALTER)
    server.responds = False
    with server.watch() as watch:
        check_at(server, watch, 10, 100)
    assert server.killed == []
