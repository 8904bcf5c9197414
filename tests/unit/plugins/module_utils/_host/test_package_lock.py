# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import package_lock
from ansible_collections.osops.glance.plugins.module_utils._host.package_lock import Holder, lock_holder, wait_for_lock

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
UPGRADE = Holder("/var/lib/dpkg/lock-frontend", 812, "unattended-upgrade")


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Return the ID of a process that holds the lock of the package manager."""
    script, lock = tmp_path / "upgrade", tmp_path / "lock"
    script.write_text(HOLD)
    monkeypatch.setitem(package_lock.LOCKS, "Debian", (str(tmp_path / "none"), str(lock)))
    with subprocess.Popen(
        [sys.executable, str(script), str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        yield process.pid
        process.stdin.close()


def test_process_that_holds_the_lock_is_found(locked: int, tmp_path: Path) -> None:
    assert lock_holder("Debian") == Holder(str(tmp_path / "lock"), locked, "upgrade")


def test_unlocked_file_has_no_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lock").touch()
    monkeypatch.setitem(package_lock.LOCKS, "Debian", (str(tmp_path / "lock"),))
    assert lock_holder("Debian") is None


@pytest.mark.parametrize(("content", "found"), [("1\n", True), ("999999999", False), ("", False)])
def test_dnf_is_found_by_its_pid_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, found: bool
) -> None:
    (tmp_path / "rpmdb_lock.pid").write_text(content)
    monkeypatch.setitem(package_lock.LOCKS, "RedHat", ())
    monkeypatch.setitem(package_lock.PID_FILES, "RedHat", (str(tmp_path / "*_lock.pid"),))
    holder = lock_holder("RedHat")
    assert (holder is not None and holder.pid == 1) is found


def wait_while_held(held: int, timeout: float) -> tuple[package_lock.LockWait | None, float]:
    """Wait while the lock is held for `held` seconds; return the result and the time."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def find(_family: str) -> Holder | None:
        return UPGRADE if now[0] < held else None

    return wait_for_lock("Debian", timeout, find, sleep, lambda: now[0]), now[0]


def test_wait_ends_when_the_lock_is_released() -> None:
    assert wait_while_held(held=5, timeout=60) == ((UPGRADE, 5), 5)


def test_free_lock_needs_no_wait() -> None:
    assert wait_while_held(held=0, timeout=60) == (None, 0)


def test_timeout_is_reported_with_the_holder() -> None:
    with pytest.raises(GlanceError) as raised:
        wait_while_held(held=1000, timeout=60)
    assert "in use by unattended-upgrade (process 812), which holds /var/lib/dpkg/lock-frontend" in str(raised.value)
    assert "waited for 60 s" in str(raised.value)
    assert "glance_package_lock_timeout" in str(raised.value)
