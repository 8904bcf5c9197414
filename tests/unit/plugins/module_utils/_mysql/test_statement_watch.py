# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql import statement_watch
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.fakes import FakeError, FakeServer, Run

BACKUP = dict(zip("abcdefgh", (42, "backup", "db1", None, "Sleep", 812, "", "")))


@pytest.fixture
def lock(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Return the event that releases the lock for which CREATE USER waits."""
    released, killed = threading.Event(), threading.Event()
    execute = server.execute

    def wait(sql: str, arguments: tuple[Any, ...]) -> list[dict[str, Any]]:
        if sql == "KILL QUERY 7":
            killed.set()
            return []
        if "CREATE USER" in sql and not released.is_set():
            server.connections = [BACKUP, WAITER]
            while not released.wait(0.01):
                if killed.is_set():
                    raise FakeError(1317, "Query execution was interrupted")
        return execute(sql, arguments)

    monkeypatch.setattr(server, "execute", wait)
    monkeypatch.setattr(statement_watch, "GRACE_SECONDS", 0.01)
    monkeypatch.setattr(statement_watch, "POLL_SECONDS", 0.01)
    return released


WAITER = dict(zip("abcdefgh", (7, "root", "localhost", None, "Query", 3, "Waiting for backup lock", "CREATE USER")))


def test_lock_timeout_is_reported_with_the_holder(run: Run, lock: threading.Event) -> None:
    assert run(login_user="root", lock_timeout=0)["msg"].endswith(
        "it waited 0 seconds (`lock_timeout`) for a lock: Waiting for backup lock. Connections that may hold the lock: "
        "connection 42 of backup@db1 (Sleep for 812 s), transaction open for 900 s. End its transaction or "
        "statement, or the connection (KILL 42)."
    )


def test_statement_continues_when_the_lock_is_released(run: Run, server: FakeServer, lock: threading.Event) -> None:
    threading.Timer(0.2, lock.set).start()
    assert run()["changed"]
    assert not run()["changed"]
