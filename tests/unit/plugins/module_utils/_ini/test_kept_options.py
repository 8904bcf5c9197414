# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini import kept_options
from ansible_collections.osops.glance.plugins.module_utils._ini.kept_options import (
    KeptOptions,
    interpreter_of,
    packages_digest,
)

SCHEMA = {"options": {"DEFAULT": {"opts": []}}}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a program of a virtual environment that contains one package."""
    monkeypatch.setattr(kept_options, "DIRECTORY", str(tmp_path / "cache"))
    (tmp_path / "lib/python3.11/site-packages/glance-33.0.0.dist-info").mkdir(parents=True)
    (tmp_path / "lib/python3.11/site-packages/glance").mkdir()
    program = tmp_path / "bin/oslo-config-generator"
    program.parent.mkdir()
    program.write_text(f"#!{tmp_path}/bin/python3\n")
    return program


def site(program: Path) -> Path:
    return program.parents[1] / "lib/python3.11/site-packages"


def test_definitions_are_used_as_long_as_the_packages_are_the_same(program: Path) -> None:
    command = [str(program), "--namespace=glance.api"]
    assert KeptOptions(command).read() is None
    KeptOptions(command).write(SCHEMA)
    assert KeptOptions(command).read() == SCHEMA
    assert KeptOptions([*command, "--namespace=oslo.log"]).read() is None
    (site(program) / "oslo.log-5.0.dist-info").mkdir()
    assert KeptOptions(command).read() is None
    KeptOptions(command).write(SCHEMA)
    assert KeptOptions(command).read() == SCHEMA
    # A patched package of a distribution can have the same version.
    os.utime(site(program) / "oslo.log-5.0.dist-info", (1, 1))
    assert KeptOptions(command).read() is None


def test_only_the_metadata_of_packages_counts(program: Path) -> None:
    KeptOptions([str(program)]).write(SCHEMA)
    os.utime(site(program) / "glance", (1, 1))
    (site(program) / "__pycache__").mkdir()
    assert KeptOptions([str(program)]).read() == SCHEMA


def test_file_is_readable_and_alone(program: Path) -> None:
    kept = KeptOptions([str(program)])
    kept.write(SCHEMA)
    assert [str(path) for path in Path(kept.path).parent.iterdir()] == [kept.path]
    assert os.stat(kept.path).st_mode & 0o777 == 0o644


@pytest.mark.parametrize("content", ["", "[]", "{}", "no JSON"])
def test_damaged_file_is_not_used(program: Path, content: str) -> None:
    kept = KeptOptions([str(program)])
    kept.write(SCHEMA)
    Path(kept.path).write_text(content)
    assert kept.read() is None


def test_nothing_is_kept_without_permission(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_options, "DIRECTORY", "/proc/none")
    kept = KeptOptions([str(program)])
    kept.write(SCHEMA)
    assert kept.read() is None


@pytest.mark.parametrize(
    ("line", "interpreter"),
    [
        pytest.param("#!/usr/bin/python3", "/usr/bin/python3", id="path"),
        pytest.param("#! /opt/glance/bin/python3.11 -I", "/opt/glance/bin/python3.11", id="with options"),
        pytest.param("#!/usr/bin/env python3", None, id="env"),
        pytest.param("#!/bin/sh", None, id="no Python"),
        pytest.param("#!", None, id="nothing"),
        pytest.param("\x7fELF", None, id="no script"),
    ],
)
def test_interpreter_is_that_of_the_program(tmp_path: Path, line: str, interpreter: str | None) -> None:
    (tmp_path / "program").write_text(f"{line}\n")
    assert interpreter_of(str(tmp_path / "program")) == interpreter


def test_packages_of_an_unknown_program_are_unknown(tmp_path: Path) -> None:
    assert interpreter_of(str(tmp_path / "none")) is None
    assert packages_digest(str(tmp_path / "none")) is None
    (tmp_path / "empty").write_text(f"#!{tmp_path}/bin/python3\n")
    assert packages_digest(str(tmp_path / "empty")) is None
    kept = KeptOptions([str(tmp_path / "empty")])
    kept.write(SCHEMA)
    assert kept.read() is None


def test_packages_of_a_distribution_are_also_in_usr_local(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    monkeypatch.setattr(kept_options.glob, "glob", lambda pattern: searched.append(pattern) or [])
    monkeypatch.setattr(kept_options, "interpreter_of", lambda _program: "/usr/bin/python3")
    assert packages_digest("/usr/bin/oslo-config-generator") is None
    assert searched == ["/usr/lib*/python*/*-packages", "/usr/local/lib*/python*/*-packages"]
