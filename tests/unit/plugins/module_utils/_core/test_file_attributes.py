# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    NEW,
    OLD,
    failing,
    mode,
    needs_root,
)


def test_different_attributes_are_reported_and_set_in_the_same_file(
    make: Callable[..., AtomicFile], conf: Path
) -> None:
    file = make(mode="0600")
    inode = conf.stat().st_ino
    assert file.drift() == {"before": {"mode": "0640"}, "after": {"mode": "0600"}}
    assert mode(conf) == 0o640
    assert file.module.check_mode is False
    assert file.apply_attributes()
    assert (mode(conf), conf.stat().st_ino) == (0o600, inode)
    assert file.drift() == {}
    assert not file.apply_attributes()


@needs_root
def test_different_owner_and_group_are_reported(make: Callable[..., AtomicFile], conf: Path) -> None:
    file = make(owner="42", group="43")
    assert file.drift() == {"before": {"owner": 0, "group": 0}, "after": {"owner": 42, "group": 43}}
    assert file.apply_attributes()
    assert (conf.stat().st_uid, conf.stat().st_gid) == (42, 43)
    assert file.drift() == {}


@pytest.mark.parametrize("requested", [None, "0640", "u=rw,g=r,o="])
def test_equal_attributes_are_no_drift(make: Callable[..., AtomicFile], conf: Path, requested: str | None) -> None:
    assert make(mode=requested).drift() == {}


def test_absent_file_has_no_drift(make: Callable[..., AtomicFile], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert make(mode="0600").drift() == {}
    assert make(tmp_path / "link", mode="0600").drift() == {}


def test_drift_does_not_change_check_mode(make: Callable[..., AtomicFile], conf: Path) -> None:
    file = make(check_mode=True, mode="0600")
    assert file.drift() == {"before": {"mode": "0640"}, "after": {"mode": "0600"}}
    assert file.module.check_mode is True


def test_written_file_has_no_drift(make: Callable[..., AtomicFile], conf: Path) -> None:
    file = make(mode="u+x,g-r")
    file.write(OLD, NEW)
    assert mode(conf) == 0o700
    assert file.drift() == {}


@needs_root
@pytest.mark.skipif(not shutil.which("chattr"), reason="chattr is not installed")
def test_attributes_of_chattr_are_set_last(make: Callable[..., AtomicFile], immutable: Path) -> None:
    path = immutable.parent / "new.conf"
    make(path, attributes="+i").write(None, NEW)
    try:
        assert path.read_bytes() == NEW
        with pytest.raises(PermissionError):
            path.unlink()
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def test_failure_to_set_attributes_is_reported(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    file = make()
    monkeypatch.setattr(file.module, "set_fs_attributes_if_different", failing(errno.EROFS))
    with pytest.raises(
        GlanceError,
        match="Cannot set the attributes of .*: Read-only file system. Check how",
    ):
        replace(file, backup=True).apply_attributes()
