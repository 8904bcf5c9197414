# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import (
    CONTRACT,
    DONE,
    EXPAND,
    MIGRATE,
    check_phase_order,
    is_pending,
    phase_of,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.builders import TARGET


@pytest.mark.parametrize(
    ("phase", "stage", "first"),
    [("migrate", EXPAND, "expand"), ("contract", EXPAND, "expand"), ("contract", MIGRATE, "migrate")],
)
def test_phase_out_of_order_is_refused(phase: str, stage: int, first: str) -> None:
    with pytest.raises(GlanceError, match=f"`phase: {phase}` comes after {first}.*run `phase: {first}` first"):
        check_phase_order(stage, phase, State(("a",)), TARGET)


@pytest.mark.parametrize(
    ("phase", "stage"),
    [("all", EXPAND), ("none", EXPAND), ("expand", EXPAND), ("contract", CONTRACT), ("expand", DONE)],
)
def test_next_phase_is_accepted(phase: str, stage: int) -> None:
    check_phase_order(stage, phase, State(("a",)), TARGET)


@pytest.mark.parametrize(
    ("phase", "pending"),
    [
        ("all", [EXPAND, MIGRATE, CONTRACT]),
        ("rolling", [EXPAND, MIGRATE]),
        ("expand", [EXPAND]),
        ("migrate", [EXPAND, MIGRATE]),
        ("contract", [EXPAND, MIGRATE, CONTRACT]),
    ],
)
def test_phase_is_pending_until_it_is_done(phase: str, pending: list[int]) -> None:
    assert [stage for stage in (EXPAND, MIGRATE, CONTRACT, DONE) if is_pending(stage, phase)] == pending


@pytest.mark.parametrize(
    ("phase", "has_phases", "expected"),
    [("rolling", False, "all"), ("rolling", True, "rolling"), ("expand", False, "expand"), ("none", False, "none")],
)
def test_new_database_needs_no_phases(phase: str, has_phases: bool, expected: str) -> None:
    assert phase_of(phase, has_phases) == expected
