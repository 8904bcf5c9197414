# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the copies of configuration files that modules make before they change a file."""

from __future__ import annotations

import glob
import os
from typing import Collection, Iterable

from ansible_collections.osops.glance.plugins.module_utils._core.files import is_mask


def modification_times(files: Iterable[str], since: float | None = None) -> dict[str, float]:
    """Return when each file was changed, in seconds since 1970, without files that do not exist.

    since: omit files that were changed before; None for all.
    """
    times = {path: os.path.getmtime(path) for path in files if os.path.exists(path)}
    return {path: at for path, at in times.items() if since is None or at >= since}


def real_path(path: str) -> str:
    """Return the path of the file itself, next to which copies of it are made."""
    return path if is_mask(path) else os.path.realpath(path)


def copies_of(path: str, since: float) -> list[str]:
    """Return the copies that were made of a file since a time, the oldest first.

    The first one is what a process that started at that time has read.
    """
    copies = sorted((os.stat(copy).st_ctime, copy) for copy in glob.glob(f"{glob.escape(path)}.*~"))
    return [copy for changed_at, copy in copies if changed_at >= since]


def remove_copies(files: Iterable[str], since: float, keep: Collection[str]) -> None:
    """Remove the copies that were made of files since a time, except those to keep."""
    for path in map(real_path, files):
        for copy in copies_of(path, since):
            if copy not in keep:
                os.unlink(copy)
