# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check files that a run reads on the host."""

from __future__ import annotations

import os
import pwd
import subprocess
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.web_page import WEB_PAGE
from ansible_collections.osops.glance.plugins.module_utils._host.ceph import keyring_paths
from ansible_collections.osops.glance.plugins.module_utils._host.problem import error_reason, with_hint

HEAD_BYTES = 4096


def check_file(entry: Mapping[str, Any], timeout: float) -> str | None:
    """Return why a file cannot be used, or None if it can."""
    path, reader, client = entry["path"], entry["reader"], entry.get("ceph_client")
    try:
        with open(path, "rb") as file:
            problem = content_problem(path, file.read(HEAD_BYTES))
        if not problem and reader and not is_readable(path, reader):
            problem = f"the user {reader} cannot read {path}"
        if not problem and client:
            problem = keyring_problem(path, client, reader)
    except OSError as error:
        problem = f"cannot read {path} ({error_reason(error, timeout)})"
    return with_hint(problem, entry["hint"]) if problem else None


def content_problem(path: str, head: bytes) -> str | None:
    """Return what is wrong with the content of a file, or None.

    head: the first bytes of the file.
    """
    if not head:
        return f"{path} is empty"
    if WEB_PAGE.match(head):
        return f"{path} is a web page; the server probably answered its download with an error page"
    return None


def keyring_problem(path: str, client: str, user: str) -> str | None:
    """Return why a user cannot read the key of a Ceph client, or None.

    path: the path of ceph.conf.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        keyrings = keyring_paths(file.read(), client)
    if not keyrings or any(os.path.isfile(keyring) and is_readable(keyring, user) for keyring in keyrings):
        return None
    unreadable = [keyring for keyring in keyrings if os.path.isfile(keyring)]
    if unreadable:
        return f"the user {user} cannot read {unreadable[0]}, the keyring of {client}"
    return f"there is no keyring of {client}; with {path} it must be {keyrings[0]}"


def is_readable(path: str, user: str) -> bool:
    """Return whether a user can read a file; true if this cannot be checked, as for a user that does not exist."""
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        return True
    if os.geteuid() not in (0, account.pw_uid):
        return True
    as_user: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid}
    as_user["extra_groups"] = os.getgrouplist(user, account.pw_gid)
    options = as_user if os.geteuid() == 0 else {}
    # A process of the user checks it, so that ACLs, parent directories and remote file systems are considered.
    # run_command() cannot change the user.
    check = subprocess.run(["test", "-r", path], check=False, **options)  # pylint: disable=ansible-bad-function
    return check.returncode == 0


def is_regular_file(path: str) -> bool:
    """Return whether a regular file exists; a masked unit is a link and does not count."""
    return os.path.isfile(path) and not os.path.islink(path)
