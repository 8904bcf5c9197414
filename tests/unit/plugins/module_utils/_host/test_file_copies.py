# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import time
from pathlib import Path

from ansible_collections.osops.glance.plugins.module_utils._host.file_copies import (
    copies_of,
    modification_times,
    real_path,
    remove_copies,
)


def test_modification_times_of_existing_files(tmp_path: Path) -> None:
    for name, at in (("old", 100), ("new", 200)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (at, at))
    paths = [str(tmp_path / name) for name in ("old", "new", "absent")]
    assert modification_times(paths) == {paths[0]: 100.0, paths[1]: 200.0}
    assert modification_times(paths, since=150) == {paths[1]: 200.0}


def test_copies_are_next_to_the_target_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert real_path(str(tmp_path / "link")) == str(tmp_path / "target")


def test_masked_unit_is_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "a.service").symlink_to("/dev/null")
    assert real_path(str(tmp_path / "a.service")) == str(tmp_path / "a.service")


def test_copies_are_found_by_their_name_and_age(tmp_path: Path) -> None:
    for name in ("a.conf", "a.conf.1~", "a.conf.bak", "b.conf.1~"):
        (tmp_path / name).touch()
    path = str(tmp_path / "a.conf")
    assert copies_of(path, since=0) == [f"{path}.1~"]
    assert copies_of(path, since=time.time() + 60) == []


def test_copies_are_removed_except_those_to_keep(tmp_path: Path) -> None:
    for name in ("a.conf", "a.conf.1~", "a.conf.2~"):
        (tmp_path / name).touch()
    remove_copies([str(tmp_path / "a.conf")], since=0, keep=[str(tmp_path / "a.conf.2~")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.conf", "a.conf.2~"]
