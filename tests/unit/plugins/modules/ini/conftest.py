# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests of the module ini."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._ini import resource
from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import log_messages, warnings, written


@pytest.fixture(autouse=True)
def recorded_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record log messages and warnings, and release the locks that the module holds until its process ends."""
    locks: list[int] = []
    lock = resource.lock_directory_of

    def recorded_lock(path: str) -> int | None:
        locks.append(lock(path) or -1)
        return locks[-1]

    def return_formatted(module: Any, arguments: Any) -> None:
        for descriptor in locks:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        locks.clear()
        original_return_formatted(module, arguments)

    original_return_formatted = basic.AnsibleModule._return_formatted
    monkeypatch.setattr(basic.AnsibleModule, "_return_formatted", return_formatted)
    monkeypatch.setattr(basic.AnsibleModule, "_log_to_syslog", lambda _module, message: log_messages.append(message))
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, message: warnings.append(message))
    monkeypatch.setattr(basic, "has_journal", False)
    monkeypatch.setattr(resource, "lock_directory_of", recorded_lock)
    log_messages.clear()


@pytest.fixture
def public() -> Iterator[Path]:
    """Return a file of root in a directory that all users can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield written(folder, "[a]\nx = 1\n")
    shutil.rmtree(folder)
