# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core import atomic_file
from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import (
    ConflictError,
    Target,
    hard_links,
    lock,
    read,
    real_path,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

OLD = b"[DEFAULT]\ndebug = false\n"
NEW = b"[DEFAULT]\ndebug = true\n"
ACCESS = "system.posix_acl_access"
DEFAULT_ACCESS = "system.posix_acl_default"
NOBODY = 65534
PROCESSES = multiprocessing.get_context("fork")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do that")


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Target]:
    """Return what makes a target of an AnsibleModule with these arguments, at glance-api.conf or another path."""

    def make(path: str | Path | None = None, check_mode: bool = False, **params: Any) -> Target:
        path = str(path or tmp_path / "glance-api.conf")
        fields = {name: params.pop(name) for name in ("validate", "backup", "mask") if name in params}
        arguments = {**params, "_ansible_check_mode": check_mode, "_ansible_remote_tmp": str(tmp_path)}
        monkeypatch.setattr(basic, "_load_params", lambda: arguments)
        # How a failing module prints its result, since ansible-core 2.19.
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        module = basic.AnsibleModule({}, no_log=True, supports_check_mode=True, add_file_common_args=True)
        file_args = module.load_file_common_arguments(module.params, path=path)
        return Target(module, path, file_args, unsafe_writes=bool(params.get("unsafe_writes")), **fields)

    return make


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """Return a file with the old bytes."""
    path = tmp_path / "glance-api.conf"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


@pytest.fixture
def public() -> Iterator[Path]:
    """Return root's file in a directory that everyone reaches, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "glance-api.conf").write_bytes(OLD)
    (folder / "glance-api.conf").chmod(0o644)
    yield folder / "glance-api.conf"
    shutil.rmtree(folder)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def litter(path: Path) -> list[str]:
    return [name for name in os.listdir(path.parent) if name.startswith(f".{path.name}.osops-")]


def backups(path: Path) -> list[str]:
    return [name for name in os.listdir(path.parent) if name.endswith("~")]


def failing(error: int) -> Callable[..., None]:
    def fail(*_arguments: Any, **_keywords: Any) -> None:
        raise OSError(error, os.strerror(error))

    return fail


def access_list(user: int, group_class: int = 6) -> bytes:
    """Return an access list, as the kernel has it, that lets one more user read."""
    entries = [(1, 6, -1), (2, 4, user), (4, 4, -1), (16, group_class, -1), (32, 0, -1)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, may, who & 0xFFFFFFFF) for tag, may, who in entries)


def set_attribute(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"{path} takes no {name}: {error.strerror}")


def in_child(work: Callable[[], Any], as_nobody: bool = False) -> Any:
    """Run this in another process and return what it returned, or the words of its GlanceError."""
    ours, theirs = PROCESSES.Pipe()

    def child() -> None:
        if as_nobody and os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            theirs.send(work())
        except GlanceError as error:
            theirs.send(str(error))

    process = PROCESSES.Process(target=child)
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


# Which file it is


@pytest.mark.parametrize("link", ["absolute", "relative", "chain", "dangling"])
def test_followed_link_leads_to_its_end(tmp_path: Path, conf: Path, link: str) -> None:
    there = tmp_path / "link"
    end = conf
    if link == "absolute":
        there.symlink_to(conf)
    if link == "relative":
        there.symlink_to("glance-api.conf")
    if link == "chain":
        (tmp_path / "other").symlink_to("glance-api.conf")
        there.symlink_to("other")
    if link == "dangling":
        end = tmp_path / "new.conf"
        there.symlink_to("new.conf")
    assert real_path(str(there), follow=True) == str(end.resolve())
    assert real_path(str(there), follow=False) == str(there)


@pytest.mark.parametrize("below", ["", "/glance-api.conf"], ids=["file", "directory"])
def test_loop_of_links_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(GlanceError, match="/a.* is a link that leads back to itself"):
        real_path(f"{tmp_path}/a{below}", follow=True)


def test_edit_through_a_link_keeps_the_link(make: Callable[..., Target], tmp_path: Path, conf: Path) -> None:
    (tmp_path / "link").symlink_to("glance-api.conf")
    make(real_path(str(tmp_path / "link"), follow=True)).write(OLD, NEW)
    assert (tmp_path / "link").is_symlink()
    assert conf.read_bytes() == NEW


def test_dangling_link_gets_its_file(make: Callable[..., Target], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("glance-api.conf")
    path = real_path(str(tmp_path / "link"), follow=True)
    make(path).write(read(path), NEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "glance-api.conf").read_bytes() == NEW


def test_link_that_is_not_followed_becomes_a_file(make: Callable[..., Target], tmp_path: Path, conf: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("glance-api.conf")
    make(link).write(read(str(link)), NEW)
    assert not link.is_symlink()
    assert (link.read_bytes(), mode(link)) == (NEW, 0o640)
    assert conf.read_bytes() == OLD


def test_link_that_is_not_followed_becomes_a_file_with_the_same_bytes_too(
    make: Callable[..., Target], tmp_path: Path, conf: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to("glance-api.conf")
    target = make(link, mode="0600")
    assert target.drift() == {"before": {"state": "link"}, "after": {"state": "file"}}
    assert target.settle()
    assert (link.is_symlink(), link.read_bytes(), mode(link), mode(conf)) == (False, OLD, 0o600, 0o640)
    assert target.drift() == {}


def test_unit_that_systemd_masks_is_no_file_yet(make: Callable[..., Target], tmp_path: Path) -> None:
    unit = tmp_path / "glance-api.service"
    unit.symlink_to(os.devnull)
    target = make(unit)
    assert (read(str(unit)), target.drift()) == (None, {})
    target.write(None, NEW)
    assert (unit.is_symlink(), unit.read_bytes(), mode(unit) & 0o022) == (False, NEW, 0)
    assert Path(os.devnull).is_char_device()


# Reading


def test_bytes_are_read_as_they_are(conf: Path) -> None:
    conf.write_bytes(b"\xef\xbb\xbf[DEFAULT]\r\n\xe9\x00")
    assert read(str(conf)) == b"\xef\xbb\xbf[DEFAULT]\r\n\xe9\x00"


@pytest.mark.parametrize("name", ["glance-api.conf", "missing/glance-api.conf"])
def test_file_that_is_not_there_has_no_bytes(tmp_path: Path, name: str) -> None:
    assert read(str(tmp_path / name)) is None


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in (
        (tmp_path, "a directory"),
        (tmp_path / "pipe", "a pipe"),
        (Path("/dev/null"), "a pipe, a socket"),
    ):
        with pytest.raises(GlanceError, match=f"{path} is {kind}.*: give the path of a file"):
            read(str(path))


def test_large_file_is_refused(conf: Path) -> None:
    os.truncate(conf, atomic_file.MAX_BYTES)
    assert len(read(str(conf)) or b"") == atomic_file.MAX_BYTES
    os.truncate(conf, atomic_file.MAX_BYTES + 1)
    with pytest.raises(GlanceError, match="glance-api.conf is larger than 32 MiB"):
        read(str(conf))


def test_file_below_a_file_is_refused(conf: Path) -> None:
    with pytest.raises(GlanceError, match="Cannot read .*glance-api.conf/x: Not a directory"):
        read(f"{conf}/x")


@needs_root
def test_file_that_may_not_be_read_is_told(public: Path) -> None:
    public.chmod(0o600)
    told = in_child(lambda: read(str(public)), as_nobody=True)
    assert told == (
        f"Cannot read {public}: Permission denied. `namei -l {public}` shows who may; `become: true` makes the task "
        "run as root."
    )


# Writing


def test_new_bytes_take_the_place_of_the_old(make: Callable[..., Target], conf: Path) -> None:
    before = conf.stat()
    assert make().write(OLD, NEW) is None
    after = conf.stat()
    assert conf.read_bytes() == NEW
    assert before.st_ino != after.st_ino
    assert (before.st_mode, before.st_uid, before.st_gid) == (after.st_mode, after.st_uid, after.st_gid)
    assert litter(conf) == []


@pytest.mark.parametrize(("asked", "mode_after"), [(None, 0o640), ("0600", 0o600), ("o+r", 0o644)])
def test_new_file_is_not_for_everyone(
    make: Callable[..., Target], tmp_path: Path, asked: str | None, mode_after: int
) -> None:
    path = tmp_path / "glance-api.conf"
    make(mode=asked).write(None, NEW)
    assert (path.read_bytes(), mode(path)) == (NEW, mode_after)


def test_path_without_a_directory_is_taken_from_the_working_directory(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    monkeypatch.chdir(conf.parent)
    make("glance-api.conf").write(OLD, NEW)
    assert conf.read_bytes() == NEW
    assert litter(conf) == []


def test_empty_file_is_a_file(make: Callable[..., Target], conf: Path) -> None:
    make().write(OLD, b"")
    assert read(str(conf)) == b""


@needs_root
def test_owner_and_group_stay_and_go_where_asked(make: Callable[..., Target], conf: Path) -> None:
    os.chown(conf, 42, 43)
    make().write(OLD, NEW)
    assert (conf.stat().st_uid, conf.stat().st_gid) == (42, 43)
    make(owner="44", group="45").write(NEW, OLD)
    assert (conf.stat().st_uid, conf.stat().st_gid) == (44, 45)


@pytest.mark.parametrize(("asked", "expected"), [(None, 0o644), ("0600", 0o600), ("o-r,u+x", 0o740)])
def test_file_is_as_private_as_asked_before_its_first_byte(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path, asked: str | None, expected: int
) -> None:
    conf.chmod(0o644)
    seen: list[tuple[int, int]] = []
    store = atomic_file._store

    def watched(file: Any, content: bytes) -> None:
        state = os.fstat(file.fileno())
        seen.append((stat.S_IMODE(state.st_mode), state.st_size))
        store(file, content)

    monkeypatch.setattr(atomic_file, "_store", watched)
    make(mode=asked).write(OLD, NEW)
    assert seen == [(expected, 0)]
    assert mode(conf) == expected


def test_users_attributes_and_access_list_stay(make: Callable[..., Target], conf: Path) -> None:
    set_attribute(conf, "user.origin", b"ours")
    set_attribute(conf, ACCESS, access_list(42))
    make().write(OLD, NEW)
    assert os.getxattr(conf, "user.origin") == b"ours"
    assert os.getxattr(conf, ACCESS) == access_list(42)


def test_mode_that_is_asked_limits_the_access_list(make: Callable[..., Target], conf: Path) -> None:
    set_attribute(conf, ACCESS, access_list(42))
    make(mode="0600").write(OLD, NEW)
    assert mode(conf) == 0o600
    assert os.getxattr(conf, ACCESS) == access_list(42, group_class=0)


def test_default_access_list_of_the_directory_opens_no_file_that_was_without_one(
    make: Callable[..., Target], conf: Path
) -> None:
    set_attribute(conf.parent, DEFAULT_ACCESS, access_list(42))
    make().write(OLD, NEW)
    assert ACCESS not in os.listxattr(conf)
    assert mode(conf) == 0o640


@pytest.mark.parametrize(
    ("name", "error", "tolerated"),
    [
        pytest.param("user.origin", errno.ENOTSUP, True, id="unknown to the file system"),
        pytest.param("security.selinux", errno.EPERM, True, id="label of another user"),
        pytest.param("user.origin", errno.EPERM, False, id="refused"),
    ],
)
def test_attribute_that_cannot_be_copied(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path, name: str, error: int, tolerated: bool
) -> None:
    monkeypatch.setattr(os, "listxattr", lambda _path: [name])
    monkeypatch.setattr(os, "getxattr", lambda *_arguments: b"x")
    monkeypatch.setattr(os, "setxattr", failing(error))
    if tolerated:
        make().write(OLD, NEW)
    else:
        with pytest.raises(GlanceError, match="Cannot write .*Operation not permitted"):
            make().write(OLD, NEW)
    assert conf.read_bytes() == (NEW if tolerated else OLD)
    assert litter(conf) == []


def test_file_system_without_extended_attributes_is_no_error(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    monkeypatch.setattr(os, "listxattr", failing(errno.ENOTSUP))
    make().write(OLD, NEW)
    assert conf.read_bytes() == NEW


def test_file_and_directory_are_on_the_disk_in_the_end(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    make().write(OLD, NEW)
    assert [Path(path).name[:22] for path in synced] == [".glance-api.conf.osops", conf.parent.name[:22]]


def test_directory_that_cannot_be_synced_is_no_failure(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    fsync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    make().write(OLD, NEW)
    assert conf.read_bytes() == NEW


# Backup


def test_backup_has_the_old_bytes_and_their_mode(make: Callable[..., Target], conf: Path) -> None:
    backup = Path(make(backup=True, mode="0600").write(OLD, NEW) or "")
    assert backup.parent == conf.parent
    assert (backup.read_bytes(), mode(backup)) == (OLD, 0o640)
    assert conf.read_bytes() == NEW


def test_backup_is_private_while_it_is_made(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    modes: list[int] = []
    monkeypatch.setattr(shutil, "copystat", lambda _source, copy, **_: modes.append(mode(Path(copy))))
    make(backup=True).write(OLD, NEW)
    assert modes == [0o600]


def test_new_file_has_no_backup(make: Callable[..., Target], tmp_path: Path) -> None:
    assert make(backup=True).write(None, NEW) is None
    assert backups(tmp_path / "glance-api.conf") == []


def test_backup_that_fails_leaves_the_file(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    target = make(backup=True)
    monkeypatch.setattr(target.module, "backup_local", failing(errno.ENOSPC))
    with pytest.raises(GlanceError, match="Cannot back up .*No space left on device. Nothing was changed"):
        target.write(OLD, NEW)
    assert conf.read_bytes() == OLD
    assert litter(conf) == []


# Validation


def test_validator_sees_the_new_bytes_before_they_land(make: Callable[..., Target], conf: Path) -> None:
    make(validate=f"sh -c 'grep -q true \"$0\" && grep -q false {conf}' %s").write(OLD, NEW)
    assert conf.read_bytes() == NEW


def test_validator_that_refuses_changes_nothing_and_its_words_are_masked(
    make: Callable[..., Target], conf: Path
) -> None:
    validate = "sh -c 'echo no good: $0; cat $0; exit 3' %s"
    target = make(backup=True, validate=validate, mask=lambda text: text.replace("S3cret", "VALUE HIDDEN"))
    with pytest.raises(GlanceError) as failure:
        target.write(OLD, b"password = S3cret")
    assert str(failure.value) == (
        f"`sh -c 'echo no good: $0; cat $0; exit 3' {conf}` refuses the new file and ended with 3, so nothing was "
        f"changed. It said: no good: {conf}\npassword = VALUE HIDDEN"
    )
    assert (conf.read_bytes(), litter(conf), backups(conf)) == (OLD, [], [])


def test_path_with_a_blank_is_one_argument(make: Callable[..., Target], tmp_path: Path) -> None:
    path = tmp_path / "glance api.conf"
    make(path, validate="test -f %s").write(None, NEW)
    assert path.read_bytes() == NEW


@pytest.mark.parametrize(
    ("validate", "told"),
    [("true", "`validate` has no %s"), ("true '%s", r"`validate` is no command \(No closing quotation\)")],
)
def test_validator_that_cannot_be_meant_is_told_before_anything_is_done(
    make: Callable[..., Target], validate: str, told: str
) -> None:
    with pytest.raises(GlanceError, match=told):
        make(validate=validate)


def test_validator_that_is_not_there_is_told(make: Callable[..., Target], conf: Path) -> None:
    with pytest.raises(GlanceError, match=f"Cannot run `/no/validator {conf}` to validate .*No such file"):
        make(validate="/no/validator %s").write(OLD, NEW)
    assert (conf.read_bytes(), litter(conf)) == (OLD, [])


# Other runs


@pytest.mark.parametrize("before", [None, b"something else\n"], ids=["made since", "changed since"])
def test_change_by_somebody_else_is_not_overwritten(
    make: Callable[..., Target], conf: Path, before: bytes | None
) -> None:
    with pytest.raises(ConflictError, match="was changed by somebody else"):
        make(backup=True).write(before, NEW)
    assert (conf.read_bytes(), litter(conf), backups(conf)) == (OLD, [], [])


def test_file_removed_by_somebody_else_is_not_made_again(make: Callable[..., Target], conf: Path) -> None:
    conf.unlink()
    with pytest.raises(ConflictError):
        make().write(OLD, NEW)
    assert not conf.exists()


def test_temporary_file_removed_by_somebody_else_means_another_try(make: Callable[..., Target], conf: Path) -> None:
    with pytest.raises(ConflictError, match="temporary file .* is gone"):
        make(backup=True, validate="rm %s").write(OLD, NEW)
    assert (conf.read_bytes(), backups(conf)) == (OLD, [])


def test_lock_keeps_another_process_out_until_it_ends(conf: Path) -> None:
    held = lock(str(conf))
    assert held is not None
    told = in_child(lambda: lock(str(conf), seconds=0))
    assert told == (
        f"Cannot lock {conf.parent} to change {conf}: another process has held the lock for 0 seconds. "
        "`lslocks` shows which; let it end, or end it, and run this again."
    )
    os.close(held)
    assert isinstance(in_child(lambda: lock(str(conf), seconds=0)), int)
    again = lock(str(conf), seconds=0)
    assert again is not None
    os.close(again)
    assert os.listdir(conf.parent) == [conf.name]


def test_lock_is_waited_for(monkeypatch: pytest.MonkeyPatch, conf: Path) -> None:
    holder = lock(str(conf))
    assert holder is not None
    monkeypatch.setattr(time, "sleep", lambda _seconds: os.close(holder))
    held = lock(str(conf), seconds=60)
    assert held is not None
    os.close(held)


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EBADF, errno.ENOTSUP, errno.EINVAL])
def test_file_system_without_locks_is_no_error(monkeypatch: pytest.MonkeyPatch, conf: Path, error: int) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(error))
    assert lock(str(conf)) is None


def test_directory_that_is_not_there_needs_no_lock(tmp_path: Path) -> None:
    assert lock(str(tmp_path / "missing" / "glance-api.conf")) is None


def counting(target: Target, rounds: int) -> int:
    """Count on in the file, as a run of a module would, and return how often it was overtaken."""
    overtaken = 0
    for _round in range(rounds):
        held = lock(target.path)
        assert held is not None
        before = read(target.path) or b"0" * 9000
        number = int(before[:9]) + 1
        try:
            target.write(before, b"%09d" % number * 1000)
        except ConflictError:
            overtaken += 1
        os.close(held)
    return overtaken


def test_writers_lose_nothing_and_readers_see_whole_files(make: Callable[..., Target], conf: Path) -> None:
    writers, rounds = 3, 15
    conf.write_bytes(b"0" * 9000)
    target = make()
    processes = [PROCESSES.Process(target=counting, args=(target, rounds)) for _round in range(writers)]
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
    assert litter(conf) == []


# Failures


def test_killed_run_leaves_the_old_file_and_the_next_one_sweeps(make: Callable[..., Target], conf: Path) -> None:
    other = conf.parent / ".other.conf.osops-x"
    other.touch()
    target = make()

    def killed() -> None:
        os.replace = lambda *_paths: os.kill(os.getpid(), signal.SIGKILL)
        target.write(OLD, NEW)

    process = PROCESSES.Process(target=killed)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert conf.read_bytes() == OLD
    assert len(litter(conf)) == 1
    target.write(OLD, NEW)
    assert conf.read_bytes() == NEW
    assert litter(conf) == []
    assert other.exists()


@pytest.mark.parametrize(
    ("function", "error", "told"),
    [
        pytest.param((os, "fsync"), errno.ENOSPC, "No space left on device. `df -h {0}` and", id="disk full"),
        pytest.param((os, "fsync"), errno.EIO, "Input/output error.", id="broken disk"),
        pytest.param((tempfile, "mkstemp"), errno.EROFS, "Read-only file system. `findmnt -T {0}`", id="read-only"),
        pytest.param((tempfile, "mkstemp"), errno.EACCES, "Permission denied. `namei -l {0}/", id="not permitted"),
        pytest.param((os, "replace"), errno.EPERM, "Operation not permitted. `lsattr -d {0}/", id="immutable"),
        pytest.param((os, "replace"), errno.EBUSY, "Device or resource busy. Is it a mount", id="mount"),
        pytest.param((os, "replace"), errno.EXDEV, "Invalid cross-device link. Is it a mount", id="other device"),
        pytest.param((os, "replace"), errno.ETXTBSY, "Text file busy. Is it a mount of its own, or in use", id="busy"),
    ],
)
def test_failure_leaves_the_old_file_and_says_what_to_look_at(
    make: Callable[..., Target],
    monkeypatch: pytest.MonkeyPatch,
    conf: Path,
    function: tuple[Any, str],
    error: int,
    told: str,
) -> None:
    target = make(backup=True)
    monkeypatch.setattr(*function, failing(error))
    with pytest.raises(GlanceError) as failure:
        target.write(OLD, NEW)
    assert str(failure.value).startswith(f"Cannot write {conf}: {told.format(conf.parent)}")
    assert "\n" not in str(failure.value)
    assert ("unsafe_writes: true" in str(failure.value)) is (function[1] == "replace")
    assert (conf.read_bytes(), litter(conf), backups(conf)) == (OLD, [], [])


def test_directory_that_is_not_there_is_named(make: Callable[..., Target], tmp_path: Path) -> None:
    with pytest.raises(GlanceError) as failure:
        make(tmp_path / "missing" / "x.conf").write(None, NEW)
    assert str(failure.value).endswith(f"No such file or directory. Create the directory {tmp_path}/missing first.")


@needs_root
def test_user_who_may_not_write_is_told(make: Callable[..., Target], public: Path) -> None:
    target = make(public)
    told = in_child(lambda: target.write(OLD, NEW), as_nobody=True)
    assert told.startswith(f"Cannot write {public}: Permission denied. `namei -l")


@needs_root
def test_file_of_somebody_else_keeps_its_owner_or_stays_as_it_is(make: Callable[..., Target], public: Path) -> None:
    public.parent.chmod(0o777)
    target = make(public)
    told = in_child(lambda: target.write(OLD, NEW), as_nobody=True)
    assert told.startswith(f"Cannot write {public}: Operation not permitted. ")
    assert (public.read_bytes(), litter(public)) == (OLD, [])


@needs_root
def test_user_writes_what_is_theirs(make: Callable[..., Target], public: Path) -> None:
    os.chown(public, NOBODY, NOBODY)
    os.chown(public.parent, NOBODY, NOBODY)
    target = make(public, mode="0600")
    assert in_child(lambda: target.write(OLD, NEW), as_nobody=True) is None
    assert (public.read_bytes(), mode(public), public.stat().st_uid) == (NEW, 0o600, NOBODY)


@pytest.fixture
def immutable(conf: Path) -> Iterator[Path]:
    """Return a file that even root may not change."""
    if subprocess.run(["chattr", "+i", conf], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("chattr cannot make a file immutable here")
    yield conf
    subprocess.run(["chattr", "-i", conf], check=True)


@needs_root
@pytest.mark.skipif(not shutil.which("chattr"), reason="there is no chattr")
@pytest.mark.parametrize("unsafe_writes", [False, True])
def test_immutable_file_is_told(make: Callable[..., Target], immutable: Path, unsafe_writes: bool) -> None:
    with pytest.raises(GlanceError, match="Cannot write .*: Operation not permitted. `lsattr -d"):
        make(unsafe_writes=unsafe_writes).write(OLD, NEW)
    assert (immutable.read_bytes(), litter(immutable)) == (OLD, [])


def test_unknown_owner_leaves_the_old_file(
    make: Callable[..., Target], conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make(owner="no-such-user").write(OLD, NEW)
    assert "failed to look up user no-such-user" in capsys.readouterr().out
    assert (conf.read_bytes(), litter(conf)) == (OLD, [])


# Hard links and files that cannot be replaced


def test_hard_links_are_counted(conf: Path) -> None:
    assert hard_links(str(conf)) == 1
    os.link(conf, conf.parent / "other")
    assert hard_links(str(conf)) == 2
    assert hard_links(str(conf.parent / "missing")) == 0


@pytest.mark.parametrize("unsafe_writes", [False, True])
def test_hard_link_lasts_with_unsafe_writes_only(make: Callable[..., Target], conf: Path, unsafe_writes: bool) -> None:
    other = conf.parent / "other"
    os.link(conf, other)
    make(unsafe_writes=unsafe_writes, mode="0600").write(OLD, NEW)
    assert (conf.read_bytes(), mode(conf)) == (NEW, 0o600)
    assert other.read_bytes() == (NEW if unsafe_writes else OLD)
    assert litter(conf) == []


@pytest.mark.parametrize("error", [errno.EBUSY, errno.EXDEV, errno.EPERM, errno.ETXTBSY])
def test_file_that_cannot_be_replaced_is_written_in_place_with_unsafe_writes(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path, error: int
) -> None:
    monkeypatch.setattr(os, "replace", failing(error))
    inode = conf.stat().st_ino
    backup = make(unsafe_writes=True, backup=True, mode="0600").write(OLD, b"x\n")
    assert (conf.read_bytes(), mode(conf), conf.stat().st_ino) == (b"x\n", 0o600, inode)
    assert Path(backup or "").read_bytes() == OLD
    assert litter(conf) == []


def test_other_errors_are_errors_with_unsafe_writes_too(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    monkeypatch.setattr(os, "replace", failing(errno.EIO))
    with pytest.raises(GlanceError, match="Input/output error"):
        make(unsafe_writes=True).write(OLD, NEW)
    assert conf.read_bytes() == OLD


def test_disk_that_fills_up_in_place_is_told_and_the_backup_stays(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    fsync, results = os.fsync, iter([True, False])
    monkeypatch.setattr(os, "replace", failing(errno.EBUSY))
    monkeypatch.setattr(os, "fsync", lambda file: fsync(file) if next(results) else failing(errno.ENOSPC)())
    with pytest.raises(GlanceError, match="written in place and is incomplete now: No space left on device"):
        make(unsafe_writes=True, backup=True).write(OLD, NEW)
    assert [(conf.parent / name).read_bytes() for name in backups(conf)] == [OLD]


# Attributes


def test_attributes_that_are_not_as_asked_are_shown_and_then_set_in_the_same_file(
    make: Callable[..., Target], conf: Path
) -> None:
    target = make(mode="0600")
    inode = conf.stat().st_ino
    assert target.drift() == {"before": {"mode": "0640"}, "after": {"mode": "0600"}}
    assert mode(conf) == 0o640
    assert target.module.check_mode is False
    assert target.settle()
    assert (mode(conf), conf.stat().st_ino) == (0o600, inode)
    assert target.drift() == {}
    assert not target.settle()


@needs_root
def test_owner_and_group_that_are_not_as_asked_are_shown(make: Callable[..., Target], conf: Path) -> None:
    target = make(owner="42", group="43")
    assert target.drift() == {"before": {"owner": 0, "group": 0}, "after": {"owner": 42, "group": 43}}
    assert target.settle()
    assert (conf.stat().st_uid, conf.stat().st_gid) == (42, 43)
    assert target.drift() == {}


@pytest.mark.parametrize("asked", [None, "0640", "u=rw,g=r,o="])
def test_attributes_as_asked_are_no_drift(make: Callable[..., Target], conf: Path, asked: str | None) -> None:
    assert make(mode=asked).drift() == {}


def test_file_that_is_not_there_does_not_drift(make: Callable[..., Target], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert make(mode="0600").drift() == {}
    assert make(tmp_path / "link", mode="0600").drift() == {}


def test_check_mode_stays_on(make: Callable[..., Target], conf: Path) -> None:
    target = make(check_mode=True, mode="0600")
    assert target.drift() == {"before": {"mode": "0640"}, "after": {"mode": "0600"}}
    assert target.module.check_mode is True


def test_written_file_does_not_drift(make: Callable[..., Target], conf: Path) -> None:
    target = make(mode="u+x,g-r")
    target.write(OLD, NEW)
    assert mode(conf) == 0o700
    assert target.drift() == {}


@needs_root
@pytest.mark.skipif(not shutil.which("chattr"), reason="there is no chattr")
def test_attributes_of_chattr_come_last(make: Callable[..., Target], immutable: Path) -> None:
    path = immutable.parent / "new.conf"
    make(path, attributes="+i").write(None, NEW)
    try:
        assert path.read_bytes() == NEW
        with pytest.raises(PermissionError):
            path.unlink()
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def test_attributes_that_cannot_be_set_are_told(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    target = make()
    monkeypatch.setattr(target.module, "set_fs_attributes_if_different", failing(errno.EROFS))
    with pytest.raises(GlanceError, match="Cannot set the attributes of .*: Read-only file system. `findmnt"):
        replace(target, backup=True).settle()
