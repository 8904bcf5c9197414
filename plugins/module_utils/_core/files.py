# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read files, and explain the errors of the operating system."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import contextmanager
from typing import Callable, Iterator

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

MAX_BYTES = 32 * 1024 * 1024
# The errors of rename(2) where a file cannot be replaced: a bind mount of one file, some container file systems.
NOT_REPLACEABLE = (errno.EBUSY, errno.EXDEV, errno.EPERM, errno.ETXTBSY)

_IN_PLACE = "Set `unsafe_writes: true` to write into a file that cannot be replaced."
_HINTS = {
    **dict.fromkeys(NOT_REPLACEABLE, f"Check whether it is a separate mount or in use. {_IN_PLACE}"),
    errno.EACCES: "Check the permissions with `namei -l {path}`, or run the task with `become: true`.",
    errno.ENOSPC: "Check the free space with `df -h {directory}` and `df -i {directory}`.",
    errno.EPERM: f"Check whether it is immutable with `lsattr -d {{path}} {{directory}}`, and its owner. {_IN_PLACE}",
    errno.EROFS: "Check how the file system is mounted with `findmnt -T {directory}`.",
}


def directory_of(path: str) -> str:
    """Return the directory of a file; of a bare name, the working directory."""
    return os.path.dirname(path) or "."


def real_path(path: str, follow: bool) -> str:
    """Return the path of the file to edit.

    follow: whether links are resolved; otherwise the path is returned unchanged.
    """
    if not follow:
        return path
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise GlanceError(f"{path} is in a loop of symbolic links. Check it with `namei {path}`.") from error
    return os.path.realpath(path)


def is_mask(path: str) -> bool:
    """Return whether a path is a link to /dev/null, by which systemd masks a unit."""
    return os.path.islink(path) and os.path.realpath(path) == os.devnull


def touch(path: str) -> Callable[[], None]:
    """Give a file the current date; return a function that reverts this unless the file has changed meanwhile."""
    before = os.stat(path)
    os.utime(path, ns=(before.st_atime_ns, time.time_ns()))
    touched = os.stat(path).st_mtime_ns

    def revert() -> None:
        if os.stat(path).st_mtime_ns == touched:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return revert


def hard_links(path: str) -> int:
    """Return the number of hard links of a file; 0 if it does not exist."""
    try:
        return os.lstat(path).st_nlink
    except OSError:
        return 0


def read(path: str) -> bytes | None:
    """Return the content of a file; None if it does not exist or is a mask of systemd."""
    if is_mask(path):
        return None
    with explain_errors("read", path):
        try:
            _require_regular_file(path)
            with open(path, "rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
    if len(content) > MAX_BYTES:
        raise GlanceError(
            f"{path} is larger than {MAX_BYTES >> 20} MiB, which is too large for a configuration file. Check the path."
        )
    return content


def _require_regular_file(path: str) -> None:
    # Opening a pipe would wait for a writer, and opening a device may have side effects.
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "a pipe, a socket or a device"
        raise GlanceError(f"{path} is {kind}. Specify the path of a regular file.")


@contextmanager
def explain_errors(attempt: str, path: str) -> Iterator[None]:
    """Raise GlanceError with a hint in place of an OSError.

    attempt: the operation on the file, as a verb.
    """
    try:
        yield
    except OSError as error:
        directory = directory_of(path)
        hint = _HINTS.get(error.errno or 0, "").format(path=path, directory=directory)
        if isinstance(error, FileNotFoundError) and not os.path.isdir(directory):
            hint = f"Create the directory {directory} first."
        raise GlanceError(f"Cannot {attempt} {path}: {error.strerror or error}. {hint}".rstrip()) from error
