# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fake_server import (
    FakeServer,
    definition,
    run,
)


def test_only_missing_definitions_are_loaded(server: FakeServer, host: Path) -> None:
    server.set_revisions(server.head)
    server.load(str(host / "metadefs" / "cpu.json"))
    assert run(server, host)["metadefs_loaded"] == ["OS::Quota"]
    assert ["db_sync"] not in server.commands


def test_definitions_are_not_loaded_without_a_directory(server: FakeServer, host: Path) -> None:
    assert run(server, host, metadefs=None)["metadefs_loaded"] == []
    assert [command[0] for command in server.commands if command[0].startswith("db_")] == ["db_sync"]


def test_definitions_that_were_not_loaded_are_reported(server: FakeServer, host: Path) -> None:
    server.failures["db_load_metadefs"] = [(0, "Permission denied")]
    assert "does not have all of OS::CPU, OS::Quota: Permission denied" in run(server, host)["msg"]


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_invalid_definition_is_reported(server: FakeServer, host: Path, text: str) -> None:
    (host / "metadefs" / "invalid.json").write_text(text)
    assert "invalid.json is not a metadata definition" in run(server, host)["msg"]


def test_missing_directory_is_reported(server: FakeServer, host: Path) -> None:
    assert "/nowhere" in run(server, host, metadefs="/nowhere")["msg"]


def load_partially(server: FakeServer, host: Path, *properties: str) -> None:
    """Load a namespace partially, as a killed glance-manage does."""
    server.set_revisions(server.head)
    (host / "partial.json").write_text(definition("OS::Quota", *properties))
    server.load(str(host / "metadefs" / "cpu.json"))
    server.load(str(host / "partial.json"))


@pytest.mark.parametrize("properties", [[], ["a"], ["a", "b"]])
def test_partially_loaded_namespace_is_completed(server: FakeServer, host: Path, properties: list[str]) -> None:
    load_partially(server, host, *properties)
    predicted = run(server, host, check_mode=True)
    assert predicted["metadefs_loaded"] == ["OS::Quota"]
    assert predicted == run(server, host)
    assert not run(server, host)["changed"]


@pytest.mark.parametrize("properties", [["b", "c"], ["a", "b", "x"], ["a", "c"]])
def test_manual_changes_of_definitions_are_kept(server: FakeServer, host: Path, properties: list[str]) -> None:
    load_partially(server, host, *properties)
    assert not run(server, host)["changed"]


def test_definitions_are_merged_on_request(server: FakeServer, host: Path) -> None:
    load_partially(server, host, "a", "own")
    assert run(server, host, metadefs_merge=True)["metadefs_loaded"] == ["OS::Quota"]
    assert [name for _kind, name in server.namespaces["OS::Quota"].items] == ["a", "own", "b", "c"]
    assert not run(server, host, metadefs_merge=True)["changed"]
