# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that a run leaves out because they cannot be reached (glance_skip_unreachable)."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils.hosts import Groups

LEFT_OUT = "left_out"
# Differences whose correction the other hosts do not survive: a new password, and a schema of a newer release.
DISRUPTIVE: Mapping[str, re.Pattern[str]] = {
    "database": re.compile(r"\b(update|remove) account .*"),
    "identity": re.compile(r"update .*\buser .*"),
    "schema": re.compile(r"\b(migrate|expand|contract) .*"),
}

# The results of the module compare, by host.
Results = Mapping[str, Mapping[str, Any]]


def left_out_hosts(results: Results) -> list[str]:
    """Return the hosts that this run leaves out."""
    return [host for host, result in results.items() if LEFT_OUT in result]


def disruptive_changes(results: Results) -> list[str]:
    """Return the changes after which hosts that are left out could not work any more."""
    return list(dict.fromkeys(_disruptive(results))) if left_out_hosts(results) else []


def _disruptive(results: Results) -> Iterator[str]:
    for result in results.values():
        for part, pattern in DISRUPTIVE.items():
            for state in result.get("parts", {}).get(part, "").split("; "):
                if pattern.match(state):
                    yield f"{part}: {state}"


def without_left_out(groups: Groups, results: Results) -> dict[str, list[str]]:
    """Return the groups of the inventory without the hosts that this run leaves out."""
    absent = set(left_out_hosts(results))
    return {group: [host for host in members if host not in absent] for group, members in groups.items()}
