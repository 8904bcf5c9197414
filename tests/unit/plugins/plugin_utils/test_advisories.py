# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.advisories import (
    ADVISORIES,
    advisory_warnings,
    is_fixed,
    mitigations,
)
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import load

BY_ID = {advisory.id: advisory for advisory in ADVISORIES}
CONVERSION = {"image_import_opts": {"image_import_plugins": ["image_decompression", "image_conversion"]}}


def ids(version: str, config: dict[str, Any] | None = None, accepted: tuple[str, ...] = ()) -> list[str]:
    """Return the advisories reported for a version, without those that few versions fix."""
    reported = [line.split(" ", maxsplit=1)[0] for line in advisory_warnings(version, config or {}, accepted)]
    return [name for name in reported if name not in ("CVE-2026-71196", "OSSN-0105")]


def test_advisory_occurs_once_in_the_table() -> None:
    assert len(BY_ID) == len(ADVISORIES)


@pytest.mark.parametrize("option", [advisory.exposed_by.option for advisory in ADVISORIES if advisory.exposed_by])
def test_option_that_exposes_the_service_exists(option: str) -> None:
    section, name = option.split("/")
    assert name in load()[section]


@pytest.mark.parametrize(
    ("advisory", "version", "fixed"),
    [
        pytest.param("OSSA-2026-004", "2:25.1.0-2+deb12u2", True, id="the update of bookworm"),
        pytest.param("OSSA-2026-004", "2:25.1.0-2+deb12u1", False, id="the previous update"),
        pytest.param(
            "OSSA-2026-004", "2:25.1.0-2+deb12u11", True, id="a later update, which text comparison would order before"
        ),
        pytest.param("OSSA-2026-004", "2:25.1.0-2", False, id="bookworm without an update"),
        pytest.param("OSSA-2026-004", "25.1.0", False, id="the same version from upstream"),
        pytest.param("OSSA-2026-004", "1:25.1.0-9.el9", False, id="the same version of another distribution"),
        pytest.param("OSSA-2026-004", "2:30.0.0-3+deb13u2", True, id="the update of trixie"),
        pytest.param("OSSA-2026-004", "2:30.0.0-3", False, id="trixie without an update"),
        pytest.param("OSSA-2026-004", "2:21.0.0-2+deb11u1", False, id="bullseye"),
        pytest.param("OSSA-2026-004", "2:25.1.0-2+deb11u2", False, id="another suite"),
        pytest.param("OSSA-2026-004", "30.2.0", True, id="the first of its series"),
        pytest.param("OSSA-2026-004", "30.1.0", False, id="the previous one of its series"),
        pytest.param("OSSA-2026-004", "29.2.1", True, id="a later one of its series"),
        pytest.param("OSSA-2026-004", "28.2.0", False, id="a series without a fix"),
        pytest.param("OSSA-2026-004", "2:33.0.0-6", True, id="a later series"),
        pytest.param("OSSN-0105", "2:25.1.0-2+deb12u4", True, id="tasks in bookworm"),
        pytest.param("OSSN-0105", "2:25.1.0-2+deb12u3", False, id="tasks in bookworm, before"),
        pytest.param("CVE-2026-71196", "2:25.1.0-2+deb12u5", True, id="resolved names in bookworm"),
        pytest.param("CVE-2026-71196", "2:25.1.0-2+deb12u4", False, id="resolved names in bookworm, before"),
        pytest.param("OSSN-0105", "32.0.0", False, id="the newest without"),
        pytest.param("OSSN-0105", "33.0.0", True, id="the newest with"),
        pytest.param("OSSA-2024-001", "2:25.1.0-2+deb12u1", True, id="conversion of qcow2 in bookworm"),
        pytest.param("OSSA-2023-002", "2:21.0.0-2+deb11u1", True, id="conversion of vmdk in bullseye"),
        pytest.param("OSSA-2016-006", "11.0.1", False, id="Liberty"),
        pytest.param("OSSA-2016-006", "2015.1.2", False, id="a version that is a year"),
        pytest.param("OSSN-0015", "2014.1.5", False, id="Icehouse"),
        pytest.param("OSSN-0015", "2014.2.3", True, id="Juno"),
        pytest.param("OSSN-0015", "11.0.1", True, id="a version that is no longer a year"),
    ],
)
def test_version_with_the_fix_is_recognized(advisory: str, version: str, fixed: bool) -> None:
    assert is_fixed(BY_ID[advisory], version) is fixed


@pytest.mark.parametrize(
    ("version", "config", "expected"),
    [
        pytest.param("2:25.1.0-2+deb12u5", {}, [], id="an up to date bookworm"),
        pytest.param("2:25.1.0-2+deb12u1", {}, ["OSSA-2026-004"], id="an outdated bookworm"),
        pytest.param(
            "2:25.1.0-2+deb12u1",
            {"DEFAULT": {"enabled_import_methods": "[glance-direct, copy-image]"}},
            [],
            id="without imports from a URL",
        ),
        pytest.param(
            "2:25.1.0-2+deb12u1",
            {"DEFAULT": {"enabled_import_methods": ["glance-direct", "glance-download"]}},
            ["OSSA-2026-004"],
            id="with imports from another cloud",
        ),
        pytest.param("24.1.0", CONVERSION, ["OSSA-2026-004", "OSSA-2024-001", "OSSA-2023-002"], id="with conversion"),
        pytest.param(
            "17.0.1",
            {"image_import_opts": {"image_import_plugins": None}},
            ["OSSA-2026-004"],
            id="null restores the default",
        ),
        pytest.param("15.0.2", {}, ["OSSN-0078"], id="Pike, which has no import filters"),
        pytest.param("15.0.2", {"DEFAULT": {"enable_v1_api": False}}, [], id="without version 1"),
        pytest.param("15.0.2", {"DEFAULT": {"enable_v1_api": True}}, ["OSSN-0078"], id="with version 1"),
        pytest.param("2014.1.5", {}, ["OSSN-0078", "OSSA-2016-006", "OSSN-0015"], id="Icehouse"),
        pytest.param("2:24.2.1-0ubuntu1.2", {}, [], id="Ubuntu, whose fixes are not in the table"),
        pytest.param("", {}, [], id="no version"),
    ],
)
def test_only_exposed_configurations_are_reported(version: str, config: dict[str, Any], expected: list[str]) -> None:
    assert ids(version, config) == expected


def test_updated_host_has_no_warning() -> None:
    assert list(advisory_warnings("2:25.1.0-2+deb12u5", {})) == list(advisory_warnings("2:33.0.0-6", {})) == []


def test_accepted_advisory_is_not_reported() -> None:
    assert ids("25.1.0", accepted=("OSSA-2026-004",)) == []


def test_warning_contains_the_fixed_versions_and_the_mitigation() -> None:
    warning = next(advisory_warnings("30.1.0", {}))
    assert warning == (
        "OSSA-2026-004 is not fixed in Glance 30.1.0: an import from a URL can be redirected into the internal "
        "network of the service (CVE-2026-34881). Fixed in 29.2.0, 30.2.0, 31.1.0, 32.0.0, "
        "Debian's 25.1.0-2+deb12u2, Debian's 30.0.0-3+deb13u1. "
        "Mitigation: imports from a URL or from another cloud are disabled. "
        "glance_api_accepted_advisories: [OSSA-2026-004] removes the mitigation."
    )


@pytest.mark.parametrize("methods", [["web-download"], None], ids=["enabled", "default"])
def test_warning_contains_a_workaround_if_the_operator_overrides_the_mitigation(methods: list[str] | None) -> None:
    assert next(advisory_warnings("30.1.0", {"DEFAULT": {"enabled_import_methods": methods}})).endswith(
        "Workaround: set glance_config: {DEFAULT: {enabled_import_methods: [glance-direct]}} to disable such imports. "
        "glance_api_accepted_advisories: [OSSA-2026-004] hides this warning."
    )


@pytest.mark.parametrize(
    ("version", "accepted", "expected"),
    [
        pytest.param("33.0.0", (), [], id="all fixed"),
        pytest.param("2:25.1.0-2+deb12u5", (), [], id="all fixed in the package"),
        pytest.param("2:25.1.0-2+deb12u1", (), ["OSSA-2026-004", "CVE-2026-71196", "OSSN-0105"], id="an old package"),
        pytest.param("30.2.0", ("OSSN-0105",), ["CVE-2026-71196"], id="some accepted"),
        pytest.param("2015.1.0", (), ["OSSN-0078"], id="Kilo, which reads a directory of policies"),
        pytest.param("2014.2.0", (), [], id="Juno, which reads none"),
        pytest.param("2:24.2.1-0ubuntu1.2", (), [], id="Ubuntu"),
        pytest.param("", (), [], id="no version"),
    ],
)
def test_advisories_with_a_mitigation_are_mitigated(
    version: str, accepted: tuple[str, ...], expected: list[str]
) -> None:
    assert mitigations(version, accepted) == expected


def test_rule_of_the_operator_replaces_the_mitigation() -> None:
    reported = [line.split()[0] for line in advisory_warnings("30.1.0", {}, policy={"tasks_api_access": "role:admin"})]
    assert reported == ["OSSA-2026-004", "CVE-2026-71196"]
