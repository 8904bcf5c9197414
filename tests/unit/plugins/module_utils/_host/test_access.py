# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import access
from ansible_collections.osops.glance.plugins.module_utils._host.access import (
    Account,
    access_problem,
    find_account,
    has_access,
)

# The files of the tests belong to another account.
GLANCE = Account("glance", "glance", os.getuid() + 64000, frozenset({os.getgid() + 64000}))


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "requested", "allowed"),
    [
        (0o640, 64, 64, 6, True),
        (0o440, 64, 0, 6, False),
        (0o660, 0, 64, 6, True),
        (0o640, 0, 64, 6, False),
        (0o640, 0, 64, 4, True),
        (0o644, 0, 0, 4, True),
        (0o644, 0, 0, 6, False),
        (0o600, 0, 0, 4, False),
        (0o077, 64, 0, 4, False),
    ],
)
def test_mode_bits_decide_about_access(mode: int, uid: int, gid: int, requested: int, allowed: bool) -> None:
    account = Account("glance", "glance", 64, frozenset({64, 65}))
    assert has_access(account, SimpleNamespace(st_mode=mode, st_uid=uid, st_gid=gid), requested) is allowed


def test_root_has_access_to_everything() -> None:
    root = Account("root", "root", 0, frozenset({0}))
    assert has_access(root, SimpleNamespace(st_mode=0, st_uid=64, st_gid=64), 6)


def test_inaccessible_file_is_reported_with_the_command(tmp_path: Path) -> None:
    log = tmp_path / "glance-api.log"
    log.touch(mode=0o644)
    problem = access_problem(str(tmp_path / "*.log"), GLANCE, write=True)
    assert problem is not None
    assert problem.startswith(f"{log} belongs to ")
    assert "with mode 0644, and the service, which runs as glance, cannot write to it" in problem
    assert problem.endswith(f"chown glance:glance {log}")


def test_files_of_one_pattern_are_reported_together(tmp_path: Path) -> None:
    for name in ("a.log", "b.log", "c.log"):
        (tmp_path / name).touch(mode=0o600)
    problem = access_problem(str(tmp_path / "*.log"), GLANCE, write=False)
    assert problem is not None
    assert "a.log (and 2 more files like it) belongs to" in problem
    assert problem.endswith(f"chown glance:glance {tmp_path}/*.log")


@pytest.mark.parametrize(("mode", "write"), [(0o666, True), (0o644, False)])
def test_accessible_file_has_no_problem(tmp_path: Path, mode: int, write: bool) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(mode)
    assert access_problem(str(tmp_path / "*"), GLANCE, write) is None


@pytest.mark.parametrize("name", ["missing", "dangling"])
def test_absent_path_has_no_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert access_problem(str(tmp_path / name), GLANCE, write=True) is None


def test_directory_must_be_searchable(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images").chmod(0o776)
    assert access_problem(str(tmp_path / "images"), GLANCE, write=True) is not None


def test_account_has_its_group_ids() -> None:
    root = find_account("root")
    assert root is not None
    assert (root.uid, root.group, 0 in root.gids) == (0, "root", True)


def test_absent_account_is_none() -> None:
    assert find_account("no-such-account") is None


def test_entry_is_checked_if_the_account_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "api.log").touch(mode=0o600)
    monkeypatch.setattr(access, "find_account", lambda name: GLANCE if name == "glance" else None)
    entry = {"path": str(tmp_path / "*.log"), "write": True, "required": True}
    assert str(access.check_access({**entry, "user": "glance"}, 1.0)).startswith(f"{tmp_path}/api.log belongs to")
    assert access.check_access({**entry, "user": "absent"}, 1.0) is None
