# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace a file atomically: a reader, a crash or a concurrent run gets the old content or the new, never a mixture."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Callable, Iterator

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.extended_attributes import copy_extended_attributes
from ansible_collections.osops.glance.plugins.module_utils._core.file_attributes import FileAttributes
from ansible_collections.osops.glance.plugins.module_utils._core.files import (
    NOT_REPLACEABLE,
    directory_of,
    explain_errors,
    hard_links,
    is_mask,
    read,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

NEW_MODE = 0o640


class ConflictError(Exception):
    """Another process changed the file after it was read. Read it again and compute the new content again."""


def accept(_new: str) -> None:
    """Accept any content."""


@dataclass(frozen=True)
class AtomicFile:
    """A file whose content and attributes a module manages.

    path: from real_path().
    file_args: from AnsibleModule.load_file_common_arguments().
    check: raises GlanceError if the new content is not valid; it gets the path of a temporary file that holds it.
    backup: whether the old content is copied before it is replaced.
    unsafe_writes: whether a file that cannot be replaced is written in place.
    """

    module: AnsibleModule
    path: str
    file_args: dict[str, Any]
    check: Callable[[str], None] = accept
    backup: bool = False
    unsafe_writes: bool = False

    @property
    def attributes(self) -> FileAttributes:
        return FileAttributes(self.module, self.path, self.file_args)

    def drift(self) -> dict[str, dict[str, Any]]:
        """Return the attributes that differ, before and after; an empty dictionary if none differ or no file exists."""
        return self.attributes.drift()

    def apply_attributes(self) -> bool:
        """Set the attributes and keep the content; return whether anything was changed."""
        content = read(self.path) if os.path.islink(self.path) else None
        if content is None:
            return self.attributes.apply()
        # A link that is not followed has no attributes that matter: a file with the same content replaces it.
        replace(self, check=accept, backup=False).write(content, content)
        return True

    def write(self, before: bytes | None, after: bytes, prepare: Callable[[], None] = lambda: None) -> str | None:
        """Replace the content and return the path of the backup, if there is one.

        Raise ConflictError if the current content is not `before`. After any error the file has its old content,
        unless it had to be written in place.

        prepare: is called when the new content is accepted, right before the old one is replaced.
        """
        self._remove_leftovers()
        with explain_errors("write", self.path):
            descriptor, new = tempfile.mkstemp(prefix=self._prefix, dir=directory_of(self.path))
            try:
                self._fill(descriptor, new, after)
                self.check(new)
                if read(self.path) != before:
                    raise ConflictError(f"{self.path} was changed by another process after it was read.")
                prepare()
                with self._backed_up(before) as backup:
                    self._replace(new, after)
            finally:
                with suppress(OSError):
                    os.unlink(new)
        self.attributes.apply()
        return backup

    @property
    def _prefix(self) -> str:
        return f".{os.path.basename(self.path)}.osops-"

    def _remove_leftovers(self) -> None:
        """Remove the temporary files of runs that were killed."""
        # A leftover that cannot be removed, or a directory that cannot be listed, does not prevent the run.
        with suppress(OSError):
            for name in os.listdir(directory_of(self.path)):
                if name.startswith(self._prefix):
                    os.unlink(os.path.join(directory_of(self.path), name))

    def _fill(self, descriptor: int, new: str, content: bytes) -> None:
        """Write the temporary file, which is readable only by users that may read the old file."""
        with os.fdopen(descriptor, "wb") as file:
            old = _stat(self.path)
            if old is None:
                os.chmod(descriptor, NEW_MODE)
                self.module.set_context_if_different(new, self.module.selinux_default_context(self.path), False)
            else:
                os.chown(descriptor, old.st_uid, old.st_gid)
                copy_extended_attributes(self.path, descriptor)
                os.chmod(descriptor, stat.S_IMODE(old.st_mode))
            # The attributes of chattr follow last: a file that is immutable already cannot be written.
            self.attributes.apply(new, attributes=None)
            _write_and_sync(file, content)

    @contextmanager
    def _backed_up(self, before: bytes | None) -> Iterator[str | None]:
        """Copy the old file if `backup` is set; remove the copy if the old file is not replaced."""
        backup = self._copy() if self.backup and before is not None else None
        try:
            yield backup
        except (OSError, ConflictError):
            if backup:
                self.module.cleanup(backup)
            raise

    def _copy(self) -> str:
        # ansible-core writes the copy before it sets the mode of the file on it.
        umask = os.umask(0o077)
        try:
            return str(self.module.backup_local(self.path))
        except Exception as error:
            raise GlanceError(
                f"Cannot back up {self.path}: {error.__cause__ or error}. Nothing was changed."
            ) from error
        finally:
            os.umask(umask)

    def _replace(self, new: str, content: bytes) -> None:
        """Rename the temporary file; write in place if `unsafe_writes` is set and nothing else is possible."""
        if self.unsafe_writes and hard_links(self.path) > 1:
            return self._write_in_place(content)
        try:
            os.replace(new, self.path)
        except FileNotFoundError as error:
            # Where nothing can be locked, a concurrent run may remove the temporary file as a leftover.
            raise ConflictError(f"The temporary file of {self.path} was removed by another process.") from error
        except OSError as error:
            if not self.unsafe_writes or error.errno not in NOT_REPLACEABLE:
                raise
            return self._write_in_place(content)
        return _sync_directory(self.path)

    def _write_in_place(self, content: bytes) -> None:
        self.attributes.apply(attributes=None)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write_and_sync(file, content)
        except OSError as error:
            raise GlanceError(f"{self.path} was written in place and is incomplete: {error.strerror}.") from error


def _stat(path: str) -> os.stat_result | None:
    """Return the status of the file that is replaced; None if it does not exist or is a mask of systemd."""
    try:
        return None if is_mask(path) else os.stat(path)
    except FileNotFoundError:
        return None


def _write_and_sync(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _sync_directory(path: str) -> None:
    # The file has its new content already; if the directory cannot be synced, no other action is possible.
    with suppress(OSError):
        descriptor = os.open(directory_of(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
