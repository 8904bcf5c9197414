# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: left_out
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: List the hosts that a run leaves out
description:
  - Returns the hosts that M(osops.glance.compare) could not reach in this run, if C(glance_skip_unreachable) is set,
    and the hosts that could not be reached any more when C(site.yml) changed them.
options:
  _terms:
    description: Not used.
    type: list
    elements: str
  lost:
    description: Whether to return only the hosts that could not be reached any more.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Report the hosts that were left out
  ansible.builtin.fail:
    msg: "{{ query('osops.glance.left_out') | join(', ') }} could not be reached."
  when: query('osops.glance.left_out') | length > 0
"""

RETURN = r"""
_raw:
  description: The names of the hosts.
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import left_out_hosts, lost_hosts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import results_of


class LookupModule(LookupBase):  # type: ignore[misc]
    """List hosts from the results of this run."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        select = lost_hosts if boolean(kwargs.get("lost", False)) else left_out_hosts
        return select(results_of(variables))
