# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution of tasks in several threads."""

from __future__ import annotations

import queue
import threading
from typing import Callable

Task = Callable[[], None]


def run_parallel(tasks: list[Task], limit: int) -> None:
    """Execute the tasks in at most that many threads; raise the exception of the first one that fails."""
    if len(tasks) < 2 or limit < 2:
        for task in tasks:
            task()
        return
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    failures: list[BaseException] = []
    # Daemon threads, so that a cancelled run does not wait for their tasks.
    workers = [
        threading.Thread(target=_work, args=(waiting, failures), daemon=True)
        for _number in range(min(limit, len(tasks)))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]


def _work(waiting: queue.SimpleQueue[Task], failures: list[BaseException]) -> None:
    while not failures:
        try:
            task = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            task()
        except BaseException as error:  # run_parallel() raises it again
            failures.append(error)
