# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers of the tests of files."""

from __future__ import annotations

import multiprocessing
import os
import stat
import struct
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

OLD = b"[DEFAULT]\ndebug = false\n"
NEW = b"[DEFAULT]\ndebug = true\n"
ACCESS = "system.posix_acl_access"
DEFAULT_ACCESS = "system.posix_acl_default"
NOBODY = 65534
PROCESSES = multiprocessing.get_context("fork")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="requires root")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def leftovers(path: Path) -> list[str]:
    return [name for name in os.listdir(path.parent) if name.startswith(f".{path.name}.osops-")]


def backups(path: Path) -> list[str]:
    return [name for name in os.listdir(path.parent) if name.endswith("~")]


def failing(error: int) -> Callable[..., None]:
    def fail(*_arguments: Any, **_keywords: Any) -> None:
        raise OSError(error, os.strerror(error))

    return fail


def access_list(user: int, group_class: int = 6) -> bytes:
    """Return an access list in the format of the kernel that allows one more user to read."""
    entries = [(1, 6, -1), (2, 4, user), (4, 4, -1), (16, group_class, -1), (32, 0, -1)]
    return struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, access, user_id & 0xFFFFFFFF) for tag, access, user_id in entries
    )


def set_attribute(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"{path} does not support {name}: {error.strerror}")


def in_child(work: Callable[[], Any], as_nobody: bool = False) -> Any:
    """Run a function in another process; return its result or the message of its GlanceError."""
    receiver, sender = PROCESSES.Pipe()

    def child() -> None:
        if as_nobody and os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            sender.send(work())
        except GlanceError as error:
            sender.send(str(error))

    process = PROCESSES.Process(target=child)
    process.start()
    sender.close()
    try:
        return receiver.recv()
    finally:
        process.join()
