# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content of a file on the host."""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import Iterator

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE, Source
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# Seconds within which two changes of a file may get the same time: the kernel updates its time in steps of up to 10 ms,
# and some file systems store whole seconds or every second one.
TIME_STEP, COARSE_TIME_STEP = 0.1, 2.0


class FileSource(Source):
    """A file on the host."""

    is_local = True

    def __init__(
        self,
        path: str,
        checksum: Checksum | None = None,
        checksum_uncompressed: Checksum | None = None,
        decompress: str = "none",
    ) -> None:
        super().__init__(f"file {path}", checksum, checksum_uncompressed, decompress)
        self.path = path

    @cached_property
    def _checked_path(self) -> str:
        """The path; raise GlanceError unless it is a regular file, because opening a pipe would block."""
        if not os.path.exists(self.path):
            raise GlanceError(f"The {self.name} does not exist on the host")
        if not os.path.isfile(self.path):
            raise GlanceError(f"The {self.name} is not a regular file")
        return self.path

    @cached_property
    def delivered_size(self) -> int | None:
        return os.path.getsize(self._checked_path)

    @property
    def _status(self) -> os.stat_result:
        return os.stat(self._checked_path)

    @cached_property
    def origin(self) -> str | None:
        """A fingerprint of the status; None while another change of the file could leave its times as they are."""
        status = self._status
        return self._status_fingerprint(status) if has_reliable_times(status) else None

    def matches_origin(self, *recorded: str) -> bool:
        return self._status_fingerprint(self._status) in recorded

    def _status_fingerprint(self, status: os.stat_result) -> str:
        # No program can set the ctime, and every write updates it.
        return self._fingerprint(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def _read(self) -> Iterator[bytes]:
        try:
            with open(self._checked_path, "rb", buffering=0) as file:
                before = os.fstat(file.fileno())
                yield from iter(lambda: file.read(PIECE), b"")
                after = os.fstat(file.fileno())
        except OSError as error:
            raise GlanceError(f"The {self.name} cannot be read: {error.strerror}") from error
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise RetryableError(f"The {self.name} changed while it was read")


def has_reliable_times(status: os.stat_result) -> bool:
    """Return whether another change of the file would change its times."""
    step = TIME_STEP if status.st_ctime_ns % 10**9 else COARSE_TIME_STEP
    return time.time() - status.st_ctime > step
