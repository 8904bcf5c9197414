# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Iterable

from ansible_collections.osops.glance.plugins.plugin_utils import advisories


def mitigations(version: str, known: Iterable[str] = ()) -> list[str]:
    """Return the advisories that are mitigated with a version of the package, but for those that are known."""
    return advisories.mitigations(str(version), known)


class FilterModule:
    """What helps a version until it is mended."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mitigations": mitigations}
