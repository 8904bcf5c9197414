# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import interpreter
from ansible_collections.osops.glance.plugins.module_utils._core.interpreter import is_current, respawn_with


class Respawned(Exception):
    """The module was restarted with another interpreter."""


class Module:
    """A module that can run commands."""

    def __init__(self, **params: Any) -> None:
        self.params = params

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(autouse=True)
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the interpreter of the distribution: a Python that has the library `found`."""
    (tmp_path / "found.py").touch()
    (tmp_path / "python3").write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    (tmp_path / "python3").chmod(0o755)

    def respawn(path: str) -> None:
        raise Respawned(path)

    monkeypatch.setattr(interpreter, "SYSTEM_INTERPRETERS", ("/nowhere/python3", str(tmp_path / "python3")))
    monkeypatch.setattr(interpreter, "respawn_module", respawn)
    return tmp_path / "python3"


def test_module_is_restarted_with_the_interpreter_that_has_the_library(system: Path) -> None:
    with pytest.raises(Respawned, match=str(system)):
        respawn_with(Module(), "found")  # type: ignore[arg-type]


def test_module_continues_if_no_interpreter_has_the_library() -> None:
    respawn_with(Module(), "missing")  # type: ignore[arg-type]


def test_module_is_restarted_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "has_respawned", lambda: True)
    respawn_with(Module(), "found")  # type: ignore[arg-type]


def test_module_with_large_arguments_is_not_restarted() -> None:
    respawn_with(Module(images=["x" * 70_000]), "found")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prefix", "base", "expected"),
    [("/usr", "/usr", True), ("/opt/venv", "/usr", False)],
    ids=["same", "environment"],
)
def test_virtual_environment_is_a_different_interpreter(
    monkeypatch: pytest.MonkeyPatch, prefix: str, base: str, expected: bool
) -> None:
    monkeypatch.setattr(interpreter, "sys", SimpleNamespace(prefix=prefix, base_prefix=base, executable=sys.executable))
    assert is_current(sys.executable) is expected
