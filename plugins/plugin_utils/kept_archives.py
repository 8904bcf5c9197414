# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the archives of modules for later runs of Ansible.

Ansible parses every file that a module imports, in each run, and writes them as an archive to a directory that it
removes at the end of the run. A later run uses a copy if the content of every file that can be in the archive is the
same.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Iterable, Iterator, NamedTuple

from ansible import constants
from ansible.executor import module_common
from ansible.plugins.loader import module_utils_loader
from ansible.release import __version__

from ansible_collections.osops.glance.plugins.plugin_utils import bytecode

PLUGINS = Path(__file__).resolve().parents[1]
PREFIX = "ansible_collections.osops.glance.plugins.modules."
# For each module; so several versions of Ansible or of this collection can be used in turn.
MAXIMUM = 4
# Marks a copy that has the compiled code.
COMPILED = "compiled"


class Archives(NamedTuple):
    """The archives of one module.

    kept: the directory with the copies.
    used: the directory in which Ansible searches for an archive before it builds one, and to which it writes it.
    module: the name of the module without that of the collection.
    """

    kept: Path
    used: Path
    module: str

    def restore(self, digest: str) -> None:
        """Copy the archives that were kept for this digest to the directory of this run. Remove damaged ones.

        The first run that uses an archive again compiles its sources: the run that builds it is slow enough.
        """
        for copy in self.kept.glob(f"{digest}-{PREFIX}{self.module}-*"):
            with copy.open("rb") as file:
                header, _newline, content = file.read().partition(b"\n")
                if header not in (_header(content), _header(content, COMPILED)):
                    copy.unlink()
                    continue
                compiled = None if header == _header(content, COMPILED) else _compiled(content, file)
                self.used.mkdir(parents=True, exist_ok=True)
                _write(self.used / copy.name[len(digest) + 1 :], compiled or content)
                if compiled:
                    _write(copy, _header(compiled, COMPILED) + b"\n" + compiled, replace=True)
            os.utime(copy)

    def keep(self, digest: str) -> None:
        """Keep the archives that Ansible wrote, and remove the oldest copies of the module."""
        for archive in self.in_use():
            content = archive.read_bytes()
            _write(self.kept / f"{digest}-{archive.name}", _header(content) + b"\n" + content)
        copies = sorted(self.kept.glob(f"*-{PREFIX}{self.module}-*"), key=os.path.getmtime, reverse=True)
        for old in copies[MAXIMUM:]:
            old.unlink()

    def is_new(self) -> bool:
        """Return whether no process of this run has built the archive or is building it."""
        return not any(self.used.glob(f"{PREFIX}{self.module}-*"))

    def in_use(self) -> list[Path]:
        """Return the complete archives that this run of Ansible uses."""
        return [
            path for path in self.used.glob(f"{PREFIX}{self.module}-*") if not path.name.endswith((".lock", "-part"))
        ]


@contextmanager
def kept_archives(module: str) -> Iterator[None]:
    """Use the archive of an earlier run in the block, or keep the one that is built there.

    module: the name of the module, with or without that of the collection.
    """
    kept = Path(constants.ANSIBLE_HOME, "osops_glance", "archives")
    used = Path(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache")
    archives = Archives(kept, used, module.rpartition(".")[2])
    digest = ""
    # After an error, Ansible builds the archive as usual.
    with suppress(Exception):
        if archives.is_new() and _is_private(kept):
            digest = digest_of(archives.module)
            archives.restore(digest)
    is_built = archives.is_new()
    yield
    with suppress(Exception):
        # A source that changed during the build can be in the archive with its old or its new content.
        if digest and is_built and digest_of(archives.module) == digest:
            archives.keep(digest)


def digest_of(module: str) -> str:
    """Return the digest of what builds the archive of a module, and of all files that can be in it."""
    digest = hashlib.sha256(f"{__version__} {sys.implementation.cache_tag}\n".encode())
    folders = [PLUGINS / "module_utils", *map(Path, module_utils_loader._get_paths(subdirs=False))]
    builders = [Path(module_common.__file__), Path(bytecode.__file__)]
    for path in [*builders, PLUGINS / "modules" / f"{module}.py", *_sources(folders)]:
        content = path.read_bytes()
        digest.update(os.fsencode(path) + f" {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for parent, folders_inside, names in os.walk(folder, followlinks=True):
            folders_inside.sort()
            yield from (Path(parent, name) for name in sorted(names) if name.endswith(".py"))


def _is_private(folder: Path) -> bool:
    """Create a directory, if needed, and return whether only this account can write to it: the copies are executed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    is_writable = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not is_writable


def _compiled(content: bytes, copy: BinaryIO) -> bytes | None:
    """Return an archive with its compiled code.

    Return None if another process compiles this copy already, or if this release of Ansible stores archives in an
    unknown way.
    """
    with suppress(Exception):
        fcntl.flock(copy, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return bytecode.with_bytecode(content)
    return None


def _header(content: bytes, state: str = "") -> bytes:
    """Return the first line of a copy: the checksum of the archive, and what was done with it."""
    return f"{hashlib.sha256(content).hexdigest()} {state}".rstrip().encode()


def _write(target: Path, content: bytes, replace: bool = False) -> None:
    """Write a file, or replace it; by default only one that does not exist. It is complete when it appears."""
    if target.exists() and not replace:
        return
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
