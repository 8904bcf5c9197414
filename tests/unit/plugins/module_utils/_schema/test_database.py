# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema.database import Database
from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fakes import FakeCursor


def tables(*names: str) -> list[tuple[str]]:
    return [(name,) for name in names]


ATTRIBUTES = ("Title", "Words", "public", 1, "admin")
METADEFS = tables("alembic_version", "metadef_namespaces", "metadef_tags", "migrate_version")


@pytest.mark.parametrize(
    ("results", "revisions", "namespaces"),
    [
        pytest.param({}, (), {}, id="empty"),
        pytest.param(
            {
                "SHOW TABLES": METADEFS,
                "alembic_version": [("a",)],
                "metadef_namespaces": [(7, "N", *ATTRIBUTES)],
                "metadef_tags": [(7, "T")],
                "metadef_properties": [(7, "P", "{}"), (8, "P", "{}")],
            },
            ("a",),
            {"N": {("property", "p"): ({},), ("tag", "t"): ()}},
            id="Alembic",
        ),
        pytest.param(
            {
                "SHOW TABLES": tables("alembic_version", "metadef_namespaces"),
                "metadef_namespaces": [(7, "N", *ATTRIBUTES)],
            },
            (),
            {"N": {}},
            id="empty namespace before tags",
        ),
        pytest.param(
            {
                "SHOW TABLES": tables("migrate_version", "metadef_namespaces", "metadef_properties"),
                "migrate_version": [(36,)],
                "metadef_namespaces": [(7, "N", *ATTRIBUTES)],
                "metadef_properties": [(7, "P", "{}")],
                # Juno does not have this table, so the query must not be executed.
                "metadef_tags": ["this table does not exist"],
            },
            ("36",),
            {"N": {("property", "p"): ({},)}},
            id="definitions before tags",
        ),
        pytest.param(
            {"SHOW TABLES": tables("migrate_version"), "migrate_version": [(34,)]}, ("34",), {}, id="numbered revision"
        ),
    ],
)
def test_state_is_read(results: dict[str, list[Any]], revisions: tuple[str, ...], namespaces: dict[str, Any]) -> None:
    # The query for resource types contains the names of other tables.
    state = Database(FakeCursor({"metadef_namespace_resource_types": [], **results})).read_state()
    assert state.revisions == revisions
    assert {name: namespace.items for name, namespace in (state.namespaces or {}).items()} == namespaces


@pytest.mark.parametrize(
    ("results", "unused"),
    [
        pytest.param({}, True, id="unused"),
        pytest.param({"`images`": [("i",)]}, False, id="an image"),
        pytest.param({"processlist": [(7,)]}, False, id="another connection"),
    ],
)
def test_database_in_use_is_recognized(results: dict[str, list[Any]], unused: bool) -> None:
    cursor = FakeCursor({"SHOW TABLES": tables("images", "alembic_version"), "`alembic_version`": [("a",)], **results})
    assert Database(cursor).is_unused() is unused


def test_all_tables_are_dropped() -> None:
    cursor = FakeCursor({"SHOW TABLES": tables("images", "alembic_version")})
    Database(cursor).drop_tables()
    assert cursor.executed[-2:] == ["DROP TABLE `images`", "DROP TABLE `alembic_version`"]


@pytest.mark.parametrize(
    ("results", "seconds", "acquired"),
    [
        pytest.param([(1,)], 60, True, id="available"),
        pytest.param([(0,), (0,), (1,)], 60, True, id="available later"),
        pytest.param([(0,)], 0, False, id="timeout"),
        pytest.param([(None,)], 60, True, id="server without locks"),
    ],
)
def test_lock_is_acquired_within_the_timeout(results: list[tuple[Any]], seconds: int, acquired: bool) -> None:
    assert Database(FakeCursor({"GET_LOCK": results})).acquire_lock("db_sync glance", seconds) is acquired


@pytest.mark.parametrize(
    ("leftover", "results", "removed", "statement"),
    [
        pytest.param(Leftover("table", "t", ""), {}, True, "DROP TABLE `t`", id="empty table"),
        pytest.param(Leftover("table", "t", ""), {"FROM `t`": [(1,)]}, False, None, id="table with rows"),
        pytest.param(
            Leftover("column", "t", "c"),
            {"SHOW COLUMNS": [("c",)]},
            True,
            "ALTER TABLE `t` DROP COLUMN `c`",
            id="column",
        ),
        pytest.param(
            Leftover("column", "t", "c"),
            {"SHOW COLUMNS": [("c",)], "DEFAULT": [(1,)]},
            False,
            None,
            id="column with data",
        ),
        pytest.param(Leftover("column", "t", "c"), {}, True, None, id="missing column"),
        pytest.param(Leftover("index", "t", "i"), {"SHOW INDEX": [("i",)]}, True, "DROP INDEX `i` ON `t`", id="index"),
        pytest.param(Leftover("index", "t", "i"), {}, True, None, id="missing index"),
    ],
)
def test_leftover_without_data_is_removed(
    leftover: Leftover, results: dict[str, list[Any]], removed: bool, statement: str | None
) -> None:
    cursor = FakeCursor(results)
    assert Database(cursor).remove_leftover(leftover) is removed
    assert [sql for sql in cursor.executed if "DROP" in sql] == ([statement] if statement else [])


REFERENCED: dict[str, list[Any]] = {"KEY_COLUMN_USAGE": [("child",)]}


def test_empty_table_is_removed_with_those_that_refer_to_it() -> None:
    """As node_reference and cached_images, which the same migration to 2024.1 creates."""
    cursor = FakeCursor(REFERENCED)
    assert Database(cursor).remove_leftover(Leftover("table", "t", ""))
    assert [sql for sql in cursor.executed if "DROP" in sql] == ["DROP TABLE `t`", "DROP TABLE `child`"]


def test_table_is_kept_if_one_that_refers_to_it_has_rows() -> None:
    cursor = FakeCursor({**REFERENCED, "FROM `child`": [(1,)]})
    assert not Database(cursor).remove_leftover(Leftover("table", "t", ""))
    assert not [sql for sql in cursor.executed if "DROP" in sql]


@pytest.mark.parametrize(
    ("variables", "waits"),
    [([("wsrep_on", "ON")], True), ([("wsrep_on", "OFF")], False), ([], False)],
    ids=["node of a cluster", "MariaDB", "MySQL"],
)
def test_queries_wait_for_other_nodes_of_a_cluster(variables: list[tuple[str, str]], waits: bool) -> None:
    cursor = FakeCursor({"wsrep_on": variables})
    Database(cursor).wait_for_other_nodes()
    assert ("SET SESSION wsrep_sync_wait = 1" in cursor.executed) is waits
