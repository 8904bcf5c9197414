# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of files that this collection replaces and did not write."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core import original
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.file_copies import copies_of


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "glance-api.conf"
    path.write_bytes(b"by hand \xff")
    return path


def test_copies_of_the_same_second_have_different_names(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(original, "TIME", "20261127T231500")
    made = [original.keep(str(conf), content) for content in (b"1", b"2", b"1")]
    assert made == [f"{conf}.before-osops-20261127T231500", f"{conf}.before-osops-20261127T231500-1", made[0]]
    assert original.copies(str(conf)) == sorted(glob.glob(original.pattern(str(conf)))) == made[:2]


def test_rollback_and_its_cleanup_do_not_see_the_copy(conf: Path) -> None:
    copy = original.keep(str(conf), conf.read_bytes())
    assert Path(copy).read_bytes() == b"by hand \xff"
    assert copies_of(str(conf), 0) == []


@pytest.mark.parametrize(("mode", "expected"), [(0o644, 0o640), (0o600, 0o600), (0o777, 0o660)])
def test_others_cannot_read_the_copy(conf: Path, mode: int, expected: int) -> None:
    os.chmod(conf, mode)
    assert os.stat(original.keep(str(conf), b"")).st_mode & 0o7777 == expected


def test_failure_leaves_nothing(conf: Path) -> None:
    os.unlink(conf)
    with pytest.raises(
        GlanceError, match=r"Cannot keep a copy of .*glance-api.conf: No such file.* Nothing was changed"
    ):
        original.keep(str(conf), b"")
    assert not list(conf.parent.iterdir())
