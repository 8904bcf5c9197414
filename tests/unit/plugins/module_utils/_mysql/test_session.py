# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql import session
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.fakes import (
    PASSWORD,
    FakeError,
    FakeServer,
    Run,
)


def test_session_ignores_the_sql_mode_of_the_server(run: Run, server: FakeServer) -> None:
    run(login_password="r00t-pw", login_user="root", login_ca_cert="/ca.pem")
    assert (server.arguments["sql_mode"], server.arguments["autocommit"]) == ("", True)
    assert server.arguments["ssl"] == {"ca": "/ca.pem"}
    assert "host" not in server.arguments


def test_unspecific_error_is_reported_with_its_reason(run: Run, server: FakeServer) -> None:
    server.failures["CREATE USER"] = FakeError(1396, "Operation CREATE USER failed for 'glance'@'localhost'")
    assert "SHOW CREATE USER displays the account" in run()["msg"]
    server.warnings = [{"Level": "Error", "Code": 1290, "Message": "running with the --skip-grant-tables option"}]
    assert run()["msg"].endswith("failed for 'glance'@'localhost': running with the --skip-grant-tables option.")


@pytest.mark.parametrize(
    ("pattern", "error", "message"),
    [
        pytest.param(
            "login",
            FakeError(1698, "Access denied for user 'root'@'localhost'"),
            "Cannot log in to the server at /run/db.sock as 'root': Access denied for user 'root'@'localhost'. This "
            "administrator may log in on the socket only",
            id="not root",
        ),
        pytest.param(
            "CREATE USER",
            FakeError(1227, f"Access denied; near {native_password_hash(PASSWORD)}"),
            "Cannot create the account glance@localhost on the server at /run/db.sock: Access denied; near VALUE "
            "HIDDEN. Check that the administrator has all privileges",
            id="missing privilege",
        ),
        pytest.param(
            "GRANT",
            FakeError(2013, "Lost connection to MySQL server during query"),
            "Cannot create the grants of glance@localhost on glance on the server at /run/db.sock: the connection "
            "was lost (Lost connection to MySQL server during query). Earlier changes were kept.",
            id="server restarted",
        ),
        pytest.param(
            "GRANT",
            FakeError(2013, "Lost connection to MySQL server during query (timed out)"),
            "the server did not respond within 310 seconds",
            id="no response",
        ),
        pytest.param("login", FakeError(2003, "Can't connect"), "that this is its socket.", id="server not running"),
        pytest.param("login", OSError(2, "No such file"), "/run/db.sock as 'root': No such file.", id="no socket"),
        pytest.param(
            "mysql.db",
            FakeError(1142, "SELECT command denied"),
            "Cannot read the privileges at /run/db.sock: SELECT command denied.",
            id="missing privilege to read",
        ),
    ],
)
def test_failure_is_reported_with_the_attempt_and_a_hint(
    run: Run, server: FakeServer, pattern: str, error: Exception, message: str
) -> None:
    server.failures[pattern] = error
    result = run(login_user="root")
    assert result["failed"]
    assert message in result["msg"]
    server.failures.clear()
    run()
    assert not run()["changed"]


BACKUP = FakeError(1047, "Aborting TOI: Replication paused on node for FTWRL/BACKUP STAGE.")


@pytest.mark.parametrize("error", [BACKUP, FakeError(1213, "Deadlock found")], ids=["backup", "conflict"])
def test_statement_is_repeated_until_the_node_of_the_cluster_executes_it(
    run: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch, error: FakeError
) -> None:
    server.failures["GRANT"] = error
    monkeypatch.setattr(session.time, "sleep", lambda _seconds: server.failures.clear())
    assert run()["changed"]
    assert not run()["changed"]


def test_node_that_refuses_changes_is_reported_after_the_timeout(run: Run, server: FakeServer) -> None:
    server.failures["CREATE USER"] = BACKUP
    message = run(lock_timeout=0)["msg"]
    assert "Replication paused on node for FTWRL/BACKUP STAGE. A node of a cluster refuses changes while" in message


def test_login_password_that_cannot_be_sent_is_refused(run: Run) -> None:
    assert "`login_password` contains a character that PyMySQL cannot send" in run(login_password="Ω-pw")["msg"]


def test_missing_library_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise GlanceError("Failed to import the required Python library (PyMySQL)")

    monkeypatch.setattr(session, "load_driver", missing)
    assert "PyMySQL" in run()["msg"]
