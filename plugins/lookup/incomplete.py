# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: incomplete
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: List the API hosts that may not run what the inventory describes
description:
  - Returns the hosts of C(glance_api) whose service was not started in this run, and does not match its deployment plan
    either. Their service may run with another release, configuration or account.
  - These are hosts that C(--limit) omits, that cannot be reached, or on which C(--tags) excluded the change.
options:
  _terms:
    description: Not used.
    type: list
    elements: str
  absent:
    description: Whether to return only the hosts that are not in this run or cannot be reached.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Check that all controllers use their new accounts
  ansible.builtin.fail:
    msg: "{{ query('osops.glance.incomplete') | join(', ') }} may still use the previous accounts."
  when: query('osops.glance.incomplete') | length > 0
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

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.left_out import absent_hosts, incomplete_hosts
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import results_of


class LookupModule(LookupBase):  # type: ignore[misc]
    """List API hosts from the inventory and the results of this run."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        select = absent_hosts if boolean(kwargs.get("absent", False)) else incomplete_hosts
        return select((variables or {}).get("groups", {}), results_of(variables))
