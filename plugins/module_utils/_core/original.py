# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of files that this collection replaces and did not write. No task removes them."""

from __future__ import annotations

import glob
import os
import stat
import time

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# Not the pattern of backups, `NAME.*~`: those are removed when the service responds with the new file.
INFIX = ".before-osops-"
TIME = "%Y%m%dT%H%M%S"
# A copy holds the same secrets as the file, so users outside its group get no access.
MODE_MASK = 0o660


def pattern(path: str) -> str:
    """Return the name pattern of the copies of a file, for messages and for glob."""
    return f"{path}{INFIX}*"


def copies(path: str) -> list[str]:
    """Return the copies of a file, the oldest first."""
    return sorted(glob.glob(f"{glob.escape(path)}{INFIX}*"))


def keep(path: str, content: bytes) -> str:
    """Copy a file with its owner, and its mode without access for others; return the path of the copy.

    A copy with the same content is returned instead of a second one.
    content: the bytes of the file as they were read.
    """
    try:
        for copy in copies(path):
            if _content(copy) == content:
                return copy
        return _write(path, content)
    except OSError as error:
        raise GlanceError(
            f"Cannot keep a copy of {path}: {error.strerror or error}. Nothing was changed. Check the free space and "
            "the permissions of its directory."
        ) from error


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _write(path: str, content: bytes) -> str:
    copy, descriptor = _created(f"{path}{INFIX}{time.strftime(TIME)}")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            original = os.stat(path)
            os.fchown(descriptor, original.st_uid, original.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(original.st_mode) & MODE_MASK)
            os.fsync(descriptor)
    except OSError:
        os.unlink(copy)
        raise
    return copy


def _created(base: str) -> tuple[str, int]:
    """Create a new file and return its path and descriptor; a number is added where the name is in use."""
    number = 0
    while True:
        name = f"{base}-{number}" if number else base
        try:
            return name, os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            number += 1
