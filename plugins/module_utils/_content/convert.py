# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of content to another disk format with qemu-img on the host."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import tempfile
from functools import cached_property
from subprocess import TimeoutExpired
from typing import Iterator

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Hasher
from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import disk_format, virtual_size
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source, expected_algorithms
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.process import BackgroundCommand

# The names in qemu-img of the disk formats that have another name in the Image service.
QEMU_NAMES = {"vhd": "vpc"}
PREFIX = "osops.glance-"


class ConvertedSource(Source):
    """Content that is converted once and completely, before its first byte is read.

    directory: for the result, and for content that is not an uncompressed file already.
    timeout: seconds for the conversion.
    """

    def __init__(self, source: Source, target_format: str, directory: str, timeout: float | None = None) -> None:
        super().__init__(f"{source.name}, converted to {target_format},", None, None, "none")
        self.original = source
        self.target_format: str = target_format
        self._directory = directory
        self._timeout = timeout
        self._work_directory: WorkDirectory | None = None

    @cached_property
    def delivered_size(self) -> int | None:
        return os.path.getsize(self._result)

    def _read(self) -> Iterator[bytes]:
        yield from FileSource(self._result).pieces()

    @cached_property
    def _result(self) -> str:
        """The path of the converted file."""
        program = shutil.which("qemu-img")
        if program is None:
            raise GlanceError(
                f"The {self.original.name} cannot be converted: the host has no qemu-img. Install qemu-utils or "
                "qemu-img."
            )
        source_format = disk_format(self.original, None, "bare")
        self._work_directory = WorkDirectory(self._directory)
        check_free_space(self._directory, virtual_size(self.original.head, self.original.size), self.original.name)
        before = self._original_path(self._work_directory)
        after = self._work_directory.path("converted")
        formats = ["-f", QEMU_NAMES.get(source_format, source_format), "-O", self.target_format]
        status, output = self._run([program, "convert", *formats, before, after])
        if status:
            raise GlanceError(
                f"qemu-img cannot convert the {self.original.name} to {self.target_format}: {output.strip()}"
            )
        return after

    def _run(self, command: list[str]) -> tuple[int, str]:
        """Return the status and the output of the command; raise GlanceError on a timeout."""
        conversion = BackgroundCommand(command)
        try:
            output, _none = conversion.process.communicate(timeout=self._timeout)
        except TimeoutExpired as error:
            raise GlanceError(
                f"qemu-img did not convert the {self.original.name} to {self.target_format} within "
                f"{self._timeout:g} seconds (timeout)"
            ) from error
        finally:
            conversion.stop()
        return conversion.process.returncode, output.decode("utf-8", "replace")

    def _original_path(self, directory: WorkDirectory) -> str:
        """Return the path of a file with the uncompressed original, after its checksums were verified."""
        original = self.original
        is_plain_file = isinstance(original, FileSource) and not original.is_decompressed
        path = original.path if isinstance(original, FileSource) and is_plain_file else directory.path("original")
        if not is_plain_file or original.checksum or original.checksum_uncompressed:
            hasher = Hasher(expected_algorithms(original))
            with open(os.devnull if is_plain_file else path, "wb") as file:
                for piece in original.pieces():
                    file.write(piece)
                    hasher.update(piece)
            original.check(hasher.end())
        return path

    def close(self) -> None:
        """Remove the files of the conversion."""
        directory, self._work_directory = self._work_directory, None
        if directory:
            directory.remove()


class WorkDirectory:
    """A directory for one conversion; if this process is killed, the next conversion removes it."""

    def __init__(self, parent: str) -> None:
        remove_stale_directories(parent)
        self._path = tempfile.mkdtemp(prefix=PREFIX, dir=parent)
        self._lock = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def path(self, name: str) -> str:
        return os.path.join(self._path, name)

    def remove(self) -> None:
        shutil.rmtree(self._path, ignore_errors=True)
        os.close(self._lock)


def remove_stale_directories(parent: str) -> None:
    """Remove the work directories of this user that no process has locked."""
    for path in glob.glob(os.path.join(glob.escape(parent), f"{PREFIX}*")):
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            pass  # another process uses it
        finally:
            os.close(lock)


def check_free_space(directory: str, size: int | None, name: str) -> None:
    """Raise GlanceError if the directory has no room for the disk in the content.

    size: the virtual size of the disk in bytes; None if it is unknown.
    name: the content in the message.
    """
    free = shutil.disk_usage(directory).free
    if size is not None and size > free:
        raise GlanceError(
            f"The {name} contains a disk of {size / 2**30:.1f} GiB, but {directory}, the directory for the conversion, "
            f"has only {free / 2**30:.1f} GiB free. Free some space, or set convert_directory to another directory."
        )
