# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Select the hosts of a deployment by their task
description:
  - Returns the hosts that perform a task of the deployment, according to the groups of the inventory.
  - The group C(glance_api) contains the hosts that run the Image service. The other groups are optional.
  - The first host of the group C(glance_database) administers the database. Without this group, the first host of
    C(glance_api) does.
  - The first host of the group C(glance_admin) uses C(glance_cloud), registers the service and manages the images.
    Without this group, the first host of C(glance_api) does.
options:
  _terms:
    description:
      - The selection of hosts.
      - With V(all), the hosts of all three groups.
      - With V(api), the hosts of C(glance_api).
      - With V(database), the host that administers the database.
      - With V(admin), the host that uses C(glance_cloud).
      - With V(all) and V(admin), C(localhost) is returned if C(glance_api) is empty, so that a play can report that.
    type: list
    elements: str
    choices: [all, api, database, admin]
    required: true
"""

EXAMPLES = r"""
- name: Show which host administers the database
  ansible.builtin.debug:
    msg: "{{ query('osops.glance.hosts', 'database') }}"
"""

RETURN = r"""
_raw:
  description: The names of the hosts.
  type: list
  elements: str
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import load_tables
from ansible_collections.osops.glance.plugins.plugin_utils.hosts import select_hosts


class LookupModule(LookupBase):  # type: ignore[misc]
    """Select hosts from the groups of the inventory."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        # Plays call this lookup in the main process. The worker processes of their tasks then share the tables.
        load_tables()
        groups = (variables or {}).get("groups", {})
        try:
            return [str(host) for term in terms for host in select_hosts(str(term), groups)]
        except GlanceError as error:
            raise AnsibleLookupError(f"osops.glance.hosts: {error}") from error
