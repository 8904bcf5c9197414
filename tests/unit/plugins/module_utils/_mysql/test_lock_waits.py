# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.lock_waits import (
    Connection,
    describe_holders,
    parse_connection,
    possible_holders,
    progress_phase,
    waiting_connections,
)

WAIT = "Waiting for table metadata lock"
ALTER = Connection(7, "glance", "ctl:1", "glance", "Query", 5, WAIT, "ALTER TABLE images ADD COLUMN secret")
SELECT = Connection(8, "glance", "ctl:2", "glance", "Query", 3, WAIT, "SELECT * FROM images")
IDLE = Connection(42, "backup", "db1:3", "glance", "Sleep", 812, "", "")
BUSY = Connection(43, "root", "localhost", "glance", "Query", 2, "", "SELECT 1")
REPLICA = Connection(44, "replica", "db2:4", None, "Binlog Dump", 99999, "Master has sent all binlog", "")


def test_row_without_a_database_and_a_statement_is_parsed() -> None:
    assert parse_connection((42, "backup", "db1:3", None, "Sleep", None, None, None)) == IDLE._replace(
        database=None, seconds=0
    )


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        pytest.param(ALTER, True, id="waiting"),
        pytest.param(ALTER._replace(state="Waiting for backup lock"), True, id="waiting for a backup"),
        pytest.param(ALTER._replace(state="copy to tmp table"), False, id="running"),
        pytest.param(ALTER._replace(user="other"), False, id="another account"),
        pytest.param(ALTER._replace(database="nova"), False, id="another database"),
        pytest.param(ALTER._replace(seconds=900), False, id="started before the command"),
    ],
)
def test_waiting_connections_of_the_command_are_found(connection: Connection, expected: bool) -> None:
    assert waiting_connections([IDLE, connection], "glance", "glance", 10) == ([connection] if expected else [])


@pytest.mark.parametrize(
    ("transactions", "expected"),
    [
        pytest.param(None, [IDLE, BUSY], id="not visible"),
        pytest.param({}, [IDLE, BUSY], id="none"),
        pytest.param({43: 900}, [BUSY, IDLE], id="open transaction"),
    ],
)
def test_likely_holders_are_first(transactions: dict[int, int] | None, expected: list[Connection]) -> None:
    assert possible_holders([BUSY, ALTER, SELECT, IDLE, REPLICA], {ALTER.id}, transactions) == expected


def test_connections_in_the_database_precede_others() -> None:
    longer = BUSY._replace(seconds=9999, database=None)
    assert possible_holders([longer, IDLE], (), None, "glance") == [IDLE, longer]


@pytest.mark.parametrize(
    ("holders", "transactions", "text"),
    [
        pytest.param(
            [], None, "The account glance sees no other connection that may hold the lock; SHOW FULL", id="no holder"
        ),
        pytest.param(
            [IDLE],
            None,
            "Connections that may hold the lock and are visible to glance: connection 42 of backup@db1:3 (Sleep for "
            "812 s). For an administrator of the database, information_schema.INNODB_TRX lists the connections with an "
            "open transaction, and KILL ends a connection.",
            id="transactions not visible",
        ),
        pytest.param(
            [IDLE],
            {42: 900},
            "transaction open for 900 s. End its transaction or statement, or the connection (KILL 42)",
            id="open transaction",
        ),
        pytest.param([IDLE, *[BUSY] * 5], {}, "(Query for 2 s) and 2 more. End", id="many"),
    ],
)
def test_holders_are_described(holders: list[Connection], transactions: dict[int, int] | None, text: str) -> None:
    assert text in describe_holders(holders, transactions, "glance")


def test_progress_phase_contains_the_likely_holder_within_60_characters() -> None:
    assert progress_phase([]) == "waiting for a lock"
    line = progress_phase([IDLE._replace(user="glance", host="10.0.0.11:34180")])
    assert line == "waiting for a lock, maybe of connection 42 (glance@10.0.0.11)"[:61]


def test_statements_are_not_displayed() -> None:
    text = describe_holders([ALTER, SELECT], {7: 1}, "glance") + progress_phase([ALTER])
    assert "secret" not in text
    assert "images" not in text
