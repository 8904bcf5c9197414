# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import Content


def environment_name(content: Mapping[str, Any], version: str) -> str:
    """Return the name of the directory of a virtual environment: no two contents have the same."""
    return f"{version}-{Content.read(content).digest()}"


class FilterModule:
    """What a virtual environment is called."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"environment_name": environment_name}
