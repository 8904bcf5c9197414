# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.reader import read_current
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import DESIRED, SERVER


class FakeSession:
    """A session that returns the rows of the first pattern that a query contains."""

    where = "db1:3306"

    def __init__(self, **results: list[dict[str, Any]]) -> None:
        self.results = results
        self.subjects: list[str] = []

    def rows(self, sql: str, arguments: tuple[Any, ...] = (), *, subject: str = "the server") -> list[dict[str, Any]]:
        self.subjects.append(subject)
        return next((rows for pattern, rows in self.results.items() if pattern in sql), [])


CHARSET = [{"CHARSET()": "utf8mb3"}]


def test_database_with_another_case_is_ignored() -> None:
    names = [{"name": name, "encoding": name, "collation": "c"} for name in ("GLANCE", "glance")]
    current = read_current(FakeSession(CHARSET=CHARSET, SCHEMATA=names), DESIRED, SERVER)  # type: ignore[arg-type]
    assert (current.encoding, current.collation, current.desired_encoding) == ("glance", "c", "utf8mb3")
    current = read_current(FakeSession(CHARSET=CHARSET, SCHEMATA=names[:1]), DESIRED, SERVER)  # type: ignore[arg-type]
    assert current.encoding is None


@pytest.mark.parametrize(("user", "reads_accounts"), [("glance", True), (None, False)])
def test_accounts_and_grants_are_read_for_a_user_only(user: str | None, reads_accounts: bool) -> None:
    session = FakeSession(CHARSET=CHARSET, COLUMNS=[{"Field": "Select_priv"}])
    current = read_current(session, {**DESIRED, "user": user}, SERVER)  # type: ignore[arg-type]
    assert ("the accounts" in session.subjects) is reads_accounts
    assert current.available_privileges == ({"SELECT"} if reads_accounts else set())
