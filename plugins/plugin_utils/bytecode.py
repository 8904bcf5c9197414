# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add the compiled code to the archive of a module.

A host compiles the sources that a module imports in every task, which takes a tenth of a second. Python uses a compiled
file in the archive if it belongs to its own version, and the source otherwise.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import pickle
import py_compile
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

# The beginning of each archive, encoded as base64.
ARCHIVE = b"UEsD"


def with_bytecode(built: bytes) -> bytes:
    """Return a file that Ansible wrote for a module, with an archive that contains the compiled code, too.

    built: the archive; since ansible-core 2.19, a pickled object that contains the archive and its metadata.
    """
    if built.startswith(ARCHIVE):
        return compiled(built)
    module: Any = pickle.loads(built)
    return pickle.dumps(dataclasses.replace(module, zip_data=compiled(module.zip_data)))


def compiled(archive: bytes) -> bytes:
    """Return an archive with a compiled file for each source; both archives are encoded as base64."""
    content = io.BytesIO(base64.b64decode(archive))
    with zipfile.ZipFile(content, "a") as files, tempfile.TemporaryDirectory() as folder:
        for source in files.infolist():
            if source.filename.endswith(".py"):
                # A source for another version of Python is sent without.
                with suppress(py_compile.PyCompileError):
                    code = compile_source(files.read(source), source.filename, Path(folder))
                    result = zipfile.ZipInfo(f"{source.filename}c", source.date_time)
                    files.writestr(result, code, source.compress_type)
    return base64.b64encode(content.getvalue())


def compile_source(source: bytes, name: str, folder: Path) -> bytes:
    """Return the compiled code of a source, which tracebacks show under a name.

    folder: for temporary files. Python does not compare the result with the source: both are in one archive.
    """
    path, result = folder / "source", folder / "compiled"
    path.write_bytes(source)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(path), str(result), name, doraise=True, invalidation_mode=unchecked)
    return result.read_bytes()
