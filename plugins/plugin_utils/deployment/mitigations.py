# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and policy rules that mitigate advisories for which the installed version has no fix.

plugin_utils/advisories.py contains the fixed versions. glance_config and glance_api_policy have precedence.
"""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.plugin_utils import advisories
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.baseline import import_methods
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service

# The advisories that imports from URLs expose.
WITHOUT_DOWNLOADS = ("OSSA-2026-004", "CVE-2026-71196")
POLICY_RULES: Mapping[str, Mapping[str, str]] = {
    "OSSN-0105": {"tasks_api_access": "!"},
    "OSSN-0078": {"copy_from": "role:admin"},
}


def mitigated(service: Service) -> list[str]:
    """Return the advisories that are mitigated on a host, except those in glance_api_accepted_advisories."""
    return advisories.mitigations(service.version, service.inputs["api_accepted_advisories"] or ())


def mitigation_sections(service: Service) -> dict[str, dict[str, Any]]:
    """Return the options of glance-api.conf that mitigate advisories."""
    if not set(WITHOUT_DOWNLOADS) & set(mitigated(service)):
        return {}
    methods = [method for method in import_methods(service.release_facts) if method != "web-download"]
    return {"DEFAULT": {"enabled_import_methods": methods}}


def mitigation_rules(service: Service) -> dict[str, str]:
    """Return the policy rules that mitigate advisories."""
    advised = set(mitigated(service))
    return {rule: check for name, rules in POLICY_RULES.items() if name in advised for rule, check in rules.items()}
