# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._host.procfs import read_proc


def test_file_of_the_kernel_is_read() -> None:
    assert read_proc("/proc/self/comm").strip()


def test_absent_file_is_empty() -> None:
    assert read_proc("/proc/999999999/comm") == ""
