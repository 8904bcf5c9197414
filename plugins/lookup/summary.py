# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: summary
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Summarize a run for ansible.builtin.set_stats
description:
  - Returns the release, the endpoints, the images with their IDs, the advisories, and what the run changed.
  - Reads the results of M(osops.glance.compare) and M(osops.glance.image) of this run, on all hosts.
  - Contains no secret.
options:
  _terms:
    description: Not used.
    type: list
    elements: str
  finished:
    description:
      - Whether the parts that differed have been carried out, unless the run is in check mode, or C(--tags) or
        C(--skip-tags) excluded them.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Pass the summary to the next job of a workflow
  ansible.builtin.set_stats:
    data:
      osops_glance: "{{ lookup('osops.glance.summary', finished=true) }}"
"""

RETURN = r"""
_raw:
  description:
    - One dictionary with C(region), C(endpoints), C(hosts) and C(images).
    - Each host that was compared has the parts that the run C(changed), and those that are C(remaining).
    - A part that could not be compared counts as different, and so does one whose task runs after a change of another.
    - A host of the API also has its C(release) and its C(version) after the run, and the IDs of the C(advisories) that
      affect it then, except those that the inventory accepts.
  type: list
  elements: dict
  sample:
    - region: RegionOne
      endpoints: {public: "http://controller:9292", internal: "http://controller:9292", admin: "http://controller:9292"}
      hosts:
        controller:
          release: zed
          version: 2:25.1.0-2+deb12u6
          advisories: []
          changed: {configure: updated DEFAULT/workers}
          remaining: {}
      images: [{name: cirros, id: 8d1a1bd4-8b0a-4c7c-9d5c-0f5f2a0b1c11}]
"""

from typing import Any, Iterable, Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.summary import is_selected, summary_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import COMPARED, compared_results
from ansible_collections.osops.glance.plugins.plugin_utils.hosts import all_hosts

# The result of the task that manages the images.
IMAGES = "__glance_images"


class LookupModule(LookupBase):  # type: ignore[misc]
    """Summarize the run from the registered results of its hosts."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        is_finished = boolean(kwargs.get("finished", False)) and not variables.get("ansible_check_mode")
        selected, skipped = variables.get("ansible_run_tags", ["all"]), variables.get("ansible_skip_tags", [])
        compared = compared_results(variables)
        inherited = {tag for result in compared.values() for tag in result.get("tags", ())}

        def has_run(part: str) -> bool:
            return is_finished and is_selected({part, *inherited}, selected, skipped)

        return [summary_of(compared, images_in(variables), has_run)]


def images_in(variables: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Return the results of the module image; those of the comparison, if the module did not run."""
    hostvars = variables.get("hostvars", {})
    # Variables of other hosts are not read: there can be thousands, and vaults whose password this run does not have.
    names = [host for host in all_hosts(variables.get("groups", {})) if host in hostvars]
    results = (hostvars[host].get(name) or {} for name in (IMAGES, COMPARED) for host in names)
    return next((result["images"] for result in results if "images" in result), ())
