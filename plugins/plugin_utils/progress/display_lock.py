# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let a thread of a worker process write to the standard output and error of Ansible."""

from __future__ import annotations

from typing import Any


def release_inherited_lock(display: Any) -> None:
    """Release the lock of the standard output that a worker process inherits from ansible-playbook.

    Before ansible-core 2.19, ansible-playbook holds the lock while it forks, and the main thread of the worker never
    releases its copy. The callback plugin of ansible-runner 2.4.0 writes in the worker, so the display of a line in
    another thread would wait forever, with a lock that all workers and ansible-playbook share: the job would never end.
    """
    is_worker = getattr(display, "_final_q", None) is not None
    lock = getattr(display, "_lock", None)
    if is_worker and lock is not None and lock._is_owned():
        lock.release()
