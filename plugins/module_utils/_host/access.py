# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check whether the account of a service can use existing files."""

from __future__ import annotations

import glob
import grp
import itertools
import os
import pwd
import stat
from typing import Any, Iterator, Mapping, NamedTuple, Protocol

# A store may contain any number of images.
MAX_FILES = 50_000
READ, WRITE, SEARCH = 4, 2, 1


class Status(Protocol):
    """The part of os.stat_result that decides about access."""

    @property
    def st_mode(self) -> int:
        """Return the type and the permissions."""

    @property
    def st_uid(self) -> int:
        """Return the owner."""

    @property
    def st_gid(self) -> int:
        """Return the group."""


class Account(NamedTuple):
    """A user, with the IDs of its groups."""

    name: str
    group: str
    uid: int
    gids: frozenset[int]


def check_access(entry: Mapping[str, Any], _timeout: float) -> str | None:
    """Return which files an account cannot use, or None; a host without the account has no problem."""
    account = find_account(entry["user"])
    return access_problem(entry["path"], account, entry["write"]) if account else None


def find_account(name: str) -> Account | None:
    """Return the account with a name; None if the host has no such account."""
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, _group_name(user.pw_gid), user.pw_uid, frozenset(os.getgrouplist(name, user.pw_gid)))


def has_access(account: Account, status: Status, access: int) -> bool:
    """Return whether the mode bits of a file grant an account access; access control lists are not read.

    access: a sum of READ, WRITE and SEARCH.
    """
    if account.uid == 0:
        return True
    shift = 6 if status.st_uid == account.uid else 3 if status.st_gid in account.gids else 0
    return status.st_mode >> shift & access == access


def access_problem(pattern: str, account: Account, write: bool) -> str | None:
    """Return which of the files that match a pattern the account cannot use, with the command that repairs it."""
    inaccessible = list(_inaccessible_files(pattern, account, READ | WRITE if write else READ))
    if not inaccessible:
        return None
    path, status = inaccessible[0]
    more = f" (and {len(inaccessible) - 1} more files like it)" if len(inaccessible) > 1 else ""
    verb = "write to" if write else "read"
    owner = f"{_user_name(status.st_uid)}:{_group_name(status.st_gid)}"
    return (
        f"{path}{more} belongs to {owner} with mode {stat.S_IMODE(status.st_mode):04o}, and the service, which runs as "
        f"{account.name}, cannot {verb} it. "
        f"Run on this host: chown {account.name}:{account.group} {path if len(inaccessible) == 1 else pattern}"
    )


def _inaccessible_files(pattern: str, account: Account, access: int) -> Iterator[tuple[str, os.stat_result]]:
    for path in sorted(itertools.islice(glob.iglob(pattern), MAX_FILES)):
        try:
            status = os.stat(path)
        except OSError:  # removed in the meantime, or a dangling link
            continue
        if not has_access(account, status, access | SEARCH if stat.S_ISDIR(status.st_mode) else access):
            yield path, status


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
