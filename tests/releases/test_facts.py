"""Compare the table of releases with the packages of the releases."""

from __future__ import annotations

from typing import Any, Mapping

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.release import release_facts
from tools import samples
from tools.tables import RELEASES

PACKAGED = list(samples.LAST)
# Pike's wheel holds no sample files.
SAMPLED = [release for release in PACKAGED if release != "pike"]

# A fact is true if the release has the option. Glance defines the first ones, libraries define the others.
OWN = {
    "v1": "DEFAULT/enable_v1_api",
    "standalone": "DEFAULT/bind_host",
    "public_endpoint": "DEFAULT/public_endpoint",
    "import_filters": "import_filtering_opts/allowed_schemes",
    "hashing": "DEFAULT/hashing_algorithm",
    "worker_url": "DEFAULT/worker_self_reference_url",
    "rbac_switches": "DEFAULT/enforce_secure_rbac",
    "vmdk_types": "image_format/vmdk_allowed_types",
    "location_hash": "DEFAULT/do_secure_hash",
    "format_match": "image_format/gpt_safety_checks_nonfatal",
}
OF_LIBRARIES = {
    "proxy_headers": "oslo_middleware/enable_proxy_headers_parsing",
    "service_tokens": "keystone_authtoken/service_token_roles_required",
}
# The last versions of these releases have the option, earlier versions do not.
BACKPORTED = {("vmdk_types", release) for release in ("xena", "yoga", "zed")}


def facts(release: str) -> Mapping[str, Any]:
    return release_facts(release)


def package(release: str) -> samples.Package:
    return samples.package(samples.LAST[release])


@pytest.mark.parametrize("release", PACKAGED)
@pytest.mark.parametrize("fact", OWN)
def test_release_has_the_option_of_glance(fact: str, release: str) -> None:
    there = OWN[fact] in package(release).options("glance-api.conf")
    assert there is (facts(release)[fact] or (fact, release) in BACKPORTED)


@pytest.mark.parametrize("release", SAMPLED)
@pytest.mark.parametrize("fact", OF_LIBRARIES)
def test_release_has_the_option_of_a_library(fact: str, release: str) -> None:
    assert (OF_LIBRARIES[fact] in package(release).options("glance-api.conf")) is facts(release)[fact]


@pytest.mark.parametrize("release", PACKAGED)
def test_release_can_import_images_into_other_stores(release: str) -> None:
    assert ("'copy-image'" in package(release).text("glance/common/config.py")) is facts(release)["copy_image"]


@pytest.mark.parametrize("release", PACKAGED)
def test_version_python_and_schema_are_those_of_the_package(release: str) -> None:
    assert samples.LAST[release].startswith(f"{facts(release)['version']}.")
    assert package(release).python == facts(release)["python"]
    assert facts(release)["database_head"] in package(release).database_heads


@pytest.mark.parametrize("release", PACKAGED)
def test_package_contains_the_registry(release: str) -> None:
    assert ("glance-registry" in package(release).scripts) is facts(release)["registry"]


@pytest.mark.parametrize("release", PACKAGED)
def test_package_contains_the_wsgi_application(release: str) -> None:
    """Up to Ussuri the package has a script, under which imports do not run; the table does not contain it."""
    script = "glance-wsgi-api" in package(release).scripts
    module = "application" in package(release).text("glance/wsgi/api.py")
    expected = {"none": (True, False), "script": (True, False)}
    assert (script, module) == expected.get(facts(release)["wsgi"], (script, True))


@pytest.mark.parametrize("release", PACKAGED)
def test_standalone_server_starts(release: str) -> None:
    assert "glance-api" in package(release).scripts
    refuses = "no longer supported" in package(release).text("glance/cmd/api.py")
    assert refuses is not facts(release)["standalone"]


@pytest.mark.parametrize("release", PACKAGED)
def test_glance_manage_has_the_used_commands(release: str) -> None:
    manage = package(release).text("glance/cmd/manage.py")
    assert ("def check(" in manage) is (facts(release)["schema_check"] == "command")
    assert ("def load_metadefs(" in manage) is facts(release)["metadefs"]


@pytest.mark.parametrize("release", PACKAGED)
def test_wheel_contains_the_configuration_files(release: str) -> None:
    files = {path.name for path in package(release).root.glob("*.data/data/etc/glance/*")}
    needed = {"glance-api-paste.ini"}
    needed |= {"glance-registry-paste.ini"} if facts(release)["registry"] else set()
    needed |= {"policy.json"} if facts(release)["policy_file"] else set()
    assert (needed <= files) is facts(release)["data_files"]
    assert ("metadefs" in files) is facts(release)["metadefs"]


@pytest.mark.parametrize("release", PACKAGED)
def test_upgrade_check_loads_the_options_that_it_reads(release: str) -> None:
    loaded = package(release).text("glance/common/wsgi.py")
    expected = {"none": (False, True), "works": (True, True), "broken": (True, False)}
    found = "glance-status" in package(release).scripts, "from glance.common import config" in loaded
    assert found == expected[facts(release)["upgrade_check"]]


def test_index_lacks_the_oldest_releases_and_queens() -> None:
    lacking = [release for release in RELEASES if release not in PACKAGED]
    assert lacking == [*RELEASES[: RELEASES.index("pike")], "queens"]
