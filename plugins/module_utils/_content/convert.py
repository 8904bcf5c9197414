# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content in another disk format than it comes in, by qemu-img on the host."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import tempfile
from functools import cached_property
from subprocess import TimeoutExpired
from typing import Iterator

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum, Digests, digests
from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import disk_format, virtual_size
from ansible_collections.osops.glance.plugins.module_utils._content.send import wanted_digests
from ansible_collections.osops.glance.plugins.module_utils._content.source import File, Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.process import BackgroundCommand

# What qemu-img calls a format of the Image service, where the two differ.
QEMU_NAMES = {"vhd": "vpc"}
PREFIX = "osops.glance-"


class Converted(Source):
    """Content that is converted, as a whole and once, before its first byte is read.

    directory: where the result is written, and what is delivered in other ways than as a plain file.
    timeout: seconds that the conversion may take.
    """

    def __init__(self, source: Source, wanted: str, directory: str, timeout: float | None = None) -> None:
        super().__init__(f"{source.name}, converted to {wanted},", None, None, "none")
        self.original = source
        self.wanted = wanted
        self._directory = directory
        self._timeout = timeout
        self._folder: Folder | None = None

    @cached_property
    def fingerprint(self) -> str:
        """What the original is known by again; it is read for that."""
        return str(Checksum("sha256", digests(self.original.pieces(), ["sha256"])["sha256"]))

    @cached_property
    def delivered_size(self) -> int | None:
        return os.path.getsize(self._result)

    def _read(self) -> Iterator[bytes]:
        yield from File(self._result).pieces()

    @cached_property
    def _result(self) -> str:
        """The path of the converted file."""
        program = shutil.which("qemu-img")
        if program is None:
            raise GlanceError(
                f"To convert the {self.original.name}, qemu-img must be on the host: install qemu-utils or qemu-img"
            )
        found = disk_format(self.original, None, "bare")
        self._folder = Folder(self._directory)
        refuse_full(self._directory, virtual_size(self.original.head, self.original.size), self.original.name)
        before = self._spooled(self._folder)
        after = self._folder.path("converted")
        formats = ["-f", QEMU_NAMES.get(found, found), "-O", self.wanted]
        status, output = self._converted([program, "convert", *formats, before, after])
        if status:
            raise GlanceError(f"qemu-img cannot convert the {self.original.name} to {self.wanted}: {output.strip()}")
        return after

    def _converted(self, command: list[str]) -> tuple[int, str]:
        """Return the status and the output of the conversion; GlanceError where it takes too long."""
        conversion = BackgroundCommand(command)
        try:
            output, _none = conversion.process.communicate(timeout=self._timeout)
        except TimeoutExpired as error:
            raise GlanceError(
                f"qemu-img did not convert the {self.original.name} to {self.wanted} within {self._timeout:g} seconds "
                "(timeout)"
            ) from error
        finally:
            conversion.stop()
        return conversion.process.returncode, output.decode("utf-8", "replace")

    def _spooled(self, folder: Folder) -> str:
        """Return the path of a file with what is to be converted, which has the checksums that were given."""
        original = self.original
        is_there = isinstance(original, File) and not original.is_decompressed
        path = original.path if isinstance(original, File) and is_there else folder.path("original")
        if not is_there or original.checksum or original.checksum_uncompressed:
            hashed = Digests(wanted_digests(original))
            with open(os.devnull if is_there else path, "wb") as file:
                for piece in original.pieces():
                    file.write(piece)
                    hashed.update(piece)
            original.check(hashed.end())
        return path

    def close(self) -> None:
        """Remove what was written."""
        folder, self._folder = self._folder, None
        if folder:
            folder.remove()


class Folder:
    """A folder for one conversion, which is removed by the next one where this process is killed."""

    def __init__(self, directory: str) -> None:
        sweep(directory)
        self._path = tempfile.mkdtemp(prefix=PREFIX, dir=directory)
        self._lock = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def path(self, name: str) -> str:
        return os.path.join(self._path, name)

    def remove(self) -> None:
        shutil.rmtree(self._path, ignore_errors=True)
        os.close(self._lock)


def sweep(directory: str) -> None:
    """Remove the folders of this user whose process is gone."""
    for folder in glob.glob(os.path.join(glob.escape(directory), f"{PREFIX}*")):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # somebody is converting there
        finally:
            os.close(lock)


def refuse_full(directory: str, size: int | None, name: str) -> None:
    """Raise GlanceError where the disk in the content, as large as it says it is, has no room in the directory."""
    room = shutil.disk_usage(directory).free
    if size is not None and size > room:
        raise GlanceError(
            f"The {name} holds a disk of {size / 2**30:.1f} GiB, and {directory}, where it would be converted, has "
            f"room for {room / 2**30:.1f} GiB: make room there, or name another convert_directory"
        )
