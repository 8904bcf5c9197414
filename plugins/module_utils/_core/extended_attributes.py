# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy the extended attributes of files."""

from __future__ import annotations

import errno
import os

# Access lists, the SELinux label, and attributes that users set.
COPIED_PREFIXES = ("system.", "security.selinux", "user.")


def copy_extended_attributes(source: str, target: int) -> None:
    """Copy access lists, label and user attributes.

    target: the descriptor of the file that receives them.
    """
    try:
        copied = {name: os.getxattr(source, name) for name in os.listxattr(source) if name.startswith(COPIED_PREFIXES)}
        present = os.listxattr(target)
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return
    # A directory with a default access list adds it to every new file; the old file may not have one.
    for name in present:
        if name.startswith("system.") and name not in copied:
            os.removexattr(target, name)
    for name, value in copied.items():
        _set(target, name, value)


def _set(target: int, name: str, value: bytes) -> None:
    try:
        os.setxattr(target, name, value)
    except OSError as error:
        # Not every user may set a label, and where it cannot be set the system assigns one.
        if error.errno != errno.ENOTSUP and not name.startswith("security."):
            raise
