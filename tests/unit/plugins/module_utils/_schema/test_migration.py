# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fake_server import FakeServer, run


def test_interrupted_creation_is_restarted(server: FakeServer, host: Path) -> None:
    server.tables = frozenset({"images", "alembic_version"})
    result = run(server, host)
    assert result["revision_after"] == server.head
    assert "were empty" in result["warnings"][0]
    assert not run(server, host)["changed"]


@pytest.mark.parametrize(
    ("tables", "unused"),
    [
        pytest.param({"images", "wp_posts"}, True, id="foreign tables"),
        pytest.param({"images"}, False, id="rows or other connections"),
    ],
)
def test_interrupted_creation_with_data_is_only_reported(
    server: FakeServer, host: Path, tables: set[str], unused: bool
) -> None:
    server.tables, server.unused = frozenset(tables), unused
    message = run(server, host)["msg"]
    assert "Restore the database" in message
    assert "S3cr" not in message
    assert server.tables == tables


def test_leftovers_of_an_interrupted_upgrade_are_removed(server: FakeServer, host: Path) -> None:
    server.set_revisions("yoga_contract01")
    server.unused = False
    error = 'OperationalError: (1060, "Duplicate column name")\n[SQL: ALTER TABLE tasks ADD COLUMN {} INTEGER]'
    failures = [(1, error.format("a")), (1, error.format("b"))]
    server.failures["db_sync"] = [*failures, (1, "OperationalError: (1045, 'no')")]
    assert "(1045" in run(server, host)["msg"]
    a, b = Leftover("column", "tasks", "a"), Leftover("column", "tasks", "b")
    # The second attempt added the first column again before it failed.
    assert server.removed == [a, a, b]


def test_interrupted_upgrade_with_data_is_only_reported(server: FakeServer, host: Path) -> None:
    server.set_revisions("yoga_contract01")
    server.unused, server.has_data = False, True
    error = 'OperationalError: (1060, "Duplicate column name")\n[SQL: ALTER TABLE tasks ADD COLUMN a INTEGER]'
    server.failures["db_sync"] = [(1, error)]
    assert "Restore the database" in run(server, host)["msg"]
