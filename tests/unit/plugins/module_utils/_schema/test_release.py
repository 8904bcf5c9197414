# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import CONTRACT, DONE, EXPAND, MIGRATE
from ansible_collections.osops.glance.plugins.module_utils._schema.release import (
    Release,
    check_revision_is_known,
    parse_release,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.builders import (
    LIBERTY,
    PIKE,
    TARGET,
    WALLABY,
    script,
)


@pytest.mark.parametrize(
    ("files", "heads"),
    [
        pytest.param(WALLABY, ("wallaby_contract01",), id="Wallaby"),
        pytest.param(PIKE, ("pike01", "pike_contract01"), id="Pike"),
        pytest.param(LIBERTY, ("42",), id="Liberty"),
        pytest.param({}, (), id="no scripts"),
    ],
)
def test_heads_are_parsed(files: dict[str, str], heads: tuple[str, ...]) -> None:
    assert parse_release(files).heads == heads


@pytest.mark.parametrize(
    ("files", "revisions", "at_head"),
    [
        pytest.param(WALLABY, ("wallaby_contract01",), True, id="at head"),
        pytest.param(WALLABY, ("pike_contract01", "wallaby_expand01"), False, id="during an upgrade"),
        pytest.param(WALLABY, ("pike01",), False, id="older"),
        pytest.param(WALLABY, (), False, id="empty"),
        pytest.param(PIKE, ("pike01",), True, id="Pike by db_sync"),
        pytest.param(PIKE, ("pike_contract01",), True, id="Pike by branches"),
        pytest.param(LIBERTY, ("42",), True, id="numbered"),
        pytest.param(LIBERTY, ("34",), False, id="numbered, older"),
    ],
)
def test_schema_at_head_is_recognized(files: dict[str, str], revisions: tuple[str, ...], at_head: bool) -> None:
    assert parse_release(files).is_at_head(State(revisions)) is at_head


@pytest.mark.parametrize(
    ("files", "revision"),
    [
        pytest.param(WALLABY, "2024_1_contract01", id="newer"),
        pytest.param(LIBERTY, "44", id="newer number"),
        pytest.param(LIBERTY, "pike01", id="name in a numbered release"),
    ],
)
def test_schema_of_a_newer_release_is_refused(files: dict[str, str], revision: str) -> None:
    with pytest.raises(GlanceError, match=f"{revision}.*does not have.*cannot be downgraded") as failure:
        check_revision_is_known(State((revision,)), parse_release(files), TARGET)
    assert "controller:3306/glance" in str(failure.value)


@pytest.mark.parametrize(
    ("files", "revision"),
    [
        pytest.param(WALLABY, "mitaka02", id="older"),
        pytest.param(WALLABY, "pike01", id="older, removed branch"),
        pytest.param(WALLABY, "44", id="older, numbered"),
        pytest.param({}, "anything", id="release not found"),
    ],
)
def test_schema_of_an_older_release_is_accepted(files: dict[str, str], revision: str) -> None:
    check_revision_is_known(State((revision,)), parse_release(files), TARGET)


@pytest.mark.parametrize(
    ("files", "revisions", "phase", "stage"),
    [
        pytest.param(WALLABY, ("wallaby_contract01",), "migrate", DONE, id="done"),
        pytest.param(WALLABY, ("pike_contract01",), "contract", EXPAND, id="to expand"),
        pytest.param(WALLABY, ("pike_contract01", "wallaby_expand01"), "migrate", MIGRATE, id="maybe to migrate"),
        pytest.param(WALLABY, ("pike_contract01", "wallaby_expand01"), "contract", CONTRACT, id="to contract"),
        pytest.param(LIBERTY, ("34",), "all", EXPAND, id="numbered"),
    ],
)
def test_stage_by_revision(files: dict[str, str], revisions: tuple[str, ...], phase: str, stage: int) -> None:
    assert parse_release(files).stage(State(revisions), phase) == stage


EXPANDED = ("pike_contract01", "wallaby_expand01")
BOTH = ["wallaby_expand01", "wallaby_contract01"]


@pytest.mark.parametrize(
    ("files", "revisions", "phase", "end", "migrations"),
    [
        pytest.param(WALLABY, ("pike_contract01",), "all", BOTH[1:], BOTH, id="all"),
        pytest.param(WALLABY, ("pike_contract01",), "expand", EXPANDED, BOTH[:1], id="expand"),
        pytest.param(WALLABY, EXPANDED, "migrate", EXPANDED, [], id="migrate"),
        pytest.param(WALLABY, EXPANDED, "contract", BOTH[1:], BOTH[1:], id="contract"),
        pytest.param(
            WALLABY,
            (),
            "all",
            BOTH[1:],
            ["liberty", "mitaka02", "pike_expand01", "wallaby_expand01", "pike_contract01", "wallaby_contract01"],
            id="from an empty database",
        ),
        pytest.param(WALLABY, ("pike01",), "all", BOTH[1:], BOTH, id="from a removed revision"),
        pytest.param(WALLABY, ("44",), "all", BOTH[1:], [], id="from a number"),
        pytest.param(PIKE, ("mitaka02",), "all", ["pike01"], ["pike01"], id="Pike by db_sync"),
        pytest.param(LIBERTY, ("40",), "all", ["42"], ["41", "42"], id="numbered"),
        pytest.param({}, ("40",), "all", [], [], id="unknown"),
    ],
)
def test_migrations_and_revisions_of_a_phase(
    files: dict[str, str], revisions: tuple[str, ...], phase: str, end: Any, migrations: list[str]
) -> None:
    release, state = parse_release(files), State(revisions)
    assert release.state_after(state, phase).revisions == tuple(end)
    assert release.migrations(state, phase) == migrations


def test_unknown_release_is_never_at_head() -> None:
    assert not Release().is_at_head(State(("x",)))


def test_releases_whose_additions_are_applied_together_are_named() -> None:
    release = parse_release(
        {
            **WALLABY,
            "zed_expand01_empty.py": script("zed_expand01", "wallaby_expand01"),
            "2024_1_expand01_add_cache.py": script("2024_1_expand01", "zed_expand01"),
        }
    )
    assert release.spanned(State(("pike_contract01",))) == ["wallaby", "2024_1"]
    assert release.spanned(State(("wallaby_contract01",))) == ["2024_1"]
