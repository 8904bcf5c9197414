# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.lock import lock_directory_of
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    failing,
    in_child,
)


def test_lock_excludes_other_processes_until_it_is_released(conf: Path) -> None:
    held = lock_directory_of(str(conf))
    assert held is not None
    message = in_child(lambda: lock_directory_of(str(conf), seconds=0))
    assert message == (
        f"Cannot lock {conf.parent} to change {conf}: another process has held the lock for 0 seconds. "
        "Run `lslocks` to find the process, wait until it ends or stop it, and try again."
    )
    os.close(held)
    assert isinstance(in_child(lambda: lock_directory_of(str(conf), seconds=0)), int)
    again = lock_directory_of(str(conf), seconds=0)
    assert again is not None
    os.close(again)
    assert os.listdir(conf.parent) == [conf.name]


def test_lock_of_another_process_is_awaited(monkeypatch: pytest.MonkeyPatch, conf: Path) -> None:
    holder = lock_directory_of(str(conf))
    assert holder is not None
    monkeypatch.setattr(time, "sleep", lambda _seconds: os.close(holder))
    held = lock_directory_of(str(conf), seconds=60)
    assert held is not None
    os.close(held)


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EBADF, errno.ENOTSUP, errno.EINVAL])
def test_file_system_without_locks_is_tolerated(monkeypatch: pytest.MonkeyPatch, conf: Path, error: int) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(error))
    assert lock_directory_of(str(conf)) is None


def test_absent_directory_is_not_locked(tmp_path: Path) -> None:
    assert lock_directory_of(str(tmp_path / "missing" / "glance-api.conf")) is None
