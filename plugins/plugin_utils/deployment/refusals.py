# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse changes that the API hosts together could not cope with, after each of them was compared on its own."""

from __future__ import annotations

import re
from typing import Iterator, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import PROBLEMS_OF_HOSTS
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import (
    Results,
    absent_hosts,
    without_left_out,
)
from ansible_collections.osops.glance.plugins.plugin_utils.hosts import Groups, first_api_hosts

# In the result of a host: the release before an upgrade of the packages to another one.
PREVIOUS_RELEASE = "previous_release"
# Differences whose correction the other hosts do not survive: a new password of an account that they use.
DISRUPTIVE: Mapping[str, re.Pattern[str]] = {
    "database": re.compile(r"\b(update|remove) account .*"),
    "identity": re.compile(r"update .*\buser .*"),
}


def refusals(groups: Groups, results: Results) -> list[str]:
    """Return why a run is refused before it changes anything."""
    return [*_without_absent_hosts(groups, results), *_without_first_host(groups, results), *_unresolved(results)]


def _without_absent_hosts(groups: Groups, results: Results) -> Iterator[str]:
    """Yield that API hosts that this run cannot change could not work any more after a change."""
    absent = absent_hosts(groups, results)
    changes = list(dict.fromkeys(_disruptive(results)))
    if absent and changes:
        yield (
            f"{', '.join(absent)} cannot be changed by this run, and could not work any more after these changes: "
            f"{'; '.join(changes)}. Run the playbook for all controllers, when all can be reached, or remove those "
            "that no longer exist from the inventory."
        )


def _disruptive(results: Results) -> Iterator[str]:
    for result in results.values():
        for part, pattern in DISRUPTIVE.items():
            for state in result.get("parts", {}).get(part, "").split("; "):
                if pattern.match(state):
                    yield f"{part}: {state}"


def _without_first_host(groups: Groups, results: Results) -> Iterator[str]:
    """Yield that hosts are upgraded to another release without the host that migrates the database first.

    Their service is stopped while its packages are replaced, and could not start again with the previous schema.
    """
    (first,) = first_api_hosts(without_left_out(groups, results))
    upgraded = [host for host, result in results.items() if result.get(PREVIOUS_RELEASE)]
    if upgraded and "parts" not in results.get(first, {}):
        yield (
            f"{', '.join(upgraded)} would be upgraded to another release without {first}, which migrates the database "
            "first. Add that controller to --limit: it is not changed if it runs the new release already."
        )


def _unresolved(results: Results) -> Iterator[str]:
    """Yield the problems with API hosts that this run changes. One that is gone may have no name either."""
    for host, result in results.items():
        for other, problem in result.get(PROBLEMS_OF_HOSTS, {}).items():
            if "parts" in results.get(other, {}):
                yield f"{host}: {problem}"
