# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError


def release_facts(table: Mapping[str, Mapping[str, Any]], release: str) -> dict[str, Any]:
    """Return what a release has: what it changed, over what the releases before it had."""
    if release not in table:
        raise AnsibleFilterError(f"glance_release: {release!r} is none of {', '.join(table)}.")
    facts: dict[str, Any] = {}
    for name, changes in table.items():
        facts.update(changes)
        if name == release:
            break
    return facts


class FilterModule:
    """What a release has."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"release_facts": release_facts}
