# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file, replaced so that a reader, a crash or another run finds the old bytes or the new, never a mixture."""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Callable, Iterator

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

MAX_BYTES = 32 * 1024 * 1024
NEW_MODE = 0o640
POLL_SECONDS = 0.1

# The extended attributes that go from the old file to the new one: access lists, the label, and what users keep there.
KEPT = ("system.", "security.selinux", "user.")
# What a rename says where only the bytes can be changed: a mount of one file, some file systems of containers.
NOT_REPLACEABLE = (errno.EBUSY, errno.EXDEV, errno.EPERM, errno.ETXTBSY)
IN_PLACE = "`unsafe_writes: true` writes into a file that cannot be replaced."
HINTS = {
    **dict.fromkeys(NOT_REPLACEABLE, f"Is it a mount of its own, or in use? {IN_PLACE}"),
    errno.EACCES: "`namei -l {path}` shows who may; `become: true` makes the task run as root.",
    errno.ENOSPC: "`df -h {directory}` and `df -i {directory}` show what is left.",
    errno.EPERM: f"`lsattr -d {{path}} {{directory}}` shows if it is immutable, `ls -ld` whose it is. {IN_PLACE}",
    errno.EROFS: "`findmnt -T {directory}` shows how the file system there is mounted.",
}


class ConflictError(Exception):
    """Somebody else changed the file after it was read: read it and compute its new bytes again."""


def real_path(path: str, follow: bool) -> str:
    """Return the path of the file that is edited: the end of the links, or the path itself, link or not."""
    if not follow:
        return path
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise GlanceError(f"{path} is a link that leads back to itself: `namei {path}` shows it.") from error
    return os.path.realpath(path)


def is_mask(path: str) -> bool:
    """Say whether this is the link to nothing by which systemd is kept from starting a unit."""
    return os.path.islink(path) and os.path.realpath(path) == os.devnull


def read(path: str) -> bytes | None:
    """Return the bytes of the file, or None where there is none."""
    if is_mask(path):
        return None
    with _explained("read", path):
        try:
            # Opening a pipe would wait for a writer, and opening a device may set something off.
            mode = os.stat(path).st_mode
            if not stat.S_ISREG(mode):
                kind = "a directory" if stat.S_ISDIR(mode) else "a pipe, a socket or a device"
                raise GlanceError(f"{path} is {kind}: give the path of a file.")
            with open(path, "rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
    if len(content) > MAX_BYTES:
        raise GlanceError(
            f"{path} is larger than {MAX_BYTES >> 20} MiB, too large for a configuration: is it the right path?"
        )
    return content


def lock(path: str, seconds: float = 60) -> int | None:
    """Keep other runs away from the file until this process ends, and return the descriptor that does.

    The directory is what is locked: the file is replaced by another one, and a file just for the lock would be litter.
    None where nothing can be locked; then only what write() compares keeps two runs apart.
    """
    directory = _directory(path)
    try:
        held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    complaint = (
        f"Cannot lock {directory} to change {path}: another process has held the lock for {seconds:g} "
        "seconds. `lslocks` shows which; let it end, or end it, and run this again."
    )
    return held if hold_lock(held, seconds, complaint) else None


def hold_lock(descriptor: int, seconds: float, complaint: str) -> bool:
    """Lock what the descriptor stands for; False where there are no locks.

    The lock ends with the last process that has the descriptor. GlanceError with the complaint, if another process
    has the lock for so long.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise GlanceError(complaint) from error
        except OSError:
            return False
        time.sleep(POLL_SECONDS)


def hard_links(path: str) -> int:
    """Return how many names the file has; replacing one of several leaves the old file to the others."""
    try:
        return os.lstat(path).st_nlink
    except OSError:
        return 0


@dataclass(frozen=True)
class Target:
    """The file that is brought to new bytes and to its attributes.

    path: from real_path().
    file_args: from AnsibleModule.load_file_common_arguments().
    validate: a command that must accept the new bytes, with %s for the path of the file they are in.
    mask: hides what is secret in the words of that command.
    """

    module: AnsibleModule
    path: str
    file_args: dict[str, Any]
    validate: str | None = None
    backup: bool = False
    unsafe_writes: bool = False
    mask: Callable[[str], str] = str

    def __post_init__(self) -> None:
        try:
            parts = shlex.split(self.validate or "%s")
        except ValueError as error:
            raise GlanceError(f"`validate` is no command ({error}): {self.validate}") from error
        if not any("%s" in part for part in parts):
            raise GlanceError(f"`validate` has no %s, where the path of the new file goes: {self.validate}")

    def drift(self) -> dict[str, dict[str, Any]]:
        """Return the attributes that are not as asked, before and after; nothing where all are, or there is no file."""
        if not os.path.exists(self.path) or is_mask(self.path):
            return {}
        if os.path.islink(self.path):
            return {"before": {"state": "link"}, "after": {"state": "file"}}
        diff: dict[str, dict[str, Any]] = {}
        check_mode, self.module.check_mode = self.module.check_mode, True
        try:
            drifted = self._set_attributes(self.path, diff)
        finally:
            self.module.check_mode = check_mode
        return diff or {"before": {}, "after": {}} if drifted else {}

    def settle(self) -> bool:
        """Bring the attributes to what is asked and leave the bytes alone; say whether anything was changed."""
        content = read(self.path) if os.path.islink(self.path) else None
        if content is None:
            return self._set_attributes(self.path)
        # A link that is not followed has no attributes to speak of: a file with the same bytes takes its place.
        replace(self, validate=None, backup=False).write(content, content)
        return True

    def write(self, before: bytes | None, after: bytes, prepare: Callable[[], None] = lambda: None) -> str | None:
        """Put the new bytes in place of the old and return the path of the backup, if there is one.

        prepare: called when the new bytes are accepted, right before the old ones are replaced.

        Overtaken if the bytes are no longer the ones before. Whatever fails, the file is what it was, unless
        it had to be written in place.
        """
        self._sweep()
        with _explained("write", self.path):
            descriptor, new = tempfile.mkstemp(prefix=self._prefix, dir=_directory(self.path))
            try:
                self._fill(descriptor, new, after)
                self._try_out(new)
                if read(self.path) != before:
                    raise ConflictError(f"{self.path} was changed by somebody else after it was read.")
                prepare()
                with self._backed_up(before) as backup:
                    self._put(new, after)
            finally:
                with suppress(OSError):
                    os.unlink(new)
        self._set_attributes(self.path)
        return backup

    @property
    def _prefix(self) -> str:
        return f".{os.path.basename(self.path)}.osops-"

    def _sweep(self) -> None:
        """Remove the temporary files that killed runs left."""
        # Litter, or a directory that cannot be listed, is no reason to fail.
        with suppress(OSError):
            for name in os.listdir(_directory(self.path)):
                if name.startswith(self._prefix):
                    os.unlink(os.path.join(_directory(self.path), name))

    def _fill(self, descriptor: int, new: str, content: bytes) -> None:
        """Write the new file, which nobody may read who may not read the old one."""
        with os.fdopen(descriptor, "wb") as file:
            old = _stat(self.path)
            if old is None:
                os.chmod(descriptor, NEW_MODE)
                self.module.set_context_if_different(new, self.module.selinux_default_context(self.path), False)
            else:
                os.chown(descriptor, old.st_uid, old.st_gid)
                copy_extended_attributes(self.path, descriptor)
                os.chmod(descriptor, stat.S_IMODE(old.st_mode))
            # Not those of chattr: a file that is immutable already could not be written.
            self._set_attributes(new, attributes=None)
            _store(file, content)

    def _try_out(self, new: str) -> None:
        """Let the command of `validate` judge the new file."""
        if not self.validate:
            return
        command = [part.replace("%s", new) for part in shlex.split(self.validate)]
        with _definitions(command) as definitions:
            status, said = self._validated(command)
            faults = definitions.faults(read(new) or b"", said) if definitions else []
        if faults:
            raise GlanceError(f"{self.path}: {self.mask(' '.join(faults))} Nothing was changed.")
        if status:
            said = said.replace(os.path.basename(new), os.path.basename(self.path)).strip()
            raise GlanceError(
                f"`{self.validate.replace('%s', self.path)}` refuses the new file and ended with {status}, so nothing "
                f"was changed. It said: {self.mask(said) or 'nothing'}"
            )

    def _validated(self, command: list[str]) -> tuple[int, str]:
        """Run the command of `validate` and return how it ended, and what it said."""
        try:
            status, out, err = self.module.run_command(command, handle_exceptions=False)
        except OSError as error:
            shown = str(self.validate).replace("%s", self.path)
            raise GlanceError(f"Cannot run `{shown}` to validate the new file: {error.strerror}.") from error
        return status, out + err

    @contextmanager
    def _backed_up(self, before: bytes | None) -> Iterator[str | None]:
        """Copy the old file if that was asked for; the copy goes again if the old file stays."""
        backup = self._copy() if self.backup and before is not None else None
        try:
            yield backup
        except (OSError, ConflictError):
            if backup:
                self.module.cleanup(backup)
            raise

    def _copy(self) -> str:
        # ansible-core fills the copy first and gives it the mode of the file then.
        umask = os.umask(0o077)
        try:
            return str(self.module.backup_local(self.path))
        except Exception as error:
            raise GlanceError(
                f"Cannot back up {self.path}: {error.__cause__ or error}. Nothing was changed."
            ) from error
        finally:
            os.umask(umask)

    def _put(self, new: str, content: bytes) -> None:
        """Replace the old file, or write into it where that was asked for and is the only way."""
        if self.unsafe_writes and hard_links(self.path) > 1:
            return self._write_in_place(content)
        try:
            os.replace(new, self.path)
        except FileNotFoundError as error:
            # Where nothing can be locked, another run may take our temporary file for litter.
            raise ConflictError(f"The temporary file of {self.path} is gone.") from error
        except OSError as error:
            if not self.unsafe_writes or error.errno not in NOT_REPLACEABLE:
                raise
            return self._write_in_place(content)
        return _sync_directory(self.path)

    def _write_in_place(self, content: bytes) -> None:
        self._set_attributes(self.path, attributes=None)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _store(file, content)
        except OSError as error:
            raise GlanceError(f"{self.path} was written in place and is incomplete now: {error.strerror}.") from error

    def _set_attributes(self, path: str, diff: dict[str, dict[str, Any]] | None = None, **other: Any) -> bool:
        file_args = {**self.file_args, **other, "path": path}
        with _explained("set the attributes of", self.path):
            return bool(self.module.set_fs_attributes_if_different(file_args, False, diff, expand=False))


@contextmanager
def _definitions(command: list[str]) -> Iterator[Any]:
    """Have the definitions generated that tell what a validator of oslo.config leaves out; None for other commands."""
    # Most runs write nothing, and need not wait for this module.
    from ansible_collections.osops.glance.plugins.module_utils._ini.oslo_schema import (
        Definitions,
        is_validator,
    )

    if not is_validator(command):
        yield None
        return
    definitions = Definitions(command)
    try:
        yield definitions
    finally:
        definitions.stop()


def _stat(path: str) -> os.stat_result | None:
    """Return what the file system knows of the file, or None where there is none."""
    try:
        return None if is_mask(path) else os.stat(path)
    except FileNotFoundError:
        return None


def _directory(path: str) -> str:
    return os.path.dirname(path) or "."


@contextmanager
def _explained(attempt: str, path: str) -> Iterator[None]:
    """Say an error of the system in a sentence, with what to look at."""
    try:
        yield
    except OSError as error:
        directory = _directory(path)
        hint = HINTS.get(error.errno or 0, "").format(path=path, directory=directory)
        if isinstance(error, FileNotFoundError) and not os.path.isdir(directory):
            hint = f"Create the directory {directory} first."
        raise GlanceError(f"Cannot {attempt} {path}: {error.strerror or error}. {hint}".rstrip()) from error


def _store(file: BinaryIO, content: bytes) -> None:
    """Write so that the bytes are on the disk."""
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _sync_directory(path: str) -> None:
    # The file has its new bytes by now; where a directory cannot be synced, there is nothing left to do about it.
    with suppress(OSError):
        descriptor = os.open(_directory(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def copy_extended_attributes(source: str, target: int) -> None:
    """Give the open file the access lists, the label and the users' attributes of the other."""
    try:
        wanted = {name: os.getxattr(source, name) for name in os.listxattr(source) if name.startswith(KEPT)}
        present = os.listxattr(target)
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return
    # A directory with a default access list gives it to every new file; the old file may have been without one.
    for name in present:
        if name.startswith("system.") and name not in wanted:
            os.removexattr(target, name)
    for name, value in wanted.items():
        try:
            os.setxattr(target, name, value)
        except OSError as error:
            # Not every user may set a label, and where it cannot be set the system gives its own.
            if error.errno != errno.ENOTSUP and not name.startswith("security."):
                raise
