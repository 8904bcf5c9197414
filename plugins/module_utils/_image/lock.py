# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks that let one run at a time upload an image: runs on one host by a lock file, other hosts by a record."""

from __future__ import annotations

import calendar
import fcntl
import hashlib
import json
import os
import pwd
import stat
import time
import uuid
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import Any, Callable, ContextManager, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.lock import hold_lock
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.model import UPLOAD_BY, Image

DIRECTORY = ".ansible/osops.glance"  # in the home of the user
MARGIN = 120  # seconds after the timeout of an upload, to verify and publish the image
UNKNOWN_LIMIT = 3600  # seconds, for a temporary image without a record of its limit

Waiting = Callable[[str], ContextManager[Any]]


class UploadLock:
    """Lock files of this user on this host, and the check whether an unfinished upload is stale."""

    def __init__(self, directory: str | None = None) -> None:
        self._directory = directory or os.path.join(home(), DIRECTORY)

    @cached_property
    def place(self) -> str | None:
        """A unique ID of the lock directory, also if several hosts mount it; None if there can be no locks."""
        path = os.path.join(self._directory, "place")
        new = f"{path}.{uuid.uuid4().hex}"
        try:
            self._create_directory()
            if not os.path.exists(path):
                with open(new, "x", encoding="ascii") as file:
                    file.write(uuid.uuid4().hex)
                # Atomic: a concurrent reader finds no file or a complete one.
                with suppress(FileExistsError):
                    os.link(new, path)
                os.unlink(new)
            with open(path, encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return file.read()
        except OSError:
            return None

    def _create_directory(self) -> None:
        """Create the directory; raise GlanceError if other users may write to it."""
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        status = os.lstat(self._directory)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            raise GlanceError(
                f"{self._directory} must be a directory that belongs to the user {os.geteuid()} and that no other "
                "user may write to. Check its owner and mode"
            )

    @contextmanager
    def acquire(
        self, key: str, seconds: float, resource: str, waiting: Waiting = lambda _reason: nullcontext()
    ) -> Iterator[None]:
        """Hold the lock of the key during the block; raise GlanceError if another process holds it for too long.

        seconds: how long to wait for the other process.
        resource: the image, for the message.
        waiting: entered with a description of the reason during the wait.
        """
        descriptor = self._open(key)
        if descriptor is None:
            yield
            return
        try:
            self._lock(descriptor, key, seconds, resource, waiting)
            record_holder(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int, key: str, seconds: float, resource: str, waiting: Waiting) -> None:
        with suppress(GlanceError):
            hold_lock(descriptor, 0, "")
            return
        with waiting(f"waiting for the lock of {holder(descriptor)}"):
            try:
                hold_lock(descriptor, seconds, "")
            except GlanceError as error:
                raise GlanceError(
                    f"The {resource} is locked by {holder(descriptor)}, which did not release the lock within "
                    f"{seconds:g} seconds (timeout). The lock is {self._path(key)}"
                ) from error

    def locked(self, key: str) -> bool:
        """Return whether another process holds the lock of the key; True also if there can be no locks."""
        descriptor = self._open(key)
        if descriptor is None:
            return True
        try:
            return not hold_lock(descriptor, 0, "")
        except GlanceError:
            return True
        finally:
            os.close(descriptor)

    def _open(self, key: str) -> int | None:
        if self.place is None:
            return None
        return os.open(self._path(key), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _path(self, key: str) -> str:
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return os.path.join(self._directory, f"{name}.lock")

    def upload_record(self, seconds: float) -> dict[str, Any]:
        """Return the record for a temporary image: the lock directory of the run, and its limit in seconds."""
        return {"place": self.place, "seconds": int(seconds)}

    def is_stale(self, temporary: Image, now: float, locked: bool, stale_after: float | None = None) -> bool:
        """Return whether no run processes the temporary image any more.

        now: by the clock of the service.
        locked: whether another process may hold the lock of the image.
        stale_after: seconds without a change after which an upload of another host is stale.
        """
        record = upload_record(temporary)
        if self.place and record.get("place") == self.place:
            return not locked
        limit = stale_after if stale_after is not None else record.get("seconds", UNKNOWN_LIMIT) + MARGIN
        return now - updated_at(temporary) > limit


def start_time(pid: int) -> str | None:
    """Return when a process of this host started, in clock ticks since the boot; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def record_holder(descriptor: int) -> None:
    """Write to the lock file which process holds the lock."""
    with suppress(OSError):  # a full disk does not prevent the upload
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {start_time(os.getpid())}".encode(), 0)


def holder(descriptor: int) -> str:
    """Return which running process holds a lock; its start time is compared because process IDs are reused."""
    pid, _space, start = os.pread(descriptor, 100, 0).decode("ascii", "replace").partition(" ")
    if pid.isdigit() and start and start_time(int(pid)) == start:
        return f"process {pid}"
    return "an unknown process"


def home() -> str:
    """Return the home of the effective user; $HOME may be that of the user who ran sudo or su."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return os.path.expanduser("~")


def upload_record(temporary: Image) -> Mapping[str, Any]:
    """Return the record of the run that uploads to a temporary image; empty if it is invalid."""
    try:
        record = json.loads(temporary.get(UPLOAD_BY) or "{}")
    except ValueError:
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("seconds", 0), int) else {}


def updated_at(image: Image) -> float:
    """Return when the image was changed last, in seconds since the epoch; 0 if that is unknown."""
    try:
        return float(calendar.timegm(time.strptime(str(image.get("updated_at")), "%Y-%m-%dT%H:%M:%SZ")))
    except ValueError:
        return 0.0
