# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema.installed_release import (
    interpreter_of,
    read_installed_release,
)


def python_2_7() -> str:
    """Return the path of Python 2.7; skip the test if it does not start."""
    command = [shutil.which("python2.7") or "false", "-c", "import sys; print(sys.executable)"]
    started = subprocess.run(command, check=False, capture_output=True, text=True)
    if started.returncode:
        pytest.skip("There is no python2.7 on this machine.")
    return started.stdout.strip()


@pytest.mark.parametrize(
    ("python", "lines"),
    [
        pytest.param(lambda: sys.executable, "#!{python}", id="python3"),
        pytest.param(lambda: sys.executable, "#!{python} -s", id="interpreter with an argument"),
        pytest.param(python_2_7, "#!{python}", id="python2.7"),
        pytest.param(lambda: sys.executable, "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''", id="long path"),
    ],
)
def test_release_is_read_with_the_interpreter_of_glance_manage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: Callable[[], str], lines: str
) -> None:
    versions = tmp_path / "lib/glance/db/sqlalchemy/alembic_migrations/versions"
    versions.mkdir(parents=True)
    (tmp_path / "lib/glance/__init__.py").touch()
    for revision, predecessor in (("pike01", "ocata01"), ("pike_contract01", "ocata_contract01")):
        (versions / f"{revision}.py").write_text(f"revision = '{revision}'\ndown_revision = '{predecessor}'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    # The path differs from the interpreter of the module, so that the module starts it.
    (tmp_path / "open stack").mkdir()
    interpreter = tmp_path / ("open stack" if "exec" in lines else "") / "python"
    interpreter.symlink_to(python())
    (tmp_path / "glance-manage").write_text(lines.format(python=interpreter) + "\n")
    assert read_installed_release(str(tmp_path / "glance-manage")).heads == ("pike01", "pike_contract01")


@pytest.mark.parametrize(
    ("text", "interpreter"),
    [
        pytest.param("#!/usr/bin/python3 -s\n", ["/usr/bin/python3", "-s"], id="python"),
        pytest.param('#!/bin/sh\n\'\'\'exec\' "/a b/python" "$0" "$@"\n', ["/a b/python"], id="launcher of pip"),
        pytest.param("#!/bin/sh\nexec glance\n", [], id="shell"),
        pytest.param("", [], id="empty"),
    ],
)
def test_interpreter_is_found(tmp_path: Path, text: str, interpreter: list[str]) -> None:
    (tmp_path / "script").write_text(text)
    assert interpreter_of(str(tmp_path / "script")) == interpreter
