"""Check the table of releases at the boundaries between facts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.release import release_facts
from tools.tables import DATA, RELEASES, TABLE

HEADER = (DATA / "releases.yml").read_text().split("\nicehouse:")[0]
FACTS = set(TABLE["icehouse"])


@pytest.mark.parametrize(
    ("fact", "before", "after", "release"),
    [
        ("registry", True, False, "victoria"),
        ("v1", True, False, "rocky"),
        ("standalone", True, False, "2026.2"),
        ("wsgi", "none", "script", "victoria"),
        ("wsgi", "script", "module", "2025.1"),
        ("authtoken", "auth_host", "auth_plugin", "kilo"),
        ("authtoken", "auth_plugin", "auth_uri", "mitaka"),
        ("authtoken", "auth_uri", "www_authenticate_uri", "queens"),
        ("locks", "DEFAULT", "oslo_concurrency", "kilo"),
        ("stores", "DEFAULT", "glance_store", "juno"),
        ("stores", "glance_store", "enabled_backends", "train"),
        ("database_head", "44", "ocata01", "ocata"),
        ("database_head", "pike01", "queens_contract01", "queens"),
        ("database_head", "wallaby_contract01", "2023_1_contract01", "2023.1"),
        ("schema_check", "version", "command", "queens"),
        ("data_files", False, True, "queens"),
        ("metadefs", False, True, "juno"),
        ("upgrade_check", "none", "works", "stein"),
        ("upgrade_check", "works", "broken", "2026.2"),
        ("validator", False, True, "stein"),
        ("public_endpoint", False, True, "kilo"),
        ("proxy_headers", False, True, "newton"),
        ("service_tokens", False, True, "ocata"),
        ("import_filters", False, True, "queens"),
        ("hashing", False, True, "rocky"),
        ("worker_url", False, True, "wallaby"),
        ("rbac_switches", False, True, "wallaby"),
        ("rbac_switches", True, False, "2023.1"),
        ("vmdk_types", False, True, "2023.1"),
        ("location_hash", False, True, "2024.2"),
        ("format_match", False, True, "2025.1"),
        ("python", "2.6", "2.7", "kilo"),
        ("python", "2.7", "3.6", "ussuri"),
        ("python", "3.10", "3.11", "2026.2"),
    ],
    ids=lambda value: str(value),
)
def test_fact_changes_with_the_release(fact: str, before: Any, after: Any, release: str) -> None:
    previous = RELEASES[RELEASES.index(release) - 1]
    assert release_facts(previous)[fact] == before
    assert release_facts(release)[fact] == after


@pytest.mark.parametrize("release", RELEASES[1:])
def test_release_contains_only_its_changes(release: str) -> None:
    before = release_facts(RELEASES[RELEASES.index(release) - 1])
    assert not [fact for fact, value in TABLE[release].items() if before[fact] == value]


@pytest.mark.parametrize("release", RELEASES)
def test_release_has_only_facts_of_the_first_one(release: str) -> None:
    assert set(TABLE[release]) <= FACTS


def test_every_fact_is_described_once() -> None:
    assert sorted(re.findall(r"^# (\w+): +\S", HEADER, re.MULTILINE)) == sorted(FACTS)
