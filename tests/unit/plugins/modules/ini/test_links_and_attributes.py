# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links, attributes, and permissions."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    OPTIONS,
    UNPRIVILEGED_ID,
    converge,
    fails,
    in_child,
    needs_root,
    predictable,
    read,
    row,
    run,
    state,
    written,
)


@pytest.mark.parametrize("target", ["glance-api.conf", "new.conf"], ids=["link", "dangling link"])
def test_target_of_a_link_is_changed(tmp_path: Path, target: str) -> None:
    written(tmp_path, "[a]\nx = 1\n")
    link = tmp_path / "link"
    link.symlink_to(target)
    result = converge(link, options=OPTIONS)
    assert os.readlink(link) == target
    assert result["path"] == str(tmp_path / target)
    assert (tmp_path / target).read_text() == "[a]\nx = 2\n"


def test_dangling_link_is_refused_with_create_false(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new.conf")
    assert "does not exist, and `create: false`" in fails(tmp_path / "link", options=OPTIONS, create=False)


@pytest.mark.parametrize("options", [OPTIONS, {"a": {"x": "1"}}], ids=["changed", "correct already"])
def test_link_that_is_not_followed_is_replaced_by_a_file(tmp_path: Path, options: Any) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    link = tmp_path / "link"
    link.symlink_to(conf.name)
    assert converge(link, options=options, follow=False)["changed"]
    assert (link.is_symlink(), read(link.read_bytes())) == (False, {("a", "x"): [options["a"]["x"]]})
    assert conf.read_text() == "[a]\nx = 1\n"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        row("loop", "is in a loop of symbolic links", id="loop of links"),
        row("folder", "is a directory. Specify the path of a regular file", id="directory"),
        row("pipe", "is a pipe, a socket or a device. Specify the path of a regular file", id="pipe"),
    ],
)
def test_path_that_is_not_a_regular_file_is_refused(tmp_path: Path, kind: str, message: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert message in fails(tmp_path / kind, options=OPTIONS)


@pytest.mark.parametrize("unsafe_writes", [False, True])
def test_hard_link_is_reported_and_preserved_by_unsafe_writes(tmp_path: Path, unsafe_writes: bool) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    os.link(conf, tmp_path / "other")
    prediction = run(conf, check=True, options=OPTIONS, unsafe_writes=unsafe_writes)
    result = run(conf, options=OPTIONS, unsafe_writes=unsafe_writes)
    assert predictable(prediction) == predictable(result)
    assert conf.read_text() == "[a]\nx = 2\n"
    assert (tmp_path / "other").read_text() == ("[a]\nx = 2\n" if unsafe_writes else "[a]\nx = 1\n")
    expected = [] if unsafe_writes else [f"{conf} has 2 hard links; the others keep the old content."]
    assert result["warnings"] == expected


@pytest.mark.parametrize(
    ("attributes", "drift"),
    [
        row({"mode": "0600"}, [{"mode": "0640"}, {"mode": "0600"}], id="mode"),
        row({"mode": "o+r"}, [{"mode": "0640"}, {"mode": "0644"}], id="symbolic mode"),
        row({"owner": "42"}, [{"owner": 0}, {"owner": 42}], id="owner", marks=needs_root),
        row({"group": "42"}, [{"group": 0}, {"group": 42}], id="group", marks=needs_root),
    ],
)
def test_attributes_are_set_without_changed_options(
    tmp_path: Path, attributes: dict[str, str], drift: list[Any]
) -> None:
    conf = written(tmp_path, "[a]\nx = 2\n")
    inode = conf.stat().st_ino
    result = converge(conf, options=OPTIONS, **attributes)
    assert result["diff"] == [dict(zip(("before", "after"), drift))]
    assert (result["changed"], result["changes"], result["restart_needed"]) == (True, [], False)
    assert (conf.read_text(), conf.stat().st_ino) == ("[a]\nx = 2\n", inode)


@pytest.mark.parametrize(("parameters", "mode"), [({}, 0o640), ({"mode": "0600"}, 0o600)], ids=["default", "set"])
def test_new_file_is_not_readable_by_all_users(tmp_path: Path, parameters: dict[str, str], mode: int) -> None:
    conf = tmp_path / "new.conf"
    converge(conf, options=OPTIONS, **parameters)
    assert stat.S_IMODE(conf.stat().st_mode) == mode


def test_access_list_and_user_attributes_are_preserved(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    entries = [(1, 6, -1), (2, 4, 42), (4, 4, -1), (16, 4, -1), (32, 0, -1)]
    access = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, access, user & 0xFFFFFFFF) for tag, access, user in entries
    )
    kept = {"user.origin": b"operator", "system.posix_acl_access": access}
    for name, value in kept.items():
        try:
            os.setxattr(conf, name, value)
        except OSError as error:
            pytest.skip(f"{conf} does not support {name}: {error.strerror}")
    assert converge(conf, options=OPTIONS)["changed"]
    assert {name: os.getxattr(conf, name) for name in kept} == kept


@needs_root
@pytest.mark.skipif(not shutil.which("chattr"), reason="chattr is not installed")
def test_immutable_file_is_reported(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    if subprocess.run(["chattr", "+i", conf], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("chattr cannot make a file immutable here")
    try:
        result = run(conf, options=OPTIONS)
    finally:
        subprocess.run(["chattr", "-i", conf], check=True)
    assert f"Cannot write {conf}: Operation not permitted. Check whether it is immutable" in result["msg"]
    assert (conf.read_text(), os.listdir(tmp_path)) == ("[a]\nx = 1\n", [conf.name])


@needs_root
@pytest.mark.parametrize(
    ("mode", "message"),
    [
        row(
            0o600,
            "Cannot read {0}: Permission denied. Check the permissions with `namei -l {0}`",
            id="unreadable",
        ),
        row(
            0o644,
            "Cannot write {0}: Permission denied. Check the permissions with `namei -l {0}`",
            id="unwritable",
        ),
    ],
)
def test_missing_permission_is_reported_in_one_line(public: Path, mode: int, message: str) -> None:
    public.chmod(mode)
    before = state(public)
    result = in_child(lambda: run(public, options=OPTIONS), user=UNPRIVILEGED_ID)
    assert result["msg"].startswith(message.format(public))
    assert "\n" not in result["msg"]
    assert state(public) == before


@needs_root
def test_user_changes_an_own_file(public: Path) -> None:
    os.chown(public, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
    os.chown(public.parent, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
    assert in_child(lambda: converge(public, options=OPTIONS), user=UNPRIVILEGED_ID)["changed"]
    assert (public.read_text(), public.stat().st_uid) == ("[a]\nx = 2\n", UNPRIVILEGED_ID)
