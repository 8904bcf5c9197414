# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retrieve the options of a configuration file."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.files import read, real_path
from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import document_of
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.report import select_values


class IniInfo:
    """The options of a configuration file; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self.params: dict[str, Any] = module.params
        self.path = real_path(self.params["path"], follow=True)
        self.content = read(self.path)
        self.document = document_of(self.content or b"", self.path, DIALECTS[self.params["dialect"]])

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        """Do nothing: the plan is empty."""

    def result(self, plan: Plan) -> dict[str, Any]:
        mask = None if self.params["reveal"] else Mask().add_patterns(self.params["redact"])
        return {
            "path": self.path,
            "exists": self.content is not None,
            "sections": list({section.key: section.name for section in self.document.sections[1:]}.values()),
            "options": select_values(self.document, self.params["options"], mask),
        }
