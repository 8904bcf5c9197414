# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Summarize a run for set_stats: AWX shows the summary as artifacts, and passes it to the next job of a workflow.

It contains no secret: only the URLs of the endpoints, versions, the differences of the parts, and the IDs of images.
"""

from __future__ import annotations

from typing import Any, Callable, Collection, Iterable, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils.advisories import effective
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import IN_SYNC, is_in_sync
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import previous_release
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import plan
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.refusals import PREVIOUS_RELEASE
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.registration import endpoints_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service

Result = Mapping[str, Any]
# The state of a part that matches, but whose task runs because another part differs.
AFTER_ANOTHER = "after a change of another part"


def facts_of(host: Host) -> dict[str, Any]:
    """Return the facts of a host for the summary.

    service: of a host of the API: its release, the version of the package that is installed, or that the run installs,
      and the advisories that affect it.
    previous_release: of a host of the API whose packages the run upgrades to another release.
    registration: of the host that uses the cloud: the region and the URLs of the service.
    """
    inputs = host.inputs
    facts: dict[str, Any] = {}
    if host.inventory.is_api_host:
        service = plan(host, ["release"])["release"]
        accepted, policy = inputs["api_accepted_advisories"] or (), inputs["api_policy"] or ()
        advisories = effective(service["version"], inputs["config"], accepted, policy)
        facts["service"] = {
            "release": service["release"],
            "version": service["version"],
            "advisories": [advisory.id for advisory in advisories],
        }
        facts[PREVIOUS_RELEASE] = previous_release(Service(host))
    if host.inventory.is_image_host:
        facts["registration"] = {"region": inputs["region"], "endpoints": endpoints_of(inputs)}
    return facts


def summary_of(
    compared: Mapping[str, Result], images: Iterable[Result], has_run: Callable[[str], bool]
) -> dict[str, Any]:
    """Return the summary of a run.

    compared: the result of the module compare, by host. images: the results of the module image, by image.
    has_run: returns whether the run carried out a part that differed.
    """
    registrations = (result["registration"] for result in compared.values() if "registration" in result)
    registration: Result = next(registrations, {})
    return {
        **registration,
        "hosts": {host: _host(host, compared, has_run) for host in compared},
        "images": [{"name": image["name"], "id": image["id"]} for image in images if image.get("id")],
    }


def _host(host: str, compared: Mapping[str, Result], has_run: Callable[[str], bool]) -> dict[str, Any]:
    states = {name: result["parts"] for name, result in compared.items()}
    different = {
        part: AFTER_ANOTHER if state == IN_SYNC else state
        for part, state in states[host].items()
        if not is_in_sync(part, host, states)
    }
    return {
        **compared[host].get("service", {}),
        "changed": {part: state for part, state in different.items() if has_run(part)},
        "remaining": {part: state for part, state in different.items() if not has_run(part)},
    }


def is_selected(tags: Collection[str], selected: Collection[str], skipped: Collection[str]) -> bool:
    """Return whether --tags and --skip-tags select tasks with these tags."""
    every = {"all", "tagged", *tags}
    return not every.isdisjoint(selected) and every.isdisjoint(skipped)
