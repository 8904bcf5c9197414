# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import directory_check
from ansible_collections.osops.glance.plugins.module_utils._host.directory_check import (
    check_directory,
    directory_matches,
    is_shared,
    mount_of,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fakes import directory_entry


@pytest.mark.parametrize(
    ("options", "flag", "file_system", "problem"),
    [
        pytest.param({}, 0, "ext4", None, id="writable"),
        pytest.param({"free": 2.0}, 0, "ext4", None, id="enough space"),
        pytest.param({"free": 2.5}, 0, "ext4", "has 2.0 GiB of free space, and 2.5 GiB are required", id="no space"),
        pytest.param({}, os.ST_RDONLY, "ext4", "is read-only", id="read-only"),
        pytest.param({"shared": True}, 0, "ext4", "is on a local file system (ext4)", id="not shared"),
        pytest.param({"shared": True}, 0, "nfs4", None, id="shared"),
    ],
)
def test_file_system_of_a_directory_is_checked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    flag: int,
    file_system: str,
    problem: str | None,
) -> None:
    status = SimpleNamespace(f_bavail=1024, f_frsize=2 * 1024**2, f_flag=flag)
    monkeypatch.setattr(directory_check.os, "statvfs", lambda _path: status)
    monkeypatch.setattr(directory_check, "read_proc", lambda _path: f"1 1 0:1 / / rw - {file_system} dev rw\n")
    found = check_directory(directory_entry(tmp_path / "not/there/yet", **options), 1.0)
    assert found is None if problem is None else problem in str(found)


def test_file_instead_of_a_directory_is_reported(tmp_path: Path) -> None:
    (tmp_path / "images").touch()
    assert check_directory(directory_entry(tmp_path / "images"), 1.0) == f"{tmp_path}/images is not a directory."


@pytest.mark.parametrize(
    ("options", "matches"),
    [({}, True), ({"mode": "0755"}, False), ({"owner": "nobody"}, False), ({"group": "nogroup"}, False)],
    ids=["as desired", "another mode", "another owner", "another group"],
)
def test_directory_is_compared_with_the_desired_one(tmp_path: Path, options: dict[str, str], matches: bool) -> None:
    path = tmp_path / "images"
    path.mkdir(mode=0o750)
    own = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(path.stat().st_gid).gr_name}
    assert directory_matches(directory_entry(path, **{**own, **options})) is matches


def test_absent_directory_does_not_match() -> None:
    assert not directory_matches(directory_entry("/nowhere"))


MOUNTS = """\
170 110 0:72 / / rw,relatime - overlay overlay rw,lowerdir=/a
171 170 0:75 / /var rw,relatime shared:1 master:2 - xfs /dev/vdb rw
172 171 0:76 / /var/lib/glance rw - ext4 /dev/vdc rw
173 172 0:77 / /var/lib/glance rw - nfs4 nfs:/images rw
174 170 0:78 / /srv/two\\040words rw - ceph mon:/ rw
175 171 0:79 / /var/lib rw - btrfs /dev/vdd rw
"""


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        pytest.param("/", ("/", "overlay"), id="root"),
        pytest.param("/etc/glance", ("/", "overlay"), id="in the root file system"),
        pytest.param("/var", ("/var", "xfs"), id="mount point"),
        pytest.param("/variable", ("/", "overlay"), id="longer name"),
        pytest.param("/var/lib/mysql", ("/var/lib", "btrfs"), id="longest mount point"),
        pytest.param("/var/lib/glance/images", ("/var/lib/glance", "nfs4"), id="last of two at one mount point"),
        pytest.param("/srv/two words/images", ("/srv/two words", "ceph"), id="blank in the name"),
    ],
)
def test_file_system_of_a_path_is_found(path: str, mount: tuple[str, str]) -> None:
    assert tuple(mount_of(path, MOUNTS)) == mount


def test_root_file_system_is_the_default() -> None:
    assert tuple(mount_of("/srv", "")) == ("/", "")


@pytest.mark.parametrize(
    ("kind", "shared"),
    [
        ("nfs", True),
        ("nfs4", True),
        ("ceph", True),
        ("fuse.ceph", True),
        ("fuse.glusterfs", True),
        ("smb3", True),
        ("ext4", False),
        ("xfs", False),
        ("overlay", False),
        ("fuse.sshfs", False),
        ("", False),
    ],
)
def test_type_of_a_file_system_decides_whether_it_is_shared(kind: str, shared: bool) -> None:
    assert is_shared(kind) is shared
