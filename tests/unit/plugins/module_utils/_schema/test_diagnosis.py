# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema.diagnosis import (
    DISK_FULL_ADVICE,
    PARTIAL_MIGRATION_ADVICE,
    failure_advice,
    failure_reason,
    find_leftover,
    is_interrupted,
    is_nothing_migrated,
    is_partially_applied,
    parse_revisions,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param(
            "2026-11-20 14:05:37.240 8061 INFO alembic [-] Context impl MySQLImpl.\x1b[00m\n"
            'Traceback (most recent call last):\n  File "/x.py", line 1, in x\n    raise y\n    ^^^^^\n'
            "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1050, \"Table 'tasks' already exists\")\n"
            "[SQL: \nCREATE TABLE images (\n\tid INTEGER\n)\n]\n"
            "(Background on this error at: https://sqlalche.me/e/14)",
            "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1050, \"Table 'tasks' already exists\")",
            id="traceback",
        ),
        pytest.param(
            "2026-11-20 14:05:41.843 8080 ERROR glance     raise exception.CantStartEngineError(\n"
            "2026-11-20 14:05:41.843 8080 ERROR glance oslo_db.exception.CantStartEngineError: No sql_connection\n"
            "2026-11-20 14:05:41.843 8080 ERROR glance \x1b[00m",
            "oslo_db.exception.CantStartEngineError: No sql_connection",
            id="traceback in the log",
        ),
        pytest.param("a\nb\nc\nFailed to sync.\n", "b c Failed to sync.", id="last lines"),
        pytest.param(
            "2026-11-20 14:05:47.7 8098 ERROR glance.db [-] Failed to parse json file x.json\x1b[00m\n"
            "2026-11-20 14:05:47.7 8098 INFO glance.db [-] Metadata loading finished\x1b[00m\n",
            "Failed to parse json file x.json",
            id="log",
        ),
        pytest.param("", "no output", id="no output"),
    ],
)
def test_failure_reason_is_extracted(output: str, expected: str) -> None:
    assert failure_reason(output) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("(1050, \"Table 'images' already exists\")", True),
        ("(1060, \"Duplicate column name 'x'\")", True),
        ('(1045, "Access denied")', False),
    ],
)
def test_partially_applied_migration_is_recognized(output: str, expected: bool) -> None:
    assert is_partially_applied(output) is expected


SQL = 'OperationalError: (1060, "Duplicate")\n[SQL: {}]\n(Background on this error'


@pytest.mark.parametrize(
    ("statement", "leftover"),
    [
        ("ALTER TABLE images ADD COLUMN os_hidden BOOL NOT NULL", Leftover("column", "images", "os_hidden")),
        ("CREATE INDEX i_idx ON images (os_hidden)", Leftover("index", "images", "i_idx")),
        ("CREATE UNIQUE INDEX `i_idx` ON `images` (x)", Leftover("index", "images", "i_idx")),
        ("\nCREATE TABLE cached_images (\n\tid", Leftover("table", "cached_images", "")),
        ("ALTER TABLE images DROP COLUMN is_public", None),
    ],
)
def test_leftover_is_recognized(statement: str, leftover: Leftover | None) -> None:
    assert find_leftover(SQL.format(statement)) == leftover


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("(1060, 'Duplicate')", PARTIAL_MIGRATION_ADVICE, id="partially applied"),
        pytest.param("(1114, \"The table 'images' is full\")", DISK_FULL_ADVICE, id="full table"),
        pytest.param("OSError: [Errno 28] No space left on device", DISK_FULL_ADVICE, id="full disk"),
        pytest.param("Got error 28 from storage engine", DISK_FULL_ADVICE, id="full disk of the server"),
        pytest.param("(1045, 'Access denied')", "", id="other error"),
    ],
)
def test_advice_depends_on_the_reason(output: str, expected: str) -> None:
    assert failure_advice(output).strip() == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("(2013, 'Lost connection')", True),
        ("(1053, 'Server shutdown')", True),
        ("pymysql.err.InterfaceError: (0, '')", True),
        ("(1047, 'WSREP has not yet prepared node for application use')", True),
        ("(1213, 'Deadlock found when trying to get lock; try restarting transaction')", True),
        ("(1045, 'Access denied')", False),
        ("VALUES (0, 'a name')", False),
    ],
)
def test_interruption_is_recognized(output: str, expected: bool) -> None:
    assert is_interrupted(output) is expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("Migrated 3 rows", False),
        ("Migrated 0 rows", True),
        ("Database migration is up to date. No migration needed.", True),
        ("Database is up to date. No migrations needed.", True),
    ],
)
def test_migration_without_data_is_recognized(output: str, expected: bool) -> None:
    assert is_nothing_migrated(output) is expected


@pytest.mark.parametrize(
    ("output", "revisions"),
    [
        pytest.param("wallaby_contract01\n", ("wallaby_contract01",), id="one"),
        pytest.param("2026-11-20 14:05:47.7 8 INFO a [-] Context impl\npike_contract01\nq_expand01\n",
                     ("pike_contract01", "q_expand01"), id="two"),
        pytest.param("42\n", ("42",), id="number"),
        pytest.param("0\n", (), id="no revision"),
        pytest.param("Database is either not under migration control or under legacy control\n", (), id="sentence"),
    ],
)  # fmt: skip
def test_revisions_are_parsed(output: str, revisions: tuple[str, ...]) -> None:
    assert parse_revisions(output) == revisions
