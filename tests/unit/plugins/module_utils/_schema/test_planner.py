# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import (
    CONTRACT,
    DONE,
    EXPAND,
    MIGRATE,
    is_pending,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.planner import (
    METADEFS,
    SCHEMA,
    check_completed,
    make_plan,
    predicted_plan,
    unusable_schema,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.release import parse_release
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.builders import TABLES, TARGET, WALLABY


def test_empty_database_is_created_and_populated() -> None:
    plan = make_plan(State(), parse_release(WALLABY), "all", EXPAND, "/m", ["A", "B"])
    assert plan.actions() == {SCHEMA: "create", METADEFS: "load"}
    schema = plan.diff()["after"][SCHEMA]
    assert (schema["revision"], schema["phase"], len(schema["migrations"])) == ("wallaby_contract01", "all", 6)
    assert plan.diff()["after"][METADEFS] == {"directory": "/m", "namespaces": ["A", "B"]}


@pytest.mark.parametrize(
    ("phase", "stage", "action"),
    [
        ("all", EXPAND, "migrate"),
        ("all", CONTRACT, "migrate"),
        ("all", DONE, None),
        ("expand", EXPAND, "expand"),
        ("expand", MIGRATE, None),
        ("migrate", MIGRATE, "migrate"),
        ("migrate", CONTRACT, None),
        ("contract", CONTRACT, "contract"),
        ("contract", DONE, None),
    ],
)
def test_phase_is_planned_when_it_is_pending(phase: str, stage: int, action: str | None) -> None:
    plan = make_plan(State(("pike_contract01",)), parse_release(WALLABY), phase, stage)
    assert plan.actions() == ({SCHEMA: action} if action else {})
    assert is_pending(stage, phase) is bool(action)


@pytest.mark.parametrize(
    ("state", "stage", "message"),
    [
        pytest.param(State((), frozenset()), EXPAND, "has no schema of the Image service. Check", id="empty"),
        pytest.param(State((), frozenset({"a", "b"})), EXPAND, "service, but 2 tables. Check", id="foreign tables"),
        pytest.param(State(("a",), frozenset({"alembic_version"})), DONE, "but 1 tables", id="no table images"),
        pytest.param(State(("a",), TABLES), EXPAND, "revision a, and .* needs wallaby_contract01", id="older"),
    ],
)
def test_unusable_schema_is_reported(state: State, stage: int, message: str) -> None:
    plan = make_plan(state, parse_release(WALLABY), "none", stage)
    assert plan.steps
    assert not plan.changed
    assert re.search(message, str(unusable_schema(state, parse_release(WALLABY), TARGET)))


@pytest.mark.parametrize("stage", [DONE, MIGRATE, CONTRACT])
def test_usable_schema_is_not_verified_again(stage: int) -> None:
    assert not make_plan(State(("a",), TABLES), parse_release(WALLABY), "none", stage).steps


def test_prediction_for_a_bare_host_creates_everything() -> None:
    assert predicted_plan("all", "/m").diff()["after"] == {
        SCHEMA: {"revision": "head", "phase": "all"},
        METADEFS: {"directory": "/m"},
    }
    assert predicted_plan("all", None).actions() == {SCHEMA: "create"}


def test_prediction_for_phase_none_changes_nothing() -> None:
    assert not predicted_plan("none", "/m").changed


@pytest.mark.parametrize(
    ("state", "pending"),
    [
        pytest.param(State((), frozenset()), True, id="empty database"),
        pytest.param(State(("h",), frozenset({"alembic_version"})), False, id="no table images"),
        pytest.param(State(("a",), frozenset({"images", "alembic_version"})), True, id="not at head"),
        pytest.param(State(()), True, id="unknown tables, no revision"),
    ],
)
def test_success_without_a_schema_is_a_failure(state: State, pending: bool) -> None:
    with pytest.raises(GlanceError, match="controller:3306/glance.*Its output: nothing to do"):
        check_completed(state, pending, TARGET, "nothing to do")


@pytest.mark.parametrize(
    "tables", [None, frozenset({"images", "alembic_version"})], ids=["unknown tables", "existing tables"]
)
def test_existing_schema_is_accepted(tables: frozenset[str] | None) -> None:
    check_completed(State(("h",), tables), False, TARGET, "")
