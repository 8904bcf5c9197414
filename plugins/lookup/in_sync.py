# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: in_sync
version_added: "0.2.0"
author:
  - The osops.glance authors (@osops)
short_description: Decide whether parts of a deployment need no task
description:
  - Returns whether M(osops.glance.compare) compared the parts on this host in this run, and all of them match the
    deployment plan.
  - A part does not match if another part differs on which it depends. The service, for example, must be verified after
    the password of its account has changed on another host.
  - Returns false for a part that was not compared.
options:
  _terms:
    description: The parts.
    type: list
    elements: str
    required: true
    choices: [install, configure, database, identity, schema, service, images]
"""

EXAMPLES = r"""
- name: Skip the hosts whose configuration matches
  ansible.builtin.meta: end_host
  when: lookup('osops.glance.in_sync', 'configure')
"""

RETURN = r"""
_raw:
  description: Whether the tasks for the parts can be skipped on this host.
  type: list
  elements: bool
"""

from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import is_in_sync
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import compared_parts


class LookupModule(LookupBase):  # type: ignore[misc]
    """Decide whether the tasks for parts of a deployment can be skipped."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[bool]:
        host = str(variables.get("inventory_hostname", ""))
        compared = compared_parts(variables)
        return [all(is_in_sync(str(part), host, compared) for part in terms)]
