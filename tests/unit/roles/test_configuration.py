"""What the roles' data becomes for each release, held against the install guides and the releases' own samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.oslo_checks import config_problems
from tools import rendering
from tools.rendering import RELEASES


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The configuration files of every release, as Ansible makes them of the roles' variables."""
    return rendering.render(tmp_path_factory.mktemp("rendered"))


def api(rendered: dict[str, Any], release: str) -> dict[str, dict[str, Any]]:
    sections = rendered[release]["files"]["/etc/glance/glance-api.conf"]
    return {section: {name: v for name, v in options.items() if v is not None} for section, options in sections.items()}


@pytest.mark.parametrize("release", RELEASES)
def test_only_releases_with_a_registry_configure_it(rendered: dict[str, Any], release: str) -> None:
    has_registry = RELEASES.index(release) < RELEASES.index("victoria")
    assert ("/etc/glance/glance-registry.conf" in rendered[release]["names"]) is has_registry
    assert ("registry_host" in api(rendered, release)["DEFAULT"]) is has_registry


@pytest.mark.parametrize(
    ("release", "expected", "absent"),
    [
        ("icehouse", {"auth_host": "controller", "admin_user": "glance", "admin_tenant_name": "service"}, "username"),
        (
            "liberty",
            {"auth_plugin": "password", "auth_uri": "http://controller:5000", "username": "glance"},
            "auth_type",
        ),
        ("pike", {"auth_type": "password", "auth_uri": "http://controller:5000"}, "www_authenticate_uri"),
        ("queens", {"auth_type": "password", "www_authenticate_uri": "http://controller:5000"}, "auth_uri"),
        ("train", {"www_authenticate_uri": "http://controller:5000", "project_name": "service"}, "auth_uri"),
    ],
)
def test_identity_is_named_as_the_guide_of_the_release_does(
    rendered: dict[str, Any], release: str, expected: dict[str, str], absent: str
) -> None:
    section = api(rendered, release)["keystone_authtoken"]
    assert expected.items() <= section.items()
    assert absent not in section


@pytest.mark.parametrize(
    ("release", "section", "option", "value"),
    [
        ("icehouse", "DEFAULT", "default_store", "file"),
        ("queens", "glance_store", "default_store", "file"),
        ("train", "glance_store", "default_backend", "fs"),
        ("2026.2", "os_glance_staging_store", "filesystem_store_datadir", "/var/lib/glance/staging"),
    ],
)
def test_stores_are_told_where_the_release_looks(
    rendered: dict[str, Any], release: str, section: str, option: str, value: str
) -> None:
    assert api(rendered, release)[section][option] == value


@pytest.mark.parametrize("release", RELEASES)
def test_no_option_is_written_empty(rendered: dict[str, Any], release: str) -> None:
    """Before ansible-core 2.19 a template that gives nothing gives an empty string, which the service would read."""
    sections = rendered[release]["files"]["/etc/glance/glance-api.conf"]
    assert not [name for options in sections.values() for name, value in options.items() if value == ""]
    # Null removes the options of the other way to name a domain.
    removed = {name for options in sections.values() for name, value in options.items() if value is None}
    assert removed <= {"user_domain_id", "project_domain_id"}


@pytest.mark.parametrize("release", RELEASES)
def test_secrets_are_written_as_the_service_reads_them(rendered: dict[str, Any], release: str) -> None:
    written = api(rendered, release)
    assert written["database"]["connection"].startswith("mysql+pymysql://glance:p%40ss@controller:3306/glance")
    passwords = {written["keystone_authtoken"].get(name) for name in ("password", "admin_password")} - {None}
    assert passwords == {"pa$$$$word"}


@pytest.mark.parametrize("release", RELEASES)
def test_every_option_is_one_that_the_release_has(rendered: dict[str, Any], release: str) -> None:
    written = api(rendered, release)
    assert list(config_problems("glance_config", written, stores=["fs"], release=release)) == []


def test_a_domain_may_be_given_by_its_id(tmp_path: Path) -> None:
    given = rendering.render(tmp_path, {"glance_service_domain": "default"})
    for release in RELEASES:
        section = api(given, release)["keystone_authtoken"]
        found = {name: value for name, value in section.items() if "domain" in name}
        ids = {"user_domain_id": "default", "project_domain_id": "default"}
        assert found == ({} if release in ("icehouse", "juno") else ids)


FILTERS = {
    "allowed_schemes": ["http", "https"],
    "allowed_ports": [80, 443],
    "disallowed_hosts": ["169.254.169.254", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"],
}
# What protects: the section and the option, its value, and the first and the last release that are told.
BASELINE = [
    ("image_format", "vmdk_allowed_types", ["streamOptimized", "monolithicSparse"], "2023.1", "2026.2"),
    ("image_format", "require_image_format_match", True, "2025.1", "2026.2"),
    ("image_format", "gpt_safety_checks_nonfatal", [], "2025.1", "2026.2"),
    ("DEFAULT", "hashing_algorithm", "sha512", "rocky", "2026.2"),
    ("DEFAULT", "do_secure_hash", True, "2024.2", "2026.2"),
    ("DEFAULT", "worker_self_reference_url", "http://localhost:9292", "wallaby", "2026.2"),
    ("DEFAULT", "node_staging_uri", "file:///var/lib/glance/staging", "pike", "stein"),
    ("task", "work_dir", "/var/lib/glance/tasks", "kilo", "stein"),
    ("os_glance_staging_store", "filesystem_store_datadir", "/var/lib/glance/staging", "train", "2026.2"),
    *(("import_filtering_opts", option, value, "queens", "2026.2") for option, value in FILTERS.items()),
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("section", "option", "value", "first", "last"), BASELINE, ids=[f"{row[0]}/{row[1]}" for row in BASELINE]
)
def test_what_protects_is_written_where_the_release_has_it(
    rendered: dict[str, Any], release: str, section: str, option: str, value: Any, first: str, last: str
) -> None:
    told = RELEASES.index(first) <= RELEASES.index(release) <= RELEASES.index(last)
    assert api(rendered, release).get(section, {}).get(option) == (value if told else None)


@pytest.mark.parametrize("release", RELEASES)
def test_formats_are_those_that_the_release_knows(rendered: dict[str, Any], release: str) -> None:
    formats = api(rendered, release).get("image_format", {}).get("disk_formats", [])
    assert bool(formats) is (RELEASES.index(release) >= RELEASES.index("ocata"))
    assert not [name for name in formats if "." in name]


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_service_does_by_default_and_nobody_asked_for_is_not_written(
    rendered: dict[str, Any], release: str
) -> None:
    written = {name for options in api(rendered, release).values() for name in options}
    assert written.isdisjoint({"enforce_secure_rbac", "enforce_new_defaults", "show_multiple_locations"})


def test_what_has_no_fix_is_mitigated_until_it_has(tmp_path: Path) -> None:
    old = rendering.render(tmp_path, {"__glance_version": "24.0.0"})
    assert api(old, "train")["DEFAULT"]["enabled_import_methods"] == ["glance-direct"]
    assert api(old, "yoga")["DEFAULT"]["enabled_import_methods"] == ["glance-direct", "copy-image"]
    assert old["yoga"]["policy"] == {"tasks_api_access": "!"}


def test_what_is_mended_known_or_said_otherwise_is_not_mitigated(tmp_path: Path, rendered: dict[str, Any]) -> None:
    assert "enabled_import_methods" not in api(rendered, "yoga")["DEFAULT"]
    assert rendered["yoga"]["policy"] == {}
    methods = {"DEFAULT": {"enabled_import_methods": ["web-download"]}}
    said = {
        "glance_api_accepted_advisories": ["OSSN-0105"],
        "glance_config": methods,
        "glance_api_policy": {"default": ""},
    }
    other = rendering.render(tmp_path, {"__glance_version": "24.0.0", **said})
    assert api(other, "yoga")["DEFAULT"]["enabled_import_methods"] == ["web-download"]
    assert other["yoga"]["policy"] == {"default": ""}


def test_authority_of_the_cloud_is_written_for_both_services(tmp_path: Path) -> None:
    rendered = rendering.render(tmp_path, {"glance_ca_cert": "/etc/ssl/cloud.pem"})
    for release in RELEASES:
        written = api(rendered, release)
        assert written["keystone_authtoken"]["cafile"] == "/etc/ssl/cloud.pem"
        assert list(config_problems("glance_config", written, stores=["fs"], release=release)) == []
    registry = rendered["train"]["files"]["/etc/glance/glance-registry.conf"]
    assert registry["keystone_authtoken"]["cafile"] == "/etc/ssl/cloud.pem"
