# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.parallel import run_parallel


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_all_tasks_are_executed(limit: int) -> None:
    done: list[int] = []
    run_parallel([lambda number=number: done.append(number) for number in range(5)], limit)  # type: ignore[misc]
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_tasks_run_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=10)
    run_parallel([lambda: together.wait() and None, lambda: together.wait() and None], 2)  # type: ignore[func-returns-value, misc]


@pytest.mark.parametrize("limit", [1, 2])
def test_exception_of_a_task_is_raised(limit: int) -> None:
    def fail() -> None:
        raise KeyError("task")

    with pytest.raises(KeyError, match="task"):
        run_parallel([fail, lambda: None], limit)


def test_no_tasks_are_no_error() -> None:
    run_parallel([], 2)
