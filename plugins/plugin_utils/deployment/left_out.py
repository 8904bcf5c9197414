# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that a run leaves out because they cannot be reached (glance_skip_unreachable)."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils import hosts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import COMPARED, compared_parts

LEFT_OUT = "left_out"
# Differences whose correction the other hosts do not survive: a new password, and a schema of a newer release.
DISRUPTIVE: Mapping[str, re.Pattern[str]] = {
    "database": re.compile(r"\b(update|remove) account .*"),
    "identity": re.compile(r"\bupdate user .*"),
    "schema": re.compile(r"\b(migrate|expand|contract) .*"),
}


def left_out_hosts(variables: Mapping[str, Any]) -> list[str]:
    """Return the hosts that this run leaves out."""
    hostvars = variables.get("hostvars", {})
    declared = [host for host in hosts.all_hosts(variables.get("groups", {})) if host in hostvars]
    return [host for host in declared if LEFT_OUT in (hostvars[host].get(COMPARED) or {})]


def disruptive_changes(variables: Mapping[str, Any]) -> list[str]:
    """Return the changes after which hosts that are left out could not work any more."""
    return list(dict.fromkeys(_disruptive(compared_parts(variables)))) if left_out_hosts(variables) else []


def _disruptive(compared: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for states in compared.values():
        for part, pattern in DISRUPTIVE.items():
            for state in states.get(part, "").split("; "):
                if pattern.match(state):
                    yield f"{part}: {state}"


def without_left_out(groups: hosts.Groups, variables: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the groups of the inventory without the hosts that this run leaves out."""
    absent = set(left_out_hosts(variables))
    return {group: [host for host in members if host not in absent] for group, members in groups.items()}
