# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check whether the account of a service can use the files that it finds on a host."""

from __future__ import annotations

import glob
import grp
import itertools
import os
import pwd
import stat
from typing import Iterator, NamedTuple, Protocol

# A store may hold any number of images.
MOST_FILES = 50_000
READ, WRITE, SEARCH = 4, 2, 1


class Status(Protocol):
    """The part of os.stat_result that decides about access."""

    @property
    def st_mode(self) -> int: ...
    @property
    def st_uid(self) -> int: ...
    @property
    def st_gid(self) -> int: ...


class Account(NamedTuple):
    """A user, with the IDs of its groups."""

    name: str
    group: str
    uid: int
    gids: frozenset[int]


def account_of(name: str) -> Account | None:
    """Return the account of this name; None where the host has none."""
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, _group(user.pw_gid), user.pw_uid, frozenset(os.getgrouplist(name, user.pw_gid)))


def may(account: Account, status: Status, access: int) -> bool:
    """Return whether the mode bits of a file grant an account this access; access control lists are not read."""
    if account.uid == 0:
        return True
    shift = 6 if status.st_uid == account.uid else 3 if status.st_gid in account.gids else 0
    return status.st_mode >> shift & access == access


def access_problem(pattern: str, account: Account, write: bool) -> str | None:
    """Return which of the files that match the pattern the account cannot use, with the command that repairs it."""
    refused = list(_refused(pattern, account, READ | WRITE if write else READ))
    if not refused:
        return None
    path, status = refused[0]
    more = f", and {len(refused) - 1} more like it" if len(refused) > 1 else ""
    verb = "write to" if write else "read"
    return (
        f"{path} belongs to {_user(status.st_uid)}:{_group(status.st_gid)} with mode {stat.S_IMODE(status.st_mode):04o}"
        f"{more}, and the service, which runs as {account.name}, cannot {verb} it. "
        f"Run on this host: chown {account.name}:{account.group} {path if len(refused) == 1 else pattern}"
    )


def _refused(pattern: str, account: Account, access: int) -> Iterator[tuple[str, os.stat_result]]:
    for path in sorted(itertools.islice(glob.iglob(pattern), MOST_FILES)):
        try:
            status = os.stat(path)
        except OSError:  # removed in the meantime, or a link that leads nowhere
            continue
        if not may(account, status, access | SEARCH if stat.S_ISDIR(status.st_mode) else access):
            yield path, status


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
