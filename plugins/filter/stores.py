# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.osops.glance.plugins.plugin_utils.stores import store_directories, store_sections


class FilterModule:
    """What the configuration and the file system must have for the stores."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"store_sections": store_sections, "store_directories": store_directories}
