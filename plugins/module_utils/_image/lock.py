# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may bring an image to its content: one run at a time, on one host and across hosts."""

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
MARGIN = 120  # seconds that an upload may take beyond its timeout: it is verified and published then
UNKNOWN_LIMIT = 3600  # seconds, for a draft that does not say how long it may take


class UploadLock:
    """The locks of this user on this host, and what they tell of unfinished images.

    place: names the directory of the locks, wherever it is seen from; None where there can be no locks.
    """

    def __init__(self, directory: str | None = None) -> None:
        self._directory = directory or os.path.join(home(), DIRECTORY)

    @cached_property
    def place(self) -> str | None:
        path = os.path.join(self._directory, "place")
        new = f"{path}.{uuid.uuid4().hex}"
        try:
            self._prepare()
            if not os.path.exists(path):
                with open(new, "x", encoding="ascii") as file:
                    file.write(uuid.uuid4().hex)
                # Whoever looks at the same time sees nothing or all of it.
                with suppress(FileExistsError):
                    os.link(new, path)
                os.unlink(new)
            with open(path, encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return file.read()
        except OSError:
            return None

    def _prepare(self) -> None:
        """Make the directory, which nobody else may write to."""
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        found = os.lstat(self._directory)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise GlanceError(f"{self._directory} must be a directory of {os.geteuid()} that nobody else may write to")

    @contextmanager
    def turn(
        self,
        key: str,
        seconds: float,
        resource: str,
        waiting: Callable[[str], ContextManager[Any]] = lambda _reason: nullcontext(),
    ) -> Iterator[None]:
        """Acquire the lock of an image, and release it at the end of the block.

        seconds: how long to wait for another process.
        waiting: is entered with the reason while it waits.
        """
        descriptor = self._opened(key)
        if descriptor is None:
            yield
            return
        try:
            self._acquire(descriptor, key, seconds, resource, waiting)
            record_holder(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _acquire(
        self, descriptor: int, key: str, seconds: float, resource: str, waiting: Callable[[str], ContextManager[Any]]
    ) -> None:
        with suppress(GlanceError):
            hold_lock(descriptor, 0, "")
            return
        with waiting(f"waiting for the lock of {holder(descriptor)}"):
            try:
                hold_lock(descriptor, seconds, "")
            except GlanceError as error:
                raise GlanceError(
                    f"The {resource} was locked by {holder(descriptor)} for all {seconds:g} seconds (timeout); the "
                    f"lock is {self._path(key)}"
                ) from error

    def is_free(self, key: str) -> bool:
        """Say whether nobody has the turn at this moment."""
        descriptor = self._opened(key)
        if descriptor is None:
            return False
        try:
            return hold_lock(descriptor, 0, "")
        except GlanceError:
            return False
        finally:
            os.close(descriptor)

    def _opened(self, key: str) -> int | None:
        if self.place is None:
            return None
        return os.open(self._path(key), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _path(self, key: str) -> str:
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return os.path.join(self._directory, f"{name}.lock")

    def note(self, seconds: float) -> dict[str, Any]:
        """Return what a draft says of who uploads: under whose locks, and for how long at most."""
        return {"place": self.place, "seconds": int(seconds)}

    def is_dead(self, draft: Image, now: float, is_ours: bool, stale_after: float | None = None) -> bool:
        """Say whether nobody is at work on the draft any more.

        is_ours: whether the lock is free or ours, so that no other run under the same locks can be at work.
        """
        said = noted(draft)
        if self.place and said.get("place") == self.place:
            return is_ours
        limit = stale_after if stale_after is not None else said.get("seconds", UNKNOWN_LIMIT) + MARGIN
        return now - moment(draft) > limit


def started(pid: int) -> str | None:
    """Return when a process of this host started, in clock ticks since the boot; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def record_holder(descriptor: int) -> None:
    """Write into the lock file which process holds the lock."""
    with suppress(OSError):  # a full disk is no reason not to upload
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {started(os.getpid())}".encode(), 0)


def holder(descriptor: int) -> str:
    """Return which process holds a lock; only one that still runs, as a number may be used again."""
    pid, _space, start = os.pread(descriptor, 100, 0).decode("ascii", "replace").partition(" ")
    if pid.isdigit() and start and started(int(pid)) == start:
        return f"process {pid}"
    return "an unknown process"


def home() -> str:
    """Return the home of the user whose rights the run has; $HOME may be that of the one who became this user."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return os.path.expanduser("~")


def noted(draft: Image) -> Mapping[str, Any]:
    """Return what the draft says of who uploads."""
    try:
        said = json.loads(draft.get(UPLOAD_BY) or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) and isinstance(said.get("seconds", 0), int) else {}


def moment(draft: Image) -> float:
    """Return when the draft was last changed; long ago, if it does not say."""
    try:
        return float(calendar.timegm(time.strptime(str(draft.get("updated_at")), "%Y-%m-%dT%H:%M:%SZ")))
    except ValueError:
        return 0.0
