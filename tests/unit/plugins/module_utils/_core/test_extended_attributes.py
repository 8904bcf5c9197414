# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    ACCESS,
    DEFAULT_ACCESS,
    NEW,
    OLD,
    access_list,
    failing,
    leftovers,
    mode,
    set_attribute,
)


def test_user_attributes_and_access_list_are_preserved(make: Callable[..., AtomicFile], conf: Path) -> None:
    set_attribute(conf, "user.origin", b"operator")
    set_attribute(conf, ACCESS, access_list(42))
    make().write(OLD, NEW)
    assert os.getxattr(conf, "user.origin") == b"operator"
    assert os.getxattr(conf, ACCESS) == access_list(42)


def test_requested_mode_limits_the_access_list(make: Callable[..., AtomicFile], conf: Path) -> None:
    set_attribute(conf, ACCESS, access_list(42))
    make(mode="0600").write(OLD, NEW)
    assert mode(conf) == 0o600
    assert os.getxattr(conf, ACCESS) == access_list(42, group_class=0)


def test_default_access_list_of_the_directory_is_not_added(make: Callable[..., AtomicFile], conf: Path) -> None:
    set_attribute(conf.parent, DEFAULT_ACCESS, access_list(42))
    make().write(OLD, NEW)
    assert ACCESS not in os.listxattr(conf)
    assert mode(conf) == 0o640


@pytest.mark.parametrize(
    ("name", "error", "tolerated"),
    [
        pytest.param("user.origin", errno.ENOTSUP, True, id="unknown to the file system"),
        pytest.param("security.selinux", errno.EPERM, True, id="label of another user"),
        pytest.param("user.origin", errno.EPERM, False, id="refused"),
    ],
)
def test_attribute_that_cannot_be_copied(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path, name: str, error: int, tolerated: bool
) -> None:
    monkeypatch.setattr(os, "listxattr", lambda _path: [name])
    monkeypatch.setattr(os, "getxattr", lambda *_arguments: b"x")
    monkeypatch.setattr(os, "setxattr", failing(error))
    if tolerated:
        make().write(OLD, NEW)
    else:
        with pytest.raises(GlanceError, match="Cannot write .*Operation not permitted"):
            make().write(OLD, NEW)
    assert conf.read_bytes() == (NEW if tolerated else OLD)
    assert leftovers(conf) == []


def test_file_system_without_extended_attributes_is_tolerated(
    make: Callable[..., AtomicFile], monkeypatch: pytest.MonkeyPatch, conf: Path
) -> None:
    monkeypatch.setattr(os, "listxattr", failing(errno.ENOTSUP))
    make().write(OLD, NEW)
    assert conf.read_bytes() == NEW
