# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extract files from the source distribution of a Python package."""

from __future__ import annotations

import os
import shutil
import tarfile

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


def extract(archive: str, directory: str, dest: str) -> None:
    """Copy the files below a directory of a source distribution.

    The archive contains one directory, NAME-VERSION. Links and paths that lead out of the directory are not extracted.
    Raises GlanceError if the archive cannot be read or contains no such files.
    """
    prefix = f"{directory.strip('/')}/"
    try:
        with tarfile.open(archive) as source:
            names = {member: os.path.normpath(member.name.partition("/")[2]) for member in source if member.isfile()}
            selected = {member: name[len(prefix) :] for member, name in names.items() if name.startswith(prefix)}
            for member, name in selected.items():
                _write_member(source, member, os.path.join(dest, name))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise GlanceError(f"Cannot extract {directory} from {archive}: {error}") from error
    if not selected:
        raise GlanceError(f"{os.path.basename(archive)} contains no files in {directory}. Check `source_files`.")


def _write_member(source: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    content = source.extractfile(member)
    if content:
        with content, open(path, "wb") as file:
            shutil.copyfileobj(content, file)
