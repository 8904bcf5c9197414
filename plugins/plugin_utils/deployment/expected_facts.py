# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expect the facts of a deployed host from a short shell command, so that it can be compared in the same module call.

A module takes a second to start, a shell command a fraction of that. The module gathers the facts itself and returns
them: if they are different from the expected ones, the comparison is repeated with the right ones.
"""

from __future__ import annotations

import re
import shlex
from typing import Any, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._host.distribution import distribution_of, for_family
from ansible_collections.osops.glance.plugins.module_utils._host.packages import DPKG, RPM, deb_versions, rpm_versions

# A line between the parts of the output; no path and no package has this name.
SEPARATOR = "=osops="
_FIELD = re.compile(r"^([A-Z_]+)=[\"']?(.*?)[\"']?$", re.MULTILINE)


def facts_command(checks: Mapping[str, Any]) -> str:
    """Return the shell command that prints what the facts of a host depend on.

    checks: the options of the module preflight.
    """
    paths = shlex.join(sorted({path for paths in checks["stat_files"].values() for path in paths}))
    commands = [
        "cat /etc/os-release",
        shlex.join([*DPKG, *_names(checks, "Debian")]),
        shlex.join([*RPM, *_names(checks, "RedHat")]),
        f'for path in {paths}; do test ! -f "$path" || test -L "$path" || echo "$path"; done',
    ]
    return f"; echo {SEPARATOR}; ".join(f"{{ {command}; }} 2>/dev/null" for command in commands)


def expected_facts(output: str, checks: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the facts that the output of the command makes probable; None if they cannot be expected.

    On a host without its packages, and before an upgrade, the facts also depend on its repositories.
    """
    if checks["upgrades"]:
        return None
    # With sudo over SSH, the command has a terminal, which ends lines with both characters.
    parts = output.replace("\r\n", "\n").split(f"{SEPARATOR}\n")
    if len(parts) != 4:
        return None
    release, debs, rpms, paths = parts
    distribution = distribution_of({name.lower(): value for name, value in _FIELD.findall(release)})
    installed = deb_versions(debs) if distribution.family == "Debian" else rpm_versions(rpms)
    needed = for_family(checks["available_packages"], distribution.family)
    if not needed or any(name not in installed for name in needed):
        return None
    files = for_family(checks["stat_files"], distribution.family)
    names = _names(checks, distribution.family)
    return {
        "packages": {name: {"installed": installed.get(name), "candidate": None} for name in names},
        "unchanged_directories": [entry["path"] for entry in checks["directories"]],
        "existing_files": [path for path in files if path in paths.splitlines()],
        "interrupted": False,
        "family": distribution.family,
        "distribution": distribution.name,
    }


def _names(checks: Mapping[str, Any], family: str) -> list[str]:
    """Return the packages that are queried, without repetition."""
    groups: Iterable[Any] = (checks["packages"], checks["available_packages"])
    return list(dict.fromkeys(name for group in groups for name in for_family(group, family)))
