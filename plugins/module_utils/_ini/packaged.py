# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check whether a configuration file is unchanged since its package was installed."""

from __future__ import annotations

import hashlib
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}
DPKG = ["dpkg-query", "--show", "--showformat", "${Conffiles}\\n"]


def is_as_installed(module: Any, path: str, content: bytes) -> bool:
    """Return whether a package installed a file with this content.

    A host can have the programs of both package managers; the one that owns the file decides.

    module: an AnsibleModule, for its run_command() and get_bin_path().
    """
    if module.get_bin_path("dpkg-query"):
        checksums = conffiles(_run(module, DPKG)[1])
        if path in checksums:
            # dpkg records only MD5, which is sufficient to detect manual changes.
            return checksums[path] == _md5(content)
    if module.get_bin_path("rpm") and _run(module, ["rpm", "--query", "--file", path])[0] == 0:
        return path not in changed_files(_run(module, ["rpm", "--verify", "--file", path])[1])
    return False


def conffiles(output: str) -> dict[str, str]:
    """Return the checksum of each file in the field Conffiles of dpkg: ` PATH MD5 [FLAG]` on each line."""
    rows = (line.split() for line in output.splitlines())
    return {row[0]: row[1] for row in rows if len(row) > 1}


def changed_files(output: str) -> set[str]:
    """Return the files with another content than in their package, by what `rpm --verify` prints.

    Each line is `SM5DLUGTP c PATH`, with a dot for each check that passed (rpm(8), section VERIFY OPTIONS).
    """
    rows = (line.split() for line in output.splitlines())
    return {row[-1] for row in rows if len(row) > 1 and "5" in row[0]}


def _md5(content: bytes) -> str | None:
    """Return the MD5 checksum; None on a host in FIPS mode, which has no MD5."""
    try:
        return hashlib.md5(content, usedforsecurity=False).hexdigest()
    except ValueError:
        return None


def _run(module: Any, command: list[str]) -> tuple[int, str]:
    try:
        status, out, _err = module.run_command(command, environ_update=LOCALE, handle_exceptions=False)
    except OSError as error:
        raise GlanceError(f"Cannot run {command[0]}: {error.strerror}.") from error
    return int(status), str(out)
