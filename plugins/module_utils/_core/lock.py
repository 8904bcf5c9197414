# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advisory locks between processes on one host."""

from __future__ import annotations

import fcntl
import os
import time

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

POLL_SECONDS = 0.1


def hold_lock(descriptor: int, seconds: float, message: str) -> bool:
    """Lock an open file or directory; return False where the file system has no locks.

    The lock is released when the last process that has the descriptor closes it or ends.

    seconds: how long to wait while another process holds the lock. After that, GlanceError is raised.
    message: the text of that error.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise GlanceError(message) from error
        except OSError:
            return False
        time.sleep(POLL_SECONDS)


def lock_directory_of(path: str, seconds: float = 60) -> int | None:
    """Lock the directory of a file until this process ends; return the descriptor that holds the lock.

    The directory is locked because the file itself is replaced, and a separate lock file would remain.
    Without a lock (None), only the comparison in AtomicFile.write() detects a concurrent run.

    seconds: how long to wait while another process holds the lock. After that, GlanceError is raised.
    """
    directory = os.path.dirname(path) or "."
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    message = (
        f"Cannot lock {directory} to change {path}: another process has held the lock for {seconds:g} seconds. "
        "Run `lslocks` to find the process, wait until it ends or stop it, and try again."
    )
    return descriptor if hold_lock(descriptor, seconds, message) else None
