# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import stat
from contextlib import nullcontext
from pathlib import Path
from typing import Any, ContextManager

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.lock import UploadLock, holder

STARTED = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.fixture
def lock(tmp_path: Path) -> UploadLock:
    return UploadLock(str(tmp_path / "a" / "locks"))


def test_one_run_holds_the_lock(lock: UploadLock) -> None:
    assert not lock.locked("x")
    with lock.acquire("x", 0, "image x"):
        assert lock.locked("x")
        assert not lock.locked("y")
        message = rf"image x is locked by process {os.getpid()}, .* within 0 seconds \(timeout\). The lock is .*\.lock"
        with pytest.raises(GlanceError, match=message), lock.acquire("x", 0, "image x"):
            raise AssertionError("two runs hold the lock")
    assert not lock.locked("x")


def test_wait_is_reported_only_if_the_lock_is_held(lock: UploadLock) -> None:
    reasons: list[str] = []

    def waiting(reason: str) -> ContextManager[None]:
        reasons.append(reason)
        return nullcontext()

    with lock.acquire("x", 0, "image x", waiting):
        assert reasons == []
        with pytest.raises(GlanceError), lock.acquire("x", 0, "image x", waiting):
            raise AssertionError("two runs hold the lock")
    assert reasons == [f"waiting for the lock of process {os.getpid()}"]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "1 0", pytest.param(f"{os.getpid()} 0", id="another start"), "99999999 1"]
)
def test_process_that_does_not_hold_the_lock_is_not_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    descriptor = os.open(tmp_path / "lock", os.O_RDONLY)
    assert holder(descriptor) == "an unknown process"
    os.close(descriptor)


def test_directory_is_private_and_has_one_id(lock: UploadLock, tmp_path: Path) -> None:
    again = UploadLock(str(tmp_path / "a" / "locks"))
    assert lock.place
    assert lock.place == again.place
    assert stat.S_IMODE((tmp_path / "a" / "locks").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "a" / "locks").iterdir()] == ["place"]


def test_directory_that_others_may_write_to_is_refused(lock: UploadLock, tmp_path: Path) -> None:
    (tmp_path / "a" / "locks").mkdir(parents=True)
    (tmp_path / "a" / "locks").chmod(0o777)
    with pytest.raises(GlanceError, match="no other user may write to"):
        lock.locked("x")


def test_without_a_directory_there_are_no_locks(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lock = UploadLock(str(tmp_path / "file" / "locks"))
    assert lock.place is None
    assert lock.locked("x")
    with lock.acquire("x", 0, "image x"), lock.acquire("x", 0, "image x"):
        pass


@pytest.mark.parametrize(
    ("by", "seconds", "locked", "stale_after", "stale"),
    [
        pytest.param("here", 1, False, None, True, id="this host, lock is free"),
        pytest.param("here", 9999, True, None, False, id="this host, lock is held"),
        pytest.param("there", 61, False, None, False, id="other host, within its limit"),
        pytest.param("there", 181, False, None, True, id="other host, beyond its limit"),
        pytest.param("there", 61, False, 60, True, id="other host, longer than stale_after"),
        pytest.param("nothing", 3600, False, None, False, id="no record"),
        pytest.param("nothing", 3721, False, None, True, id="no record, beyond the default limit"),
        pytest.param("nonsense", 3721, False, None, True, id="invalid record"),
    ],
)
def test_stale_upload_is_detected(
    lock: UploadLock, by: str, seconds: float, locked: bool, stale_after: Any, stale: bool
) -> None:
    records = {
        "here": json.dumps(lock.upload_record(60)),
        "there": json.dumps({"place": "another", "seconds": 60}),
        "nothing": None,
        "nonsense": "{",
    }
    temporary = {"id": "1", "updated_at": "2026-01-01T00:00:00Z", "osops_upload_by": records[by]}
    assert lock.is_stale(temporary, STARTED + seconds, locked=locked, stale_after=stale_after) is stale
