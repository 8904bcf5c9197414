# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Determine the release of the Image service, and the facts of a release."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import Table, distributions, releases
from ansible_collections.osops.glance.plugins.plugin_utils.release_of import upstream_version


def release_facts(release: str, table: Table | None = None) -> dict[str, Any]:
    """Return the facts of a release: its changes over the facts of all releases before it.

    Raise GlanceError if the table does not contain the release.
    """
    known = releases() if table is None else table
    if release not in known:
        raise GlanceError(f"glance_release: {release!r} is none of {', '.join(known)}.")
    facts: dict[str, Any] = {}
    for name, changes in known.items():
        facts.update(changes)
        if name == release:
            break
    return facts


def features_of(facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the facts that are true."""
    return frozenset(name for name, value in facts.items() if value is True)


def release_of_version(version: str, table: Table | None = None) -> str:
    """Return the release that a version of the package belongs to. Raise GlanceError if no release matches."""
    known = releases() if table is None else table
    try:
        upstream = upstream_version(version)
    except GlanceError as error:
        raise GlanceError(f"{error}. Set glance_release to one of {', '.join(known)}.") from error
    parts = upstream.split(".")
    for name, facts in known.items():
        leading = str(facts["version"]).split(".")
        if parts[: len(leading)] == leading:
            return name
    raise GlanceError(
        f"Glance {upstream} (package version {version}) belongs to no known release: {', '.join(known)}. "
        "Set glance_release to the most similar one."
    )


def release_of_distribution(distribution: str) -> str:
    """Return the release in the repositories of a distribution. Raise GlanceError if it is unknown."""
    if distribution not in distributions():
        raise GlanceError(
            f"The release of Glance in {distribution} cannot be determined before the host has package lists. "
            "Set glance_release."
        )
    return distributions()[distribution]


def servers_of(facts: Mapping[str, Any]) -> Sequence[str]:
    """Return the servers that can run a release, the preferred one first."""
    return (["eventlet"] if facts["standalone"] else []) + (["uwsgi"] if facts["wsgi"] != "none" else [])
