# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import atomic_file
from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile, ConflictError
from ansible_collections.osops.glance.plugins.module_utils._core.files import read, real_path
from ansible_collections.osops.glance.plugins.module_utils._core.lock import lock_directory_of
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    NEW,
    OLD,
    PROCESSES,
    backups,
    failing,
    leftovers,
    mode,
    needs_root,
)


def test_edit_through_a_link_keeps_the_link(make: Callable[..., AtomicFile], tmp_path: Path, conf: Path) -> None:
    (tmp_path / "link").symlink_to("glance-api.conf")
    make(real_path(str(tmp_path / "link"), follow=True)).write(OLD, NEW)
    assert (tmp_path / "link").is_symlink()
    assert conf.read_bytes() == NEW


def test_target_of_a_dangling_link_is_created(make: Callable[..., AtomicFile], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("glance-api.conf")
    path = real_path(str(tmp_path / "link"), follow=True)
    make(path).write(read(path), NEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "glance-api.conf").read_bytes() == NEW


def test_link_that_is_not_followed_is_replaced(make: Callable[..., AtomicFile], tmp_path: Path, conf: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("glance-api.conf")
    make(link).write(read(str(link)), NEW)
    assert not link.is_symlink()
    assert (link.read_bytes(), mode(link)) == (NEW, 0o640)
    assert conf.read_bytes() == OLD


def test_link_that_is_not_followed_is_replaced_by_a_file_with_the_same_content(
    make: Callable[..., AtomicFile], tmp_path: Path, conf: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to("glance-api.conf")
    file = make(link, mode="0600")
    assert file.drift() == {"before": {"state": "link"}, "after": {"state": "file"}}
    assert file.apply_attributes()
    assert (link.is_symlink(), link.read_bytes(), mode(link), mode(conf)) == (False, OLD, 0o600, 0o640)
    assert file.drift() == {}


def test_mrequested_unit_counts_as_absent(make: Callable[..., AtomicFile], tmp_path: Path) -> None:
    unit = tmp_path / "glance-api.service"
    unit.symlink_to(os.devnull)
    file = make(unit)
    assert (read(str(unit)), file.drift()) == (None, {})
    file.write(None, NEW)
    assert (unit.is_symlink(), unit.read_bytes(), mode(unit) & 0o022) == (False, NEW, 0)
    assert Path(os.devnull).is_char_device()


def test_content_is_replaced(make: Callable[..., AtomicFile], conf: Path) -> None:
    before = conf.stat()
    assert make().write(OLD, NEW) is None
    after = conf.stat()
    assert conf.read_bytes() == NEW
    assert before.st_ino != after.st_ino
    assert (before.st_mode, before.st_uid, before.st_gid) == (after.st_mode, after.st_uid, after.st_gid)
    assert leftovers(conf) == []


@pytest.mark.parametrize(("requested", "mode_after"), [(None, 0o640), ("0600", 0o600), ("o+r", 0o644)])
def test_new_file_is_not_readable_by_all_users(
    make: Callable[..., AtomicFile], tmp_path: Path, requested: str | None, mode_after: int
) -> None:
    path = tmp_path / "glance-api.conf"
    make(mode=requested).write(None, NEW)
    assert (path.read_bytes(), mode(path)) == (NEW, mode_after)


def test_bare_name_is_in_the_working_directory(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    monkeypatch.chdir(conf.parent)
    make("glance-api.conf").write(OLD, NEW)
    assert conf.read_bytes() == NEW
    assert leftovers(conf) == []


def test_file_can_be_empty(make: Callable[..., AtomicFile], conf: Path) -> None:
    make().write(OLD, b"")
    assert read(str(conf)) == b""


@needs_root
def test_owner_and_group_are_preserved_or_set(make: Callable[..., AtomicFile], conf: Path) -> None:
    os.chown(conf, 42, 43)
    make().write(OLD, NEW)
    assert (conf.stat().st_uid, conf.stat().st_gid) == (42, 43)
    make(owner="44", group="45").write(NEW, OLD)
    assert (conf.stat().st_uid, conf.stat().st_gid) == (44, 45)


@pytest.mark.parametrize(("requested", "expected"), [(None, 0o644), ("0600", 0o600), ("o-r,u+x", 0o740)])
def test_mode_is_set_before_the_first_byte_is_written(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path, requested: str | None, expected: int
) -> None:
    conf.chmod(0o644)
    states: list[tuple[int, int]] = []
    write = atomic_file._write_and_sync

    def watched(file: Any, content: bytes) -> None:
        state = os.fstat(file.fileno())
        states.append((stat.S_IMODE(state.st_mode), state.st_size))
        write(file, content)

    monkeypatch.setattr(atomic_file, "_write_and_sync", watched)
    make(mode=requested).write(OLD, NEW)
    assert states == [(expected, 0)]
    assert mode(conf) == expected


def test_file_and_directory_are_synced(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    make().write(OLD, NEW)
    assert [Path(path).name[:22] for path in synced] == [".glance-api.conf.osops", conf.parent.name[:22]]


def test_directory_that_cannot_be_synced_is_tolerated(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    fsync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    make().write(OLD, NEW)
    assert conf.read_bytes() == NEW


def test_backup_has_the_old_content_and_mode(make: Callable[..., AtomicFile], conf: Path) -> None:
    backup = Path(make(backup=True, mode="0600").write(OLD, NEW) or "")
    assert backup.parent == conf.parent
    assert (backup.read_bytes(), mode(backup)) == (OLD, 0o640)
    assert conf.read_bytes() == NEW


def test_backup_is_private_while_it_is_written(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    modes: list[int] = []
    monkeypatch.setattr(shutil, "copystat", lambda _source, copy, **_: modes.append(mode(Path(copy))))
    make(backup=True).write(OLD, NEW)
    assert modes == [0o600]


def test_new_file_has_no_backup(make: Callable[..., AtomicFile], tmp_path: Path) -> None:
    assert make(backup=True).write(None, NEW) is None
    assert backups(tmp_path / "glance-api.conf") == []


def test_failed_backup_prevents_the_change(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    file = make(backup=True)
    monkeypatch.setattr(file.module, "backup_local", failing(errno.ENOSPC))
    with pytest.raises(GlanceError, match="Cannot back up .*No space left on device. Nothing was changed"):
        file.write(OLD, NEW)
    assert conf.read_bytes() == OLD
    assert leftovers(conf) == []


@pytest.mark.parametrize("before", [None, b"something else\n"], ids=["created since", "changed since"])
def test_concurrent_change_is_not_overwritten(
    make: Callable[..., AtomicFile], conf: Path, before: bytes | None
) -> None:
    with pytest.raises(ConflictError, match="was changed by another process"):
        make(backup=True).write(before, NEW)
    assert (conf.read_bytes(), leftovers(conf), backups(conf)) == (OLD, [], [])


def test_concurrently_removed_file_is_not_created_again(make: Callable[..., AtomicFile], conf: Path) -> None:
    conf.unlink()
    with pytest.raises(ConflictError):
        make().write(OLD, NEW)
    assert not conf.exists()


def test_removed_temporary_file_is_a_conflict(make: Callable[..., AtomicFile], conf: Path) -> None:
    with pytest.raises(ConflictError, match="temporary file .* was removed by another process"):
        make(backup=True, validate="rm %s").write(OLD, NEW)
    assert (conf.read_bytes(), backups(conf)) == (OLD, [])


def counting(file: AtomicFile, rounds: int) -> int:
    """Increment the number in the file, as runs of a module would; return the number of conflicts."""
    conflicts = 0
    for _round in range(rounds):
        held = lock_directory_of(file.path)
        assert held is not None
        before = read(file.path) or b"0" * 9000
        number = int(before[:9]) + 1
        try:
            file.write(before, b"%09d" % number * 1000)
        except ConflictError:
            conflicts += 1
        os.close(held)
    return conflicts


def test_writers_lose_no_change_and_readers_get_whole_files(make: Callable[..., AtomicFile], conf: Path) -> None:
    writers, rounds = 3, 15
    conf.write_bytes(b"0" * 9000)
    file = make()
    processes = [PROCESSES.Process(target=counting, args=(file, rounds)) for _round in range(writers)]
    for process in processes:
        process.start()
    seen = 0
    while any(process.is_alive() for process in processes):
        content = conf.read_bytes()
        assert content == content[:9] * 1000
        assert int(content[:9]) >= seen
        seen = int(content[:9])
    assert [process.exitcode for process in processes] == [0] * writers
    assert int(conf.read_bytes()[:9]) == writers * rounds
    assert leftovers(conf) == []
