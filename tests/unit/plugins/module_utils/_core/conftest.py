# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests of files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile
from ansible_collections.osops.glance.plugins.module_utils._core.validator import Validator
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    OLD,
)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., AtomicFile]:
    """Return a function that creates an AtomicFile with the parameters of a module, by default for glance-api.conf."""

    def make(path: str | Path | None = None, check_mode: bool = False, **params: Any) -> AtomicFile:
        path = str(path or tmp_path / "glance-api.conf")
        validate, mask, backup = params.pop("validate", None), params.pop("mask", str), params.pop("backup", False)
        arguments = {**params, "_ansible_check_mode": check_mode, "_ansible_remote_tmp": str(tmp_path)}
        monkeypatch.setattr(basic, "_load_params", lambda: arguments)
        # What it sets, since ansible-core 2.19.
        monkeypatch.setattr(basic, "_PARSED_MODULE_ARGS", arguments, raising=False)
        # The format in which a failing module prints its result, since ansible-core 2.19.
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        module = basic.AnsibleModule({}, no_log=True, supports_check_mode=True, add_file_common_args=True)
        file_args = module.load_file_common_arguments(module.params, path=path)
        check = Validator(module, validate, path, mask).check
        unsafe_writes = bool(params.get("unsafe_writes"))
        return AtomicFile(module, path, file_args, check=check, backup=backup, unsafe_writes=unsafe_writes)

    return make


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """Return a file with the old content."""
    path = tmp_path / "glance-api.conf"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


@pytest.fixture
def public() -> Iterator[Path]:
    """Return a file of root in a directory that all users can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "glance-api.conf").write_bytes(OLD)
    (folder / "glance-api.conf").chmod(0o644)
    yield folder / "glance-api.conf"
    shutil.rmtree(folder)


@pytest.fixture
def immutable(conf: Path) -> Iterator[Path]:
    """Return a file that even root cannot change."""
    if subprocess.run(["chattr", "+i", conf], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("chattr cannot make a file immutable here")
    yield conf
    subprocess.run(["chattr", "-i", conf], check=True)
