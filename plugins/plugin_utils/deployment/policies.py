# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the policy rules and the policy files that the service reads."""

from __future__ import annotations

import re
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.mitigations import mitigation_rules
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import CONFIG_DIRECTORY, POLICY_FILE
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service

# By default the service reads the first one, or the second one if only that exists.
DEFAULT_FILES = ("policy.yaml", "policy.json")


def policies(service: Service, sections: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rules, their file, and the other files that the service reads.

    sections: those of glance-api.conf, which may name another policy file.
    """
    rules = {**mitigation_rules(service), **(service.inputs["api_policy"] or {})}
    return {
        "path": POLICY_FILE,
        "rules": rules,
        # Without rules the file does not exist.
        "needed": bool(rules) or POLICY_FILE in service.host.facts["existing_files"],
        "written_files": [POLICY_FILE] if rules else [],
        "other_files": other_files(sections),
    }


def other_files(sections: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the policy files that the service reads in addition to policy.d."""
    options = {**(sections.get("DEFAULT") or {}), **(sections.get("oslo_policy") or {})}
    named = options.get("policy_file")
    return [re.sub("^(?!/)", f"{CONFIG_DIRECTORY}/", str(name)) for name in ([named] if named else DEFAULT_FILES)]
