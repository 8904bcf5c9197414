# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the option definitions of the installed release for later runs.

oslo-config-generator imports the whole service to print them, which takes seconds. The kept definitions are used as
long as the same Python packages are installed, by the names and times of their metadata.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import tempfile
from contextlib import suppress
from typing import Any, Iterator, Sequence

DIRECTORY = "/var/cache/osops.glance"
METADATA = (".dist-info", ".egg-info")


class KeptOptions:
    """The definitions that a command of oslo-config-generator printed."""

    def __init__(self, command: Sequence[str]) -> None:
        name = hashlib.sha256("\0".join(command).encode()).hexdigest()[:16]
        self.path = os.path.join(DIRECTORY, f"options-{name}.json")
        self._packages = packages_digest(command[0])

    def read(self) -> Any:
        """Return the definitions; None if there are none of the installed packages."""
        with suppress(OSError, ValueError, TypeError, KeyError), open(self.path, encoding="utf-8") as file:
            kept = json.load(file)
            if self._packages and kept["packages"] == self._packages:
                return kept["schema"]
        return None

    def write(self, schema: Any) -> None:
        """Keep definitions. Without the permission for it, the next run reads them from the service again."""
        if not self._packages:
            return
        with suppress(OSError):
            os.makedirs(DIRECTORY, mode=0o755, exist_ok=True)
            descriptor, new = tempfile.mkstemp(dir=DIRECTORY)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                os.fchmod(descriptor, 0o644)
                json.dump({"packages": self._packages, "schema": schema}, file)
            os.replace(new, self.path)


def packages_digest(program: str) -> str | None:
    """Return a digest of the Python packages that a program can import; None if they cannot be found."""
    interpreter = interpreter_of(program)
    packages = sorted(_packages(interpreter)) if interpreter else []
    return hashlib.sha256(json.dumps(packages).encode()).hexdigest() if packages else None


def interpreter_of(program: str) -> str | None:
    """Return the path of the interpreter in the first line of a program; None if it names none."""
    try:
        with open(program, "rb") as file:
            line = file.readline(1024)
    except OSError:
        return None
    words = line[2:].split() if line.startswith(b"#!") else []
    return os.fsdecode(words[0]) if words and os.path.basename(words[0]).startswith(b"python") else None


def _packages(interpreter: str) -> Iterator[tuple[str, int]]:
    """Yield the path and the time of the metadata of each package, which has the version in its name."""
    prefix = os.path.dirname(os.path.dirname(interpreter))
    prefixes = [prefix, "/usr/local"] if prefix == "/usr" else [prefix]
    for directory in sorted(path for one in prefixes for path in glob.glob(f"{one}/lib*/python*/*-packages")):
        with suppress(OSError), os.scandir(directory) as entries:
            for entry in entries:
                if entry.name.endswith(METADATA):
                    yield entry.path, entry.stat().st_mtime_ns
