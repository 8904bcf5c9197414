# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: inputs
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Public variables of the collection, converted to their documented types
description:
  - Returns all variables C(glance_*) that the roles of this collection document, as the host has them.
  - Each value has the type that the argument spec of its role documents, wherever it comes from.
  - Text that means false is false, a number in text is a number, a list or a dictionary in text (JSON, YAML) is one.
  - A variable that is not set, null or blank has its default.
  - Fails on a value that cannot be converted, and names the variable.
options:
  _terms:
    description: Not used.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Show the port of the database as a number
  ansible.builtin.debug:
    msg: "{{ inputs['database_port'] + 0 }}"
  vars:
    inputs: "{{ lookup('osops.glance.inputs') }}"
"""

RETURN = r"""
_raw:
  description:
    - One dictionary with the value of each variable, by its name without C(glance_).
    - Null where a variable has neither a value nor a default.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.converted import converted_inputs


class LookupModule(LookupBase):  # type: ignore[misc]
    """Convert the public variables once for each task of a host."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        try:
            return [converted_inputs(self._templar, variables)]
        except GlanceError as error:
            raise AnsibleLookupError(str(error)) from error
