# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    NEW,
    NOBODY,
    OLD,
    PROCESSES,
    backups,
    failing,
    in_child,
    leftovers,
    mode,
    needs_root,
)


def test_killed_run_keeps_the_old_file(make: Callable[..., AtomicFile], conf: Path) -> None:
    other = conf.parent / ".other.conf.osops-x"
    other.touch()
    file = make()

    def killed() -> None:
        os.replace = lambda *_paths: os.kill(os.getpid(), signal.SIGKILL)
        file.write(OLD, NEW)

    process = PROCESSES.Process(target=killed)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert conf.read_bytes() == OLD
    assert len(leftovers(conf)) == 1
    file.write(OLD, NEW)
    assert conf.read_bytes() == NEW
    assert leftovers(conf) == []
    assert other.exists()


@pytest.mark.parametrize(
    ("function", "error", "hint"),
    [
        pytest.param(
            (os, "fsync"),
            errno.ENOSPC,
            "No space left on device. Check the free space with `df",
            id="disk full",
        ),
        pytest.param((os, "fsync"), errno.EIO, "Input/output error.", id="broken disk"),
        pytest.param(
            (tempfile, "mkstemp"),
            errno.EROFS,
            "Read-only file system. Check how the file",
            id="read-only",
        ),
        pytest.param(
            (tempfile, "mkstemp"),
            errno.EACCES,
            "Permission denied. Check the permissions with",
            id="not permitted",
        ),
        pytest.param(
            (os, "replace"),
            errno.EPERM,
            "Operation not permitted. Check whether it is immu",
            id="immutable",
        ),
        pytest.param(
            (os, "replace"), errno.EBUSY, "Device or resource busy. Check whether it is a separate", id="mount"
        ),
        pytest.param(
            (os, "replace"),
            errno.EXDEV,
            "Invalid cross-device link. Check whether it",
            id="other device",
        ),
        pytest.param((os, "replace"), errno.ETXTBSY, "Text file busy. Check whether it is a separate", id="busy"),
    ],
)
def test_failure_keeps_the_old_file_and_gives_a_hint(
    make: Callable[..., AtomicFile],
    monkeypatch: pytest.MonkeyPatch,
    conf: Path,
    function: tuple[Any, str],
    error: int,
    hint: str,
) -> None:
    file = make(backup=True)
    monkeypatch.setattr(*function, failing(error))
    with pytest.raises(GlanceError) as failure:
        file.write(OLD, NEW)
    assert str(failure.value).startswith(f"Cannot write {conf}: {hint.format(conf.parent)}")
    assert "\n" not in str(failure.value)
    assert ("unsafe_writes: true" in str(failure.value)) is (function[1] == "replace")
    assert (conf.read_bytes(), leftovers(conf), backups(conf)) == (OLD, [], [])


def test_absent_directory_is_reported(make: Callable[..., AtomicFile], tmp_path: Path) -> None:
    with pytest.raises(GlanceError) as failure:
        make(tmp_path / "missing" / "x.conf").write(None, NEW)
    assert str(failure.value).endswith(f"No such file or directory. Create the directory {tmp_path}/missing first.")


@needs_root
def test_missing_permission_to_write_is_reported(make: Callable[..., AtomicFile], public: Path) -> None:
    file = make(public)
    message = in_child(lambda: file.write(OLD, NEW), as_nobody=True)
    assert message.startswith(f"Cannot write {public}: Permission denied. Check the permissions with `namei -l")


@needs_root
def test_file_whose_owner_cannot_be_preserved_is_not_changed(make: Callable[..., AtomicFile], public: Path) -> None:
    public.parent.chmod(0o777)
    file = make(public)
    message = in_child(lambda: file.write(OLD, NEW), as_nobody=True)
    assert message.startswith(f"Cannot write {public}: Operation not permitted. ")
    assert (public.read_bytes(), leftovers(public)) == (OLD, [])


@needs_root
def test_user_writes_an_own_file(make: Callable[..., AtomicFile], public: Path) -> None:
    os.chown(public, NOBODY, NOBODY)
    os.chown(public.parent, NOBODY, NOBODY)
    file = make(public, mode="0600")
    assert in_child(lambda: file.write(OLD, NEW), as_nobody=True) is None
    assert (public.read_bytes(), mode(public), public.stat().st_uid) == (NEW, 0o600, NOBODY)


@needs_root
@pytest.mark.skipif(not shutil.which("chattr"), reason="chattr is not installed")
@pytest.mark.parametrize("unsafe_writes", [False, True])
def test_immutable_file_is_reported(make: Callable[..., AtomicFile], immutable: Path, unsafe_writes: bool) -> None:
    with pytest.raises(GlanceError, match="Cannot write .*: Operation not permitted. Check whether it is immutable"):
        make(unsafe_writes=unsafe_writes).write(OLD, NEW)
    assert (immutable.read_bytes(), leftovers(immutable)) == (OLD, [])


def test_unknown_owner_keeps_the_old_file(
    make: Callable[..., AtomicFile], conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make(owner="no-such-user").write(OLD, NEW)
    assert "failed to look up user no-such-user" in capsys.readouterr().out
    assert (conf.read_bytes(), leftovers(conf)) == (OLD, [])


@pytest.mark.parametrize("unsafe_writes", [False, True])
def test_hard_link_is_preserved_by_unsafe_writes(
    make: Callable[..., AtomicFile], conf: Path, unsafe_writes: bool
) -> None:
    other = conf.parent / "other"
    os.link(conf, other)
    make(unsafe_writes=unsafe_writes, mode="0600").write(OLD, NEW)
    assert (conf.read_bytes(), mode(conf)) == (NEW, 0o600)
    assert other.read_bytes() == (NEW if unsafe_writes else OLD)
    assert leftovers(conf) == []


@pytest.mark.parametrize("error", [errno.EBUSY, errno.EXDEV, errno.EPERM, errno.ETXTBSY])
def test_file_that_cannot_be_replaced_is_written_in_place_with_unsafe_writes(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path, error: int
) -> None:
    monkeypatch.setattr(os, "replace", failing(error))
    inode = conf.stat().st_ino
    backup = make(unsafe_writes=True, backup=True, mode="0600").write(OLD, b"x\n")
    assert (conf.read_bytes(), mode(conf), conf.stat().st_ino) == (b"x\n", 0o600, inode)
    assert Path(backup or "").read_bytes() == OLD
    assert leftovers(conf) == []


def test_other_errors_fail_with_unsafe_writes_too(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    monkeypatch.setattr(os, "replace", failing(errno.EIO))
    with pytest.raises(GlanceError, match="Input/output error"):
        make(unsafe_writes=True).write(OLD, NEW)
    assert conf.read_bytes() == OLD


def test_full_disk_during_a_write_in_place_keeps_the_backup(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    fsync, results = os.fsync, iter([True, False])
    monkeypatch.setattr(os, "replace", failing(errno.EBUSY))
    monkeypatch.setattr(os, "fsync", lambda file: fsync(file) if next(results) else failing(errno.ENOSPC)())
    with pytest.raises(GlanceError, match="written in place and is incomplete: No space left on device"):
        make(unsafe_writes=True, backup=True).write(OLD, NEW)
    assert [(conf.parent / name).read_bytes() for name in backups(conf)] == [OLD]
