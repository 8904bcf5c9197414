# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the migration scripts of the installed release."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from typing import Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.process import BackgroundCommand
from ansible_collections.osops.glance.plugins.module_utils._schema.release import Release, parse_release

# Executed by the interpreter of the service: Python 2 has no importlib.util, Python 3.12 has no imp.
FIND_PACKAGE = """
try:
    from importlib.util import find_spec
except ImportError:
    import imp
    print(imp.find_module("glance")[1])
else:
    print(find_spec("glance").submodule_search_locations[0])
"""
# pip writes such a launcher if the path of the interpreter contains a space or is too long for a shebang line.
SHELL_LAUNCHER = "'''exec' "
MIGRATIONS = ("db/sqlalchemy/alembic_migrations/versions", "db/sqlalchemy/migrate_repo/versions")


def read_installed_release(command: str) -> Release:
    """Return the release to which glance-manage belongs; an empty release if it is not a Python script."""
    python = interpreter_of(command)
    package = _package_directory(python) if python else ""
    directories = [os.path.join(package, directory) for directory in MIGRATIONS]
    versions = next((path for path in directories if package and os.path.isdir(path)), None)
    return parse_release(_read_scripts(versions)) if versions else Release()


def interpreter_of(script: str) -> list[str]:
    """Return the interpreter of a Python script with its arguments; an empty list for any other file."""
    with open(script, "rb") as file:
        first, second = (file.readline().decode("utf-8", "replace") for _line in range(2))
    if first.startswith("#!/bin/sh") and second.startswith(SHELL_LAUNCHER):
        return shlex.split(second[len(SHELL_LAUNCHER) :])[:-2]
    return first[2:].split() if first.startswith("#!") and "python" in first else []


def _package_directory(python: Sequence[str]) -> str:
    """Return the directory of the package glance for an interpreter, without importing the package."""
    if [os.path.dirname(python[0]), os.path.realpath(python[0])] == [
        os.path.dirname(sys.executable),
        os.path.realpath(sys.executable),
    ]:
        spec = importlib.util.find_spec("glance")
        return str(next(iter(spec.submodule_search_locations or []), "")) if spec else ""
    status, output = BackgroundCommand([*python, "-B", "-c", FIND_PACKAGE]).wait()
    # An interpreter may print warnings first.
    return "" if status else output.strip().splitlines()[-1]


def _read_scripts(directory: str) -> dict[str, str]:
    scripts = {}
    for name in sorted(os.listdir(directory)):
        if name.endswith(".py"):
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                scripts[name] = file.read()
    return scripts
