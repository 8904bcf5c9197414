# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: batches
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: The batches in which the API hosts are changed
description:
  - Returns C(glance_serial) of the first host of C(glance_api) by name, for the keyword C(serial) of a play.
  - Ansible renders the keywords of a play without the variables of a host, and without the defaults of roles.
options:
  _terms:
    description: Not used.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Configure and start the service on the other controllers
  hosts: "{{ query('osops.glance.hosts', 'other_api') }}"
  serial: "{{ query('osops.glance.batches') }}"
  tasks:
    - name: Configure the service
      ansible.builtin.import_role:
        name: osops.glance.glance_api
        tasks_from: configure
"""

RETURN = r"""
_raw:
  description: Numbers of hosts, and percentages as text.
  type: list
  elements: raw
  sample: ["30%"]
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.batches import SERIAL, SPEC, batch_problems, batches
from ansible_collections.osops.glance.plugins.plugin_utils.hosts import api_hosts
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.types import convert


class LookupModule(LookupBase):  # type: ignore[misc]
    """Read the sizes of the batches from the variables of a host."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[int | str]:
        hostvars = (variables or {}).get("hostvars", {})
        hosts = [host for host in sorted(api_hosts((variables or {}).get("groups", {}))) if host in hostvars]
        given = hostvars[hosts[0]].get(SERIAL) if hosts else None
        try:
            values = convert(SERIAL, given, SPEC) or argument_specs()["glance"][SERIAL]["default"]
            problems = list(batch_problems(values))
        except GlanceError as error:
            problems = [str(error)]
        if problems:
            raise AnsibleLookupError("; ".join(problems))
        return batches(values)
