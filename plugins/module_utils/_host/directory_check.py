# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the directories that the service writes to, and their file systems."""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
from typing import Any, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._host.problem import with_hint
from ansible_collections.osops.glance.plugins.module_utils._host.procfs import read_proc

GIB = 1024**3
# Types of file systems that several hosts can mount at the same time.
SHARED_TYPES = (
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "nfs",
    "ocfs2",
    "orangefs",
    "smb",
    "virtiofs",
)


class Mount(NamedTuple):
    """A mounted file system: its mount point and its type."""

    point: str
    type: str


def check_directory(entry: Mapping[str, Any], _timeout: float) -> str | None:
    """Return why the service cannot use a directory, or None if it can.

    If the directory does not exist, the file system in which it would be created is checked.
    """
    path = os.path.realpath(entry["path"])
    while not os.path.exists(path):
        path = os.path.dirname(path)
    if not os.path.isdir(path):
        return with_hint(f"{path} is not a directory", entry["hint"])
    problem = _file_system_problem(path, entry)
    return with_hint(problem, entry["hint"]) if problem else None


def _file_system_problem(path: str, entry: Mapping[str, Any]) -> str | None:
    file_system, mount = os.statvfs(path), mount_of(path, read_proc("/proc/self/mountinfo"))
    free = file_system.f_bavail * file_system.f_frsize / GIB
    if file_system.f_flag & os.ST_RDONLY:
        return f"the file system of {entry['path']} is read-only"
    if free < entry["free"]:
        return f"{entry['path']} has {free:.1f} GiB of free space, and {entry['free']:g} GiB are required"
    if entry["shared"] and not is_shared(mount.type):
        return f"{entry['path']} is on a local file system ({mount.type}), but the service runs on several hosts"
    return None


def directory_matches(entry: Mapping[str, Any]) -> bool:
    """Return whether a directory exists with the desired owner, group and mode."""
    try:
        status = os.stat(entry["path"])
        return (
            stat.S_ISDIR(status.st_mode)
            and pwd.getpwuid(status.st_uid).pw_name == entry["owner"]
            and grp.getgrgid(status.st_gid).gr_name == entry["group"]
            and stat.S_IMODE(status.st_mode) == int(entry["mode"] or "0", 8)
        )
    except (OSError, KeyError):
        return False


def mount_of(path: str, mountinfo: str) -> Mount:
    """Return the file system that contains a path.

    path: a path without links.
    mountinfo: the text of /proc/self/mountinfo.
    """
    mounts = [Mount("/", "")]
    for line in mountinfo.splitlines():
        left, _dash, right = line.partition(" - ")
        point = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), left.split()[4])
        mounts.append(Mount(point, right.split()[0]))
    containing = [mount for mount in mounts if f"{path}/".startswith(f"{mount.point.rstrip('/')}/")]
    # Of several file systems with the same mount point, the last one hides the others.
    return max(reversed(containing), key=lambda mount: len(mount.point))


def is_shared(file_system_type: str) -> bool:
    """Return whether several hosts can mount a file system of this type at the same time."""
    return any(file_system_type.startswith((name, f"fuse.{name}")) for name in SHARED_TYPES)
