# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.utils.display import Display

from ansible_collections.osops.glance.plugins.plugin_utils.progress.display_lock import release_inherited_lock


def display(is_worker: bool) -> Any:
    """Return a display with a lock that this thread has acquired, as ansible-playbook has when it forks."""
    lock = threading.RLock()
    lock.acquire()
    return SimpleNamespace(_lock=lock, _final_q=object() if is_worker else None)


def can_write(display: Any) -> bool:
    """Return whether another thread can acquire the lock."""
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(display._lock.acquire(timeout=0.1)))
    thread.start()
    thread.join()
    return results[0]


def test_thread_of_a_worker_can_write() -> None:
    worker = display(is_worker=True)
    release_inherited_lock(worker)
    assert can_write(worker)


def test_ansible_playbook_keeps_its_lock() -> None:
    main = display(is_worker=False)
    release_inherited_lock(main)
    assert not can_write(main)


@pytest.mark.parametrize("lock", [None, threading.RLock()], ids=["no lock", "released"])
def test_lock_that_is_not_inherited_is_no_error(lock: Any) -> None:
    release_inherited_lock(SimpleNamespace(_lock=lock, _final_q=object()))
    release_inherited_lock(SimpleNamespace())


def test_ansible_has_such_a_lock() -> None:
    """The names are private: a version of ansible-core without them needs another look."""
    assert hasattr(Display(), "_lock")
    assert hasattr(Display(), "_final_q")
