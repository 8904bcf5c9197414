# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of the module image."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import file_source
from ansible_collections.osops.glance.plugins.module_utils._image import access, lock, reconciler
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeCloud,
    FakeGlance,
)


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeGlance:
    fake = FakeGlance()
    monkeypatch.setattr(access, "connect", lambda _module, _seconds=None: FakeCloud(fake))
    monkeypatch.setattr(reconciler, "UploadLock", lambda: lock.UploadLock(str(tmp_path / "locks")))
    monkeypatch.setattr(reconciler, "POLL", 0.001)
    monkeypatch.setattr(file_source, "has_reliable_times", lambda _status: True)
    return fake


@pytest.fixture
def src(tmp_path: Path) -> str:
    (tmp_path / "x").write_bytes(CONTENT)
    return str(tmp_path / "x")
