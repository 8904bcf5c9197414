# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults against a schema, and files and variables that override settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    OPTIONS,
    converge,
    fails,
    read,
    row,
    written,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.schemas import SCHEMA

SCHEMA_FAULTS = [
    row({"debgu": "true"}, "a/debgu is not an option of the service; did you mean debug", id="misspelt option"),
    row({"verbose": "true"}, "a/verbose is deprecated; use a/debug", id="deprecated name"),
    row({"choice": "three"}, "a/choice must be one of one, two, not 'three'", id="wrong choice"),
    row({"workers": "0"}, "a/workers must be at least 1, not '0'", id="wrong number"),
]


@pytest.mark.parametrize(("options", "message"), SCHEMA_FAULTS)
def test_fault_against_the_schema_is_reported(tmp_path: Path, options: dict[str, str], message: str) -> None:
    conf = written(tmp_path, "[a]\n")
    schema = str(written(tmp_path, json.dumps(SCHEMA), "schema.json"))
    failure = fails(conf, options={"a": options}, schema=schema, schema_policy="error")
    assert message in failure
    assert failure.endswith("Nothing was changed.")
    (warning,) = converge(conf, options={"a": options}, schema=schema)["warnings"]
    assert message in warning
    assert read(conf.read_bytes()) == {("a", name): [value] for name, value in options.items()}
    assert (
        converge(conf, options={"a": {**options, "more": None}}, schema=schema, schema_policy="ignore")["warnings"]
        == []
    )


def test_options_of_the_schema_have_no_faults(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n")
    schema = str(written(tmp_path, json.dumps(SCHEMA), "schema.json"))
    options = {"a": {"debug": True, "workers": 4, "choice": "two", "gone": None}}
    assert converge(conf, options=options, schema=schema, schema_policy="error")["warnings"] == []


@pytest.mark.parametrize("content", [None, "{}", "[a]\n"], ids=["missing", "another format", "not JSON"])
def test_invalid_schema_is_refused(tmp_path: Path, content: str | None) -> None:
    conf = written(tmp_path, "[a]\n")
    schema = written(tmp_path, content, "schema.json")
    message = fails(conf, options=OPTIONS, schema=str(schema))
    assert re.search("schema.* is not the output of `?oslo-config-generator --format json`?", message)


def test_overriding_files_and_variables_are_reported(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    (tmp_path / "conf.d").mkdir()
    written(tmp_path / "conf.d", "[a]\n# c\nx = 3\n", "10-first.conf")
    written(tmp_path / "conf.d", "[A]\nx = 4\nx = 5\n", "20-second.conf")
    written(tmp_path / "conf.d", "[a]\nx = 6\n", "README")
    other = written(tmp_path, "[a]\ny = 1\n", "other.conf")
    result = converge(
        conf,
        options={"a": {"x": "2", "y": None, "z": "1"}},
        also_read=[str(tmp_path / "conf.d"), str(other), str(tmp_path / "missing.conf")],
        environment={"OS_A__Z": "9", "OS_A__Q": "9"},
    )
    assert result["shadowed"] == [
        {"section": "a", "option": "x", "path": f"{tmp_path}/conf.d/10-first.conf", "line": 3},
        {"section": "a", "option": "x", "path": f"{tmp_path}/conf.d/20-second.conf", "line": 3},
        {"section": "a", "option": "z", "variable": "OS_A__Z"},
    ]
    assert len(result["warnings"]) == 3


def test_unreadable_later_file_is_reported(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    other = written(tmp_path, "[a\n", "other.conf")
    assert f"{other}:1: " in fails(conf, options=OPTIONS, also_read=[str(other)])
