# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.plugin_utils.advisories import ADVISORIES
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.mitigations import (
    POLICY_RULES,
    WITHOUT_DOWNLOADS,
    mitigation_rules,
    mitigation_sections,
)
from tests import plans


def test_every_mitigated_advisory_has_its_rule_or_option() -> None:
    mitigated = [advisory for advisory in ADVISORIES if advisory.mitigation]
    assert {name: [*rules] for name, rules in POLICY_RULES.items()} == {
        advisory.id: [advisory.policy_rule] for advisory in mitigated if advisory.policy_rule
    }
    exposed = {advisory.id: advisory.exposed_by for advisory in mitigated if not advisory.policy_rule}
    assert set(exposed) == set(WITHOUT_DOWNLOADS)
    assert {exposure.option for exposure in exposed.values() if exposure} == {"DEFAULT/enabled_import_methods"}


def test_options_and_rules_mitigate_a_vulnerable_version() -> None:
    service = plans.service_of("yoga", version="24.0.0")
    assert mitigation_sections(service) == {"DEFAULT": {"enabled_import_methods": ["glance-direct", "copy-image"]}}
    assert mitigation_rules(service) == {"tasks_api_access": "!"}


def test_fixed_version_is_not_mitigated() -> None:
    service = plans.service_of("2026.2")
    assert mitigation_sections(service) == {}
    assert mitigation_rules(service) == {}


def test_accepted_advisory_is_not_mitigated() -> None:
    service = plans.service_of("yoga", version="24.0.0", glance_api_accepted_advisories=["OSSN-0105"])
    assert mitigation_rules(service) == {}
