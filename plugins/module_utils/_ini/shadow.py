# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find where another file or the environment of a service overrides settings."""

from __future__ import annotations

import os
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting


def files_in(paths: Iterable[str]) -> list[str]:
    """Return these files, and in place of each directory the files that oslo.config reads in it."""
    files: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            files += (os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".conf"))
        else:
            files.append(path)
    return files


def shadowed_by_files(settings: Sequence[Setting], others: Iterable[tuple[str, Document]]) -> list[dict[str, Any]]:
    """Return the settings that a later file sets again, each with the path and the line of the last occurrence.

    A repeatable option has the values of all files together; of any other, the last value takes effect.
    """
    return [
        {"section": setting.section, "option": setting.option, "path": path, "line": present[-1].start + 1}
        for path, document in others
        for setting in settings
        for present in [document.places.get(document.place(setting.section, setting.option))]
        if setting.values and present
    ]


def shadowed_by_environment(settings: Iterable[Setting], environment: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the settings that a variable in the environment of the service overrides, also one that is empty."""
    names = ((setting, f"OS_{setting.section.upper()}__{setting.option.upper()}") for setting in settings)
    return [
        {"section": setting.section, "option": setting.option, "variable": name}
        for setting, name in names
        if setting.values and name in environment
    ]


def shadow_warning(shadow: Mapping[str, Any]) -> str:
    """Return a result of the functions above as a warning."""
    if "variable" in shadow:
        reason = "{variable} in the environment of the service overrides it"
    else:
        reason = (
            "{path}, line {line}, is read later and sets it again, and overrides it unless the option is repeatable"
        )
    return f"{{section}}/{{option}}: {reason}".format_map(shadow)
