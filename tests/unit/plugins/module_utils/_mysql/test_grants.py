# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql.grants import parse_grants, parse_privileges
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Current, Grant
from ansible_collections.osops.glance.plugins.module_utils._mysql.planner import make_plan
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import (
    ALL,
    AVAILABLE,
    DESIRED,
    GRANT,
    GRANT_ALL,
    HERE,
    current,
    statements,
    with_grants,
)

TO, FROM = "TO 'glance'@'localhost'", "FROM 'glance'@'localhost'"
ON_TABLE = Grant(HERE, "glance", "images", frozenset({"SELECT", "DROP"}))


@pytest.mark.parametrize(
    ("changes", "state", "expected"),
    [
        pytest.param({}, with_grants(), [GRANT_ALL], id="no grant"),
        pytest.param({}, with_grants(GRANT._replace(host="10.%")), [GRANT_ALL], id="grant of another account"),
        pytest.param({}, with_grants(GRANT._replace(privileges=ALL - {"DROP"})), [GRANT_ALL], id="missing privilege"),
        pytest.param(
            {"privileges": ["select", "insert"]},
            with_grants(GRANT),
            [f"REVOKE CREATE TEMPORARY TABLES, DROP ON `glance`.* {FROM}"],
            id="fewer privileges",
        ),
        pytest.param(
            {"privileges": ["INSERT"]},
            with_grants(GRANT._replace(privileges=frozenset({"SELECT"}))),
            [f"GRANT INSERT ON `glance`.* {TO}", f"REVOKE SELECT ON `glance`.* {FROM}"],
            id="granted before revoked",
        ),
        pytest.param(
            {},
            with_grants(GRANT._replace(privileges=AVAILABLE)),
            [f"REVOKE GRANT OPTION ON `glance`.* {FROM}"],
            id="grant option",
        ),
        pytest.param({"privileges": []}, with_grants(), [], id="no privileges desired"),
        pytest.param({"privileges": ["all privileges"]}, current(), [], id="all privileges"),
        pytest.param({}, with_grants(GRANT, GRANT._replace(database="keystone")), [], id="grant on another database"),
        pytest.param(
            {"name": "my_glance"},
            with_grants(GRANT._replace(database="my_glance")),
            [
                rf"GRANT ALL PRIVILEGES ON `my\_glance`.* {TO}",
                f"REVOKE CREATE TEMPORARY TABLES, DROP, INSERT, SELECT ON `my_glance`.* {FROM}",
            ],
            id="unescaped wildcard",
        ),
        pytest.param(
            {"name": "my_glance"}, with_grants(GRANT._replace(database=r"my\_glance")), [], id="escaped wildcard"
        ),
        pytest.param({}, with_grants(GRANT, ON_TABLE), [], id="table grant within the database grant"),
        pytest.param(
            {"privileges": ["SELECT"]},
            with_grants(GRANT._replace(privileges=frozenset({"SELECT"})), ON_TABLE),
            [f"REVOKE DROP ON `glance`.`images` {FROM}"],
            id="table grant with more privileges",
        ),
    ],
)
def test_grants_on_the_database_are_exact(changes: dict[str, Any], state: Current, expected: list[str]) -> None:
    assert statements({**DESIRED, **changes}, state) == expected


@pytest.mark.parametrize("privilege", ["SUPER", "GRANT OPTION"])
def test_privilege_that_cannot_be_granted_on_a_database_is_refused(privilege: str) -> None:
    with pytest.raises(GlanceError, match=f"`privileges` contains {privilege}"):
        make_plan({**DESIRED, "privileges": [privilege]}, current())


def test_grants_are_parsed() -> None:
    on_database = {"Host": "%", "Db": "glance", "User": "glance", "Select_priv": "Y", "Create_tmp_table_priv": "Y",
                   "Grant_priv": "Y", "Drop_priv": "N"}  # fmt: skip
    on_table = {"Host": "%", "Db": "glance", "Table_name": "images", "Table_priv": "Select,Delete versioning rows",
                "Column_priv": "Insert"}  # fmt: skip
    assert parse_grants([on_database], [on_table]) == [
        Grant("%", "glance", None, frozenset({"SELECT", "CREATE TEMPORARY TABLES", "GRANT OPTION"})),
        Grant("%", "glance", "images", frozenset({"SELECT", "DELETE HISTORY", "INSERT"})),
    ]
    assert parse_privileges(["Host", "Select_priv", "Grant_priv"]) == {"SELECT", "GRANT OPTION"}
