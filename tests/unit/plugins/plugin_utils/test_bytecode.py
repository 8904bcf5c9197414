# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import dataclasses
import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from ansible_collections.osops.glance.plugins.plugin_utils.bytecode import compiled, with_bytecode

SOURCES = {"package/__init__.py": "", "package/part.py": 'print("source")\n', "package/data.txt": "text"}


@dataclasses.dataclass(frozen=True)
class Module:
    """What ansible-core 2.19 and later store."""

    zip_data: bytes
    metadata: str


def archive(**others: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as files:
        for name, text in {**SOURCES, **others}.items():
            files.writestr(name, text)
    return base64.b64encode(content.getvalue())


def entries(encoded: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(encoded))) as files:
        return {name: files.read(name) for name in files.namelist()}


def imported(folder: Path, content: dict[str, bytes]) -> subprocess.CompletedProcess[str]:
    """Import the module of an archive in another process."""
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w") as files:
        for name, data in content.items():
            files.writestr(name, data)
    command = [sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); import package.part", str(path)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_every_source_gets_its_compiled_code() -> None:
    found = entries(with_bytecode(archive()))
    assert set(found) == {*SOURCES, "package/__init__.pyc", "package/part.pyc"}
    assert found["package/part.py"] == SOURCES["package/part.py"].encode()


def test_object_of_newer_releases_keeps_its_other_fields() -> None:
    module: Any = pickle.loads(with_bytecode(pickle.dumps(Module(archive(), "metadata"))))
    assert (module.metadata, "package/part.pyc" in entries(module.zip_data)) == ("metadata", True)


def test_compiled_code_is_used_and_shows_its_source_in_tracebacks(tmp_path: Path) -> None:
    content = entries(compiled(archive(**{"package/part.py": "raise ValueError('compiled')\n"})))
    content["package/part.py"] = b"print('source')\n"
    failed = imported(tmp_path, content)
    assert "ValueError: compiled" in failed.stderr
    assert 'package/part.py", line 1, in <module>' in failed.stderr


def test_python_of_another_version_uses_the_source(tmp_path: Path) -> None:
    content = entries(compiled(archive()))
    content["package/part.pyc"] = b"\x00\x00\r\n" + content["package/part.pyc"][4:]
    assert imported(tmp_path, content).stdout == "source\n"


def test_source_for_another_version_of_python_is_not_compiled() -> None:
    found = entries(compiled(archive(**{"package/newer.py": "?"})))
    assert ("package/newer.pyc" in found, "package/part.pyc" in found) == (False, True)
