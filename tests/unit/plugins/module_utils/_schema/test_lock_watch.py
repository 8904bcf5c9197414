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
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import target_of

TARGET = target_of("mysql+pymysql://glance:S3cret@controller/glance", "/c")
WAIT = "Waiting for table metadata lock"
ALTER = Connection(7, "glance", "ctl:1", "glance", "Query", 1, WAIT, "ALTER TABLE images ADD COLUMN x")
INSERT = Connection(8, "glance", "ctl:2", "glance", "Query", 1, "Waiting for backup lock", "INSERT INTO metadef_tags")
IDLE = Connection(42, "glance", "api1:3", "glance", "Sleep", 812, "", "")
WATCH = Connection(99, "glance", "ctl:9", "glance", "Query", 0, "", "SELECT")


class FakeServer:
    """A server with connections, seen at times that the test sets."""

    def __init__(self, *connections: Connection) -> None:
        self.seen = [*connections, WATCH]
        self.now = 0.0
        self.killed: list[int] = []
        self.logins = 0
        self.answers = True
        self.noted: list[str] = []
        self.progress = Progress(self.noted.append, lambda: self.now)

    @contextmanager
    def log_in(self) -> Iterator[Any]:
        self.logins += 1
        if not self.answers:
            raise GlanceError("Cannot log in")
        yield self

    def number(self) -> int:
        return WATCH.id

    def connections(self) -> list[Connection]:
        return self.seen

    def transactions(self) -> dict[int, int] | None:
        return None

    def kill(self, number: int) -> None:
        self.killed.append(number)

    def watch(self, limit: float = 60) -> LockWatch:
        return LockWatch(TARGET, self.log_in, limit, self.progress, lambda: self.now)

    def shown(self) -> list[str]:
        """Return the phases that the progress has now."""
        self.progress.write()
        return [state[1] for state in json.loads(self.noted[-1])] if self.noted else []


def looked(server: FakeServer, watch: LockWatch, *times: float) -> None:
    for now in times:
        server.now = now
        watch.look()


def test_quick_command_is_not_watched() -> None:
    server = FakeServer(ALTER, IDLE)
    looked(server, server.watch(), 1, 1.9)
    assert server.logins == 0


def test_wait_is_shown_and_ended_at_the_limit() -> None:
    server = FakeServer(ALTER, IDLE)
    with server.watch() as watch:
        looked(server, watch, 10, 30, 69)
        assert server.shown() == ["waiting for a lock, maybe of connection 42 (glance@api1)"]
        with pytest.raises(LockTimeout) as failure:
            looked(server, watch, 70)
    message = str(failure.value)
    assert message.startswith(
        "waited 60 seconds (`lock_timeout`) for a lock (at ALTER TABLE images), and was ended: Waiting for table "
        "metadata lock. Connections that glance can see that may hold the lock: connection 42 of glance@api1:3 "
    )
    assert message.endswith("Then run this again: what was migrated before stays.")
    assert server.killed == [7]
    assert server.shown() == []


def test_wait_that_ends_counts_from_its_own_beginning() -> None:
    server = FakeServer(ALTER, IDLE)
    with server.watch() as watch:
        looked(server, watch, 10, 60)
        server.seen = [ALTER._replace(state="copy to tmp table"), IDLE, WATCH]
        looked(server, watch, 65)
        assert server.shown() == []
        # A change of a large table waits a second time, for the exclusive lock at its end.
        server.seen = [ALTER._replace(seconds=60), IDLE, WATCH]
        looked(server, watch, 75, 130)
        with pytest.raises(LockTimeout):
            looked(server, watch, 135)


@pytest.mark.parametrize(
    ("connections", "killed"),
    [
        pytest.param([INSERT, IDLE], [], id="metadata definitions, during a backup"),
        pytest.param([ALTER, INSERT._replace(id=9), IDLE], [7], id="the service waits behind the migration"),
    ],
)
def test_only_changes_of_the_schema_are_ended_on_the_server(connections: list[Connection], killed: list[int]) -> None:
    server = FakeServer(*connections)
    with server.watch() as watch, pytest.raises(LockTimeout):
        looked(server, watch, 10, 70)
    assert server.killed == killed


@pytest.mark.parametrize(
    "connections",
    [
        pytest.param([IDLE], id="nothing waits"),
        pytest.param([ALTER._replace(user="nova"), IDLE], id="another service waits"),
        pytest.param([ALTER._replace(state="altering table"), INSERT], id="the service waits for the migration"),
        pytest.param([ALTER._replace(seconds=9999)], id="an older statement waits"),
    ],
)
def test_command_that_does_not_wait_goes_on(connections: list[Connection]) -> None:
    server = FakeServer(*connections)
    with server.watch() as watch:
        looked(server, watch, 10, 100, 500)
    assert server.shown() == []


def test_server_that_does_not_answer_is_no_reason_to_end_the_command() -> None:
    server = FakeServer(ALTER)
    server.answers = False
    with server.watch() as watch:
        looked(server, watch, 10, 100)
    assert server.killed == []
