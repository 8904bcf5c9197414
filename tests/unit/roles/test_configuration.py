"""Compare the configuration of each release with the installation guides and the samples of the release."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options.checks import config_problems
from tests import plans
from tools.tables import RELEASES


@pytest.fixture(scope="module")
def rendered() -> dict[str, Any]:
    """Return the configuration files of every release."""
    return plans.render()


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
def test_identity_options_are_those_of_the_guide_of_the_release(
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
def test_stores_are_configured_in_the_section_of_the_release(
    rendered: dict[str, Any], release: str, section: str, option: str, value: str
) -> None:
    assert api(rendered, release)[section][option] == value


@pytest.mark.parametrize("release", RELEASES)
def test_no_option_is_empty(rendered: dict[str, Any], release: str) -> None:
    """The service would read an empty string as a value."""
    sections = rendered[release]["files"]["/etc/glance/glance-api.conf"]
    assert not [name for options in sections.values() for name, value in options.items() if value == ""]
    # Null removes the options of the other way to name a domain.
    removed = {name for options in sections.values() for name, value in options.items() if value is None}
    assert removed <= {"user_domain_id", "project_domain_id"}


@pytest.mark.parametrize("release", RELEASES)
def test_secrets_are_escaped_for_the_service(rendered: dict[str, Any], release: str) -> None:
    written = api(rendered, release)
    assert written["database"]["connection"].startswith("mysql+pymysql://glance:p%40ss@controller:3306/glance")
    passwords = {written["keystone_authtoken"].get(name) for name in ("password", "admin_password")} - {None}
    assert passwords == {"pa$$$$word"}


@pytest.mark.parametrize("release", RELEASES)
def test_every_option_exists_in_the_release(rendered: dict[str, Any], release: str) -> None:
    written = api(rendered, release)
    assert list(config_problems("glance_config", written, stores=["fs"], release=release)) == []


def test_domain_id_is_written_as_an_id() -> None:
    rendered = plans.render(glance_service_domain="default")
    for release in RELEASES:
        section = api(rendered, release)["keystone_authtoken"]
        found = {name: value for name, value in section.items() if "domain" in name}
        ids = {"user_domain_id": "default", "project_domain_id": "default"}
        assert found == ({} if release in ("icehouse", "juno") else ids)


FILTERS = {
    "allowed_schemes": ["http", "https"],
    "allowed_ports": [80, 443],
    "disallowed_hosts": ["169.254.169.254", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"],
}
# Security settings: the section, the option, its value, the first and the last release.
BASELINE = [
    ("image_format", "vmdk_allowed_types", ["streamOptimized", "monolithicSparse"], "2023.1", "2026.2"),
    ("image_format", "require_image_format_match", True, "2025.1", "2026.2"),
    ("image_format", "gpt_safety_checks_nonfatal", [], "2025.1", "2026.2"),
    ("DEFAULT", "hashing_algorithm", "sha512", "rocky", "2026.2"),
    ("DEFAULT", "do_secure_hash", True, "2024.2", "2026.2"),
    ("DEFAULT", "worker_self_reference_url", "http://c1:9292", "wallaby", "2026.2"),
    ("DEFAULT", "node_staging_uri", "file:///var/lib/glance/staging", "pike", "stein"),
    ("task", "work_dir", "/var/lib/glance/tasks", "kilo", "stein"),
    ("os_glance_staging_store", "filesystem_store_datadir", "/var/lib/glance/staging", "train", "2026.2"),
    *(("import_filtering_opts", option, value, "queens", "2026.2") for option, value in FILTERS.items()),
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("section", "option", "value", "first", "last"), BASELINE, ids=[f"{row[0]}/{row[1]}" for row in BASELINE]
)
def test_security_settings_are_written_if_the_release_has_them(
    rendered: dict[str, Any], release: str, section: str, option: str, value: Any, first: str, last: str
) -> None:
    has_option = RELEASES.index(first) <= RELEASES.index(release) <= RELEASES.index(last)
    assert api(rendered, release).get(section, {}).get(option) == (value if has_option else None)


@pytest.mark.parametrize("release", RELEASES)
def test_disk_formats_are_written_if_the_release_has_the_option(rendered: dict[str, Any], release: str) -> None:
    formats = api(rendered, release).get("image_format", {}).get("disk_formats", [])
    assert bool(formats) is (RELEASES.index(release) >= RELEASES.index("ocata"))
    assert not [name for name in formats if "." in name]


@pytest.mark.parametrize("release", RELEASES)
def test_defaults_that_are_no_security_setting_are_not_written(rendered: dict[str, Any], release: str) -> None:
    written = {name for options in api(rendered, release).values() for name in options}
    assert written.isdisjoint({"enforce_secure_rbac", "enforce_new_defaults", "show_multiple_locations"})


def test_advisory_without_a_fix_is_mitigated() -> None:
    old = plans.render(version="24.0.0")
    assert api(old, "train")["DEFAULT"]["enabled_import_methods"] == ["glance-direct"]
    assert api(old, "yoga")["DEFAULT"]["enabled_import_methods"] == ["glance-direct", "copy-image"]
    assert old["yoga"]["policy"] == {"tasks_api_access": "!"}


def test_fixed_accepted_or_overridden_advisory_is_not_mitigated(rendered: dict[str, Any]) -> None:
    assert "enabled_import_methods" not in api(rendered, "yoga")["DEFAULT"]
    assert rendered["yoga"]["policy"] == {}
    methods = {"DEFAULT": {"enabled_import_methods": ["web-download"]}}
    overrides = {
        "glance_api_accepted_advisories": ["OSSN-0105"],
        "glance_config": methods,
        "glance_api_policy": {"default": ""},
    }
    other = plans.render(version="24.0.0", **overrides)
    assert api(other, "yoga")["DEFAULT"]["enabled_import_methods"] == ["web-download"]
    assert other["yoga"]["policy"] == {"default": ""}


def test_ca_certificate_of_the_cloud_is_written_for_both_services() -> None:
    rendered = plans.render(glance_ca_cert="/etc/ssl/cloud.pem")
    for release in RELEASES:
        written = api(rendered, release)
        assert written["keystone_authtoken"]["cafile"] == "/etc/ssl/cloud.pem"
        assert list(config_problems("glance_config", written, stores=["fs"], release=release)) == []
    registry = rendered["train"]["files"]["/etc/glance/glance-registry.conf"]
    assert registry["keystone_authtoken"]["cafile"] == "/etc/ssl/cloud.pem"
