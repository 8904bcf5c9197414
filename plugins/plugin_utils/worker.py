# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of Ansible that executes a task on the control node."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import Iterator


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Disable the garbage collection while Ansible builds the archive of a module.

    The syntax trees of all files cause many collections, each of which searches all objects of Ansible: a third of the
    time of a large module. The process ends with the task.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
