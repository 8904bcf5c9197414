# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exclude other runs of glance-manage on the same host."""

from __future__ import annotations

import os

from ansible_collections.osops.glance.plugins.module_utils._core.lock import hold_lock


def lock_config_file(path: str, seconds: float) -> int:
    """Lock a configuration file, and return the descriptor that holds the lock in all processes that inherit it.

    GlanceError if the file stays locked for `seconds`.
    """
    descriptor = os.open(path, os.O_RDONLY)
    message = (
        f"glance-manage has been running with {path} on this host for {seconds:g} seconds; `lslocks` displays the "
        "process. Wait for it or end it, and run this again."
    )
    # On a file system without locks, only the lock in the database excludes other runs.
    hold_lock(descriptor, seconds, message)
    return descriptor
