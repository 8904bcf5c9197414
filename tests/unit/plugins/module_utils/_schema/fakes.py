# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fakes of PyMySQL for the tests of the schema."""

from __future__ import annotations

from typing import Any


class FakeError(Exception):
    """An error of PyMySQL."""


class FakeCursor:
    """Return the rows of the first pattern that a statement contains."""

    def __init__(self, results: dict[str, list[Any]]) -> None:
        self.results = results
        self.executed: list[str] = []
        self.result: list[Any] = []

    def execute(self, sql: str, values: Any = None) -> None:
        self.executed.append(sql)
        self.result = next((rows for pattern, rows in self.results.items() if pattern in sql), [])
        if "GET_LOCK" in sql:
            self.result = [self.result.pop(0)]

    def fetchall(self) -> list[Any]:
        return self.result


class FakeConnection:
    def __init__(self, results: dict[str, list[Any]]) -> None:
        self.results = results

    def cursor(self) -> FakeCursor:
        return FakeCursor(self.results)

    def close(self) -> None:
        pass
