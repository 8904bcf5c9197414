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

BEGUN = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.fixture
def turns(tmp_path: Path) -> UploadLock:
    return UploadLock(str(tmp_path / "a" / "locks"))


def test_one_has_the_turn(turns: UploadLock) -> None:
    assert turns.is_free("x")
    with turns.turn("x", 0, "image x"):
        assert not turns.is_free("x")
        assert turns.is_free("y")
        message = rf"image x was locked by process {os.getpid()} for all 0 seconds \(timeout\); the lock is .*\.lock"
        with pytest.raises(GlanceError, match=message), turns.turn("x", 0, "image x"):
            raise AssertionError("two have the turn")
    assert turns.is_free("x")


def test_what_is_waited_for_is_reported_only_if_it_must_be(turns: UploadLock) -> None:
    reasons: list[str] = []

    def waiting(reason: str) -> ContextManager[None]:
        reasons.append(reason)
        return nullcontext()

    with turns.turn("x", 0, "image x", waiting):
        assert reasons == []
        with pytest.raises(GlanceError), turns.turn("x", 0, "image x", waiting):
            raise AssertionError("two have the turn")
    assert reasons == [f"waiting for the lock of process {os.getpid()}"]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "1 0", pytest.param(f"{os.getpid()} 0", id="another start"), "99999999 1"]
)
def test_process_that_does_not_hold_the_lock_is_not_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    descriptor = os.open(tmp_path / "lock", os.O_RDONLY)
    assert holder(descriptor) == "an unknown process"
    os.close(descriptor)


def test_directory_is_private_and_has_one_name(turns: UploadLock, tmp_path: Path) -> None:
    again = UploadLock(str(tmp_path / "a" / "locks"))
    assert turns.place
    assert turns.place == again.place
    assert stat.S_IMODE((tmp_path / "a" / "locks").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "a" / "locks").iterdir()] == ["place"]


def test_directory_that_others_may_write_to_is_refused(turns: UploadLock, tmp_path: Path) -> None:
    (tmp_path / "a" / "locks").mkdir(parents=True)
    (tmp_path / "a" / "locks").chmod(0o777)
    with pytest.raises(GlanceError, match="nobody else may write to"):
        turns.is_free("x")


def test_without_a_directory_there_are_no_turns(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    turns = UploadLock(str(tmp_path / "file" / "locks"))
    assert turns.place is None
    assert not turns.is_free("x")
    with turns.turn("x", 0, "image x"), turns.turn("x", 0, "image x"):
        pass


@pytest.mark.parametrize(
    ("by", "seconds", "is_ours", "stale_after", "dead"),
    [
        pytest.param("here", 1, True, None, True, id="here, and nobody has the turn"),
        pytest.param("here", 9999, False, None, False, id="here, and somebody has the turn"),
        pytest.param("there", 61, True, None, False, id="there, and may take some time more"),
        pytest.param("there", 181, True, None, True, id="there, and should have ended"),
        pytest.param("there", 61, True, 60, True, id="there, for longer than was given"),
        pytest.param("nothing", 3600, True, None, False, id="no word of who it is"),
        pytest.param("nothing", 3721, True, None, True, id="no word of who it is, for long"),
        pytest.param("nonsense", 3721, True, None, True, id="nonsense"),
    ],
)
def test_draft_is_dead(turns: UploadLock, by: str, seconds: float, is_ours: bool, stale_after: Any, dead: bool) -> None:
    said = {
        "here": json.dumps(turns.note(60)),
        "there": json.dumps({"place": "another", "seconds": 60}),
        "nothing": None,
        "nonsense": "{",
    }
    draft = {"id": "1", "updated_at": "2026-01-01T00:00:00Z", "osops_upload_by": said[by]}
    assert turns.is_dead(draft, BEGUN + seconds, is_ours=is_ours, stale_after=stale_after) is dead
