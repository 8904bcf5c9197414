# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource, has_reliable_times
from ansible_collections.osops.glance.plugins.module_utils._content.source import HEAD
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._content.http_site import (
    CONTENT,
    PROVABLE,
    SHA256,
    read,
)


def test_file_can_be_read_twice(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    file = FileSource(str(tmp_path / "x"), PROVABLE)
    assert file.size == len(CONTENT)
    assert file.head == CONTENT[:HEAD]
    assert read(file) == CONTENT
    assert read(file) == CONTENT
    assert file.delivered == {"sha256": SHA256}
    assert not file.is_decompressed


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "not a regular file", id="directory"),
        pytest.param(os.mkfifo, "not a regular file", id="pipe"),
    ],
)
@pytest.mark.parametrize("decompress", ["none", "auto"])
def test_path_without_a_regular_file_is_an_error(tmp_path: Path, make: Any, message: str, decompress: str) -> None:
    make(tmp_path / "x")
    file = FileSource(str(tmp_path / "x"), decompress=decompress)
    for read_part in (lambda: file.size, lambda: file.head, lambda: next(file.pieces())):
        with pytest.raises(GlanceError, match=message):
            read_part()


def test_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(CONTENT)
    pieces = FileSource(str(path)).pieces()
    next(pieces)
    os.utime(path, (0, 0))
    with pytest.raises(RetryableError, match="changed while it was read"):
        list(pieces)


@pytest.mark.parametrize(
    ("changed", "now", "expected"),
    [
        pytest.param(1000_500_000_000, 1000.55, False, id="within a step of the kernel"),
        pytest.param(1000_500_000_000, 1000.7, True, id="later"),
        pytest.param(1000_000_000_000, 1001.5, False, id="file system with whole seconds"),
        pytest.param(1000_000_000_000, 1003, True, id="seconds later"),
        pytest.param(1000_500_000_000, 900, False, id="clock that is behind that of the file system"),
    ],
)
def test_times_are_reliable_after_a_while(
    monkeypatch: pytest.MonkeyPatch, changed: int, now: float, expected: bool
) -> None:
    monkeypatch.setattr(time, "time", lambda: now)
    status = SimpleNamespace(st_ctime_ns=changed, st_ctime=changed / 1e9)
    assert has_reliable_times(status) is expected  # type: ignore[arg-type]
