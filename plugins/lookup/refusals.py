# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: refusals
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: List why a run must not change anything
description:
  - Returns why the changes that M(osops.glance.compare) found on the hosts of a run must not be made together.
  - A new password of an account is refused if an API host is not in the run or cannot be reached, because its service
    could not work any more.
  - An upgrade of packages to another release is refused without the API host that migrates the database first.
  - API hosts of the run must resolve the names of each other, because they fetch staged images from each other.
options:
  _terms:
    description: Not used.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Check that all controllers keep working
  ansible.builtin.fail:
    msg: "{{ query('osops.glance.refusals') | join(' ') }}"
  when: query('osops.glance.refusals') | length > 0
  run_once: true
"""

RETURN = r"""
_raw:
  description: The reasons.
  type: list
  elements: str
"""

from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.refusals import refusals
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.task import results_of


class LookupModule(LookupBase):  # type: ignore[misc]
    """List the reasons from the inventory and the results of this run."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        return refusals((variables or {}).get("groups", {}), results_of(variables))
