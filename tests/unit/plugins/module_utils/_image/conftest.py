# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of images."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import file_source
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._image import import_task
from ansible_collections.osops.glance.plugins.module_utils._openstack import retry
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_imports import Clock
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import CONTENT


@pytest.fixture
def file(tmp_path: Path) -> FileSource:
    (tmp_path / "x").write_bytes(CONTENT)
    return FileSource(str(tmp_path / "x"))


@pytest.fixture(autouse=True)
def reliable_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat files that a test has just written as old."""
    monkeypatch.setattr(file_source, "has_reliable_times", lambda _status: True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(import_task, "monotonic", clock.monotonic)
    monkeypatch.setattr(import_task, "sleep", clock.sleep)
    monkeypatch.setattr(retry, "sleep", clock.sleep)
    return clock
