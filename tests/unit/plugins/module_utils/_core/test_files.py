# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.files import (
    MAX_BYTES,
    hard_links,
    read,
    real_path,
    touch,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    in_child,
    needs_root,
)


@pytest.mark.parametrize("link", ["absolute", "relative", "chain", "dangling"])
def test_followed_link_is_resolved(tmp_path: Path, conf: Path, link: str) -> None:
    path = tmp_path / "link"
    target = conf
    if link == "absolute":
        path.symlink_to(conf)
    if link == "relative":
        path.symlink_to("glance-api.conf")
    if link == "chain":
        (tmp_path / "other").symlink_to("glance-api.conf")
        path.symlink_to("other")
    if link == "dangling":
        target = tmp_path / "new.conf"
        path.symlink_to("new.conf")
    assert real_path(str(path), follow=True) == str(target.resolve())
    assert real_path(str(path), follow=False) == str(path)


@pytest.mark.parametrize("below", ["", "/glance-api.conf"], ids=["file", "directory"])
def test_loop_of_links_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(GlanceError, match="/a.* is in a loop of symbolic links"):
        real_path(f"{tmp_path}/a{below}", follow=True)


def test_content_is_read_unchanged(conf: Path) -> None:
    conf.write_bytes(b"\xef\xbb\xbf[DEFAULT]\r\n\xe9\x00")
    assert read(str(conf)) == b"\xef\xbb\xbf[DEFAULT]\r\n\xe9\x00"


@pytest.mark.parametrize("name", ["glance-api.conf", "missing/glance-api.conf"])
def test_absent_file_has_no_content(tmp_path: Path, name: str) -> None:
    assert read(str(tmp_path / name)) is None


def test_path_that_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in (
        (tmp_path, "a directory"),
        (tmp_path / "pipe", "a pipe"),
        (Path("/dev/null"), "a pipe, a socket"),
    ):
        with pytest.raises(GlanceError, match=f"{path} is {kind}.*. Specify the path of a regular file"):
            read(str(path))


def test_large_file_is_refused(conf: Path) -> None:
    os.truncate(conf, MAX_BYTES)
    assert len(read(str(conf)) or b"") == MAX_BYTES
    os.truncate(conf, MAX_BYTES + 1)
    with pytest.raises(GlanceError, match="glance-api.conf is larger than 32 MiB"):
        read(str(conf))


def test_file_below_a_file_is_refused(conf: Path) -> None:
    with pytest.raises(GlanceError, match="Cannot read .*glance-api.conf/x: Not a directory"):
        read(f"{conf}/x")


@needs_root
def test_missing_permission_to_read_is_reported(public: Path) -> None:
    public.chmod(0o600)
    message = in_child(lambda: read(str(public)), as_nobody=True)
    assert message == (
        f"Cannot read {public}: Permission denied. Check the permissions with `namei -l {public}`, or run the task "
        "with `become: true`."
    )


def test_hard_links_are_counted(conf: Path) -> None:
    assert hard_links(str(conf)) == 1
    os.link(conf, conf.parent / "other")
    assert hard_links(str(conf)) == 2
    assert hard_links(str(conf.parent / "missing")) == 0


def test_date_of_a_file_is_reverted(conf: Path) -> None:
    before = conf.stat()
    revert = touch(str(conf))
    assert conf.stat().st_mtime_ns > before.st_mtime_ns
    revert()
    assert conf.stat().st_mtime_ns == before.st_mtime_ns


def test_date_of_a_file_that_has_changed_meanwhile_is_not_reverted(conf: Path) -> None:
    before = conf.stat()
    revert = touch(str(conf))
    conf.write_text("other")
    os.utime(conf, (0, 12345))
    revert()
    assert conf.stat().st_mtime_ns not in (before.st_mtime_ns, 0)
    assert conf.stat().st_mtime == 12345
