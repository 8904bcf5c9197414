"""What the table says of a release, held against that release's own package."""

from __future__ import annotations

from typing import Any, Mapping

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.release import release_facts
from tools import samples
from tools.tables import RELEASES

PACKAGED = list(samples.LAST)
# Pike's wheel holds no sample files.
SAMPLED = [release for release in PACKAGED if release != "pike"]

# A fact is true where the release has an option. The first are defined by Glance, the others by libraries.
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
# The last versions of these releases were mended, those before them lack the option.
MENDED = {("vmdk_types", release) for release in ("xena", "yoga", "zed")}


def facts(release: str) -> Mapping[str, Any]:
    return release_facts(release)


def package(release: str) -> samples.Package:
    return samples.package(samples.LAST[release])


@pytest.mark.parametrize("release", PACKAGED)
@pytest.mark.parametrize("fact", OWN)
def test_option_of_glance_is_there_where_the_table_says_so(fact: str, release: str) -> None:
    there = OWN[fact] in package(release).options("glance-api.conf")
    assert there is (facts(release)[fact] or (fact, release) in MENDED)


@pytest.mark.parametrize("release", SAMPLED)
@pytest.mark.parametrize("fact", OF_LIBRARIES)
def test_option_of_a_library_is_there_where_the_table_says_so(fact: str, release: str) -> None:
    assert (OF_LIBRARIES[fact] in package(release).options("glance-api.conf")) is facts(release)[fact]


@pytest.mark.parametrize("release", PACKAGED)
def test_images_can_be_imported_into_other_stores_where_the_table_says_so(release: str) -> None:
    assert ("'copy-image'" in package(release).text("glance/common/config.py")) is facts(release)["copy_image"]


@pytest.mark.parametrize("release", PACKAGED)
def test_version_python_and_schema_are_those_of_the_package(release: str) -> None:
    assert samples.LAST[release].startswith(f"{facts(release)['version']}.")
    assert package(release).python == facts(release)["python"]
    assert facts(release)["database_head"] in package(release).database_heads


@pytest.mark.parametrize("release", PACKAGED)
def test_registry_is_in_the_package_where_the_table_has_one(release: str) -> None:
    assert ("glance-registry" in package(release).scripts) is facts(release)["registry"]


@pytest.mark.parametrize("release", PACKAGED)
def test_wsgi_server_finds_what_it_is_told_to_load(release: str) -> None:
    """Until Ussuri there is a script that the table does not name, as not all runs under it."""
    script = "glance-wsgi-api" in package(release).scripts
    module = "application" in package(release).text("glance/wsgi/api.py")
    expected = {"none": (True, False), "script": (True, False)}
    assert (script, module) == expected.get(facts(release)["wsgi"], (script, True))


@pytest.mark.parametrize("release", PACKAGED)
def test_standalone_server_starts_where_the_table_has_one(release: str) -> None:
    assert "glance-api" in package(release).scripts
    refuses = "no longer supported" in package(release).text("glance/cmd/api.py")
    assert refuses is not facts(release)["standalone"]


@pytest.mark.parametrize("release", PACKAGED)
def test_glance_manage_has_the_commands_that_are_used(release: str) -> None:
    manage = package(release).text("glance/cmd/manage.py")
    assert ("def check(" in manage) is (facts(release)["schema_check"] == "command")
    assert ("def load_metadefs(" in manage) is facts(release)["metadefs"]


@pytest.mark.parametrize("release", PACKAGED)
def test_wheel_contains_the_configuration_files_that_the_table_says(release: str) -> None:
    files = {path.name for path in package(release).root.glob("*.data/data/etc/glance/*")}
    needed = {"glance-api-paste.ini"}
    needed |= {"glance-registry-paste.ini"} if facts(release)["registry"] else set()
    needed |= {"policy.json"} if facts(release)["policy_file"] else set()
    assert (needed <= files) is facts(release)["data_files"]
    assert ("metadefs" in files) is facts(release)["metadefs"]


@pytest.mark.parametrize("release", PACKAGED)
def test_upgrade_check_is_there_and_loads_the_options_that_it_asks_for(release: str) -> None:
    loaded = package(release).text("glance/common/wsgi.py")
    expected = {"none": (False, True), "works": (True, True), "broken": (True, False)}
    found = "glance-status" in package(release).scripts, "from glance.common import config" in loaded
    assert found == expected[facts(release)["upgrade_check"]]


def test_index_lacks_what_it_is_said_to_lack() -> None:
    lacking = [release for release in RELEASES if release not in PACKAGED]
    assert lacking == [*RELEASES[: RELEASES.index("pike")], "queens"]
