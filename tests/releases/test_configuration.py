"""Compare the configuration of each release with its package: no option is unknown, renamed or missing."""

from __future__ import annotations

import configparser
from typing import Any, Iterable, Mapping

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options import table as oslo_options
from tests import plans
from tools import samples
from tools.tables import RELEASES

# All optional inputs are set.
EVERYTHING = {
    "glance_api_workers": 4,
    "glance_memcached_servers": ["one:11211", "two:11211"],
    "glance_stores": [
        {"name": "fs", "type": "file", "options": {"filesystem_store_datadir": "/var/lib/glance/images"}},
        {"name": "objects", "type": "swift", "options": {"swift_store_container": "images"}},
    ],
}
# The release is in a virtual environment, which contains the paste and policy files.
VENV = {"glance_api_install_method": "venv", "glance_api_version": "33.0.0"}
FILES = {"glance-api.conf": "api", "glance-registry.conf": "registry"}
STORES = {"fs", "objects", *oslo_options.RESERVED_STORES}
# The options of keystoneauth's password plugin; samples do not contain the options of plugins.
PLUGIN = {"auth_url", "username", "user_domain_name", "password", "project_name", "project_domain_name"}

# Without these options a release does not respond, requires no authentication, or works in /tmp.
# Each row: first and last release, file, options.
NEEDED = [
    ("icehouse", "2026.2", "glance-api.conf", "database/connection paste_deploy/flavor"),
    ("icehouse", "ussuri", "glance-registry.conf", "database/connection paste_deploy/flavor"),
    ("icehouse", "2026.1", "glance-api.conf", "DEFAULT/bind_host DEFAULT/bind_port"),
    ("icehouse", "ussuri", "glance-registry.conf", "DEFAULT/bind_host DEFAULT/bind_port"),
    ("icehouse", "ussuri", "glance-api.conf", "DEFAULT/registry_host DEFAULT/registry_port"),
    ("icehouse", "juno", "glance-api.conf", "DEFAULT/lock_path"),
    ("kilo", "2026.2", "glance-api.conf", "oslo_concurrency/lock_path"),
    ("newton", "2026.2", "glance-api.conf", "oslo_middleware/enable_proxy_headers_parsing"),
    ("ocata", "2026.2", "glance-api.conf", "keystone_authtoken/service_token_roles_required"),
    ("icehouse", "icehouse", "glance-api.conf", "DEFAULT/default_store DEFAULT/filesystem_store_datadir"),
    ("juno", "stein", "glance-api.conf", "glance_store/stores glance_store/default_store"),
    ("juno", "stein", "glance-api.conf", "glance_store/filesystem_store_datadir"),
    ("train", "2026.2", "glance-api.conf", "DEFAULT/enabled_backends glance_store/default_backend"),
    ("train", "2026.2", "glance-api.conf", "fs/filesystem_store_datadir"),
    ("train", "2026.2", "glance-api.conf", "os_glance_staging_store/filesystem_store_datadir"),
    ("train", "2026.2", "glance-api.conf", "os_glance_tasks_store/filesystem_store_datadir"),
]
# The same in [keystone_authtoken] of every file.
NEEDED_IDENTITY = [
    ("icehouse", "juno", "auth_host auth_port auth_protocol admin_user admin_password admin_tenant_name"),
    ("icehouse", "pike", "auth_uri"),
    ("queens", "2026.2", "www_authenticate_uri"),
    ("kilo", "liberty", "auth_plugin"),
    ("mitaka", "2026.2", "auth_type"),
    ("kilo", "2026.2", " ".join(sorted(PLUGIN))),
]


# Without these, a release in a virtual environment reads the files of another installation in /etc/glance, or none.
NEEDED_IN_VENV = [
    ("icehouse", "2026.2", "paste_deploy/config_file"),
    ("icehouse", "juno", "DEFAULT/policy_file"),
    ("kilo", "train", "oslo_policy/policy_file"),
]


@pytest.fixture(scope="module", params=[{}, EVERYTHING, VENV], ids=["defaults", "everything", "venv"])
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the configuration files of every release."""
    return plans.render(**request.param)


def written(rendered: Mapping[str, Any], release: str) -> dict[str, set[str]]:
    """Return the options in each file of a release, as section/option."""
    files = {path.rpartition("/")[2]: rendered[release]["files"][path] for path in rendered[release]["names"]}
    return {
        file: {f"{section}/{name}" for section, found in sections.items() for name in found if found[name] is not None}
        for file, sections in files.items()
    }


def faults(written: Iterable[str], known: Mapping[str, samples.Option]) -> list[str]:
    """Return what is wrong with options, by those that a release has."""
    old = {alias: option for option in known.values() for alias in option.aliases}
    of_stores = {option.name for option in known.values() if option.namespace in ("glance.store", "glance.multi_store")}
    found = []
    for option in sorted(written):
        section, _, name = option.partition("/")
        if option in old:
            found.append(f"{option} is called {old[option]} now")
        elif option not in known and not (section in STORES and name in of_stores):
            found.append(f"{option} is unknown")
    return found


@pytest.mark.parametrize(
    ("option", "release", "expected"),
    [
        ("DEFAULT/bind_host", "2026.1", []),
        ("DEFAULT/bind_host", "2026.2", ["DEFAULT/bind_host is unknown"]),
        ("fs/filesystem_store_datadir", "train", []),
        ("fs/datadir", "train", ["fs/datadir is unknown"]),
        (
            "keystone_authtoken/auth_uri",
            "rocky",
            ["keystone_authtoken/auth_uri is called keystone_authtoken/www_authenticate_uri now"],
        ),
        ("DEFAULT/disk_formats", "2026.2", ["DEFAULT/disk_formats is called image_format/disk_formats now"]),
    ],
    ids=["known", "removed", "of-a-store", "not-of-a-store", "renamed-by-a-library", "moved-by-glance"],
)
def test_package_says_which_options_it_has(option: str, release: str, expected: list[str]) -> None:
    assert faults([option], samples.package(samples.LAST[release]).options("glance-api.conf")) == expected


@pytest.mark.parametrize("release", samples.LAST)
def test_release_knows_all_that_is_written_for_it(rendered: dict[str, Any], release: str) -> None:
    package = samples.package(samples.LAST[release])
    for file, options in written(rendered, release).items():
        known = package.options(file)
        checked = {option for option in options if option.removeprefix("keystone_authtoken/") not in PLUGIN}
        if not package.sample(file):
            # Pike's wheel holds no samples, so that only the sections of Glance itself are known.
            own = {option.section for option in known.values()}
            checked = {option for option in checked if option.partition("/")[0] in own}
        assert faults(checked, known) == []


@pytest.mark.parametrize("release", RELEASES)
def test_table_of_options_knows_all_that_is_written(rendered: dict[str, Any], release: str) -> None:
    """There is no other judge of the releases that the index lacks, and of the libraries of Pike."""
    for file, options in written(rendered, release).items():
        unknown = [option for option in sorted(options) if not is_in_table(option, release, FILES[file])]
        assert unknown == []


@pytest.mark.parametrize(
    ("option", "release", "expected"),
    [
        ("keystone_authtoken/auth_plugin", "liberty", True),
        ("keystone_authtoken/auth_plugin", "newton", False),
        ("keystone_authtoken/region_name", "kilo", True),
        ("DEFAULT/enabled_backends", "queens", False),
        ("DEFAULT/enable_v1_api", "stein", False),
        ("fs/filesystem_store_datadir", "train", True),
        ("fs/datadir", "train", False),
        ("oslo_policy/policy_file", "juno", False),
        ("DEFAULT/policy_file", "juno", True),
    ],
    ids=[
        *("not-yet-renamed", "renamed", "one-release-early", "not-yet-there", "removed", "of-a-store", "unknown"),
        *("not-yet-moved", "before-it-moves"),
    ],
)
def test_table_contains_the_options_of_a_release(option: str, release: str, expected: bool) -> None:
    assert is_in_table(option, release, "api") is expected


def is_in_table(option: str, release: str, file: str) -> bool:
    """Return whether a release has an option under this name, as its own or as its only one."""
    table = oslo_options.load()
    section, _, name = option.partition("/")
    places = [section, *(oslo_options.STORE_PLACES if section in STORES else [])]
    places += [oslo_options.AUTH] if section in oslo_options.AUTH_SECTIONS else []
    for found in oslo_options.find(table, places, name):
        own, _, new = found.now.partition("/")
        renamed = any(oslo_options.covers(row, release) for row in oslo_options.find(table, [own], new))
        if not oslo_options.covers(found, release) and has_older_name(table, found, release):
            continue
        if (
            found.file in (file, "both")
            and not renamed
            and (found.now or oslo_options.covers(found, release, tolerance=1))
        ):
            return True
    return False


def has_older_name(table: oslo_options.Table, option: oslo_options.Name, release: str) -> bool:
    """Return whether a release has an option under a name that became an alias of this one."""
    every = [name for options in table.values() for names in options.values() for name in names]
    aliases = {str(name) for name in every if name.now == str(option)}
    return any(str(name) in aliases and not name.now and oslo_options.covers(name, release) for name in every)


@pytest.mark.parametrize("release", [release for release in samples.LAST if release != "pike"])
def test_paste_file_of_the_release_has_the_flavor_that_is_written(rendered: dict[str, Any], release: str) -> None:
    package = samples.package(samples.LAST[release])
    for path in rendered[release]["names"]:
        program = path.rpartition("/")[2].removesuffix(".conf")
        flavor = rendered[release]["files"][path]["paste_deploy"]["flavor"]
        (paste,) = package.root.glob(f"*.data/data/etc/glance/{program}-paste.ini")
        found = configparser.RawConfigParser(strict=False)
        found.read(paste)
        assert {f"pipeline:{program}-{flavor}", f"composite:{program}-{flavor}"} & set(found.sections())


@pytest.mark.parametrize("release", RELEASES)
def test_files_of_a_virtual_environment_are_read_from_it(rendered: dict[str, Any], release: str) -> None:
    is_venv = rendered[release]["method"] == "venv"
    now = RELEASES.index(release)
    for first, last, option in NEEDED_IN_VENV:
        expected = is_venv and RELEASES.index(first) <= now <= RELEASES.index(last)
        for options in written(rendered, release).values():
            assert (option in options) is expected, option


@pytest.mark.parametrize("release", RELEASES)
def test_no_required_option_is_missing(rendered: dict[str, Any], release: str) -> None:
    there = written(rendered, release)
    now = RELEASES.index(release)
    for first, last, file, options in NEEDED:
        if RELEASES.index(first) <= now <= RELEASES.index(last):
            assert set(options.split()) - there[file] == set()
    for first, last, options in NEEDED_IDENTITY:
        if RELEASES.index(first) <= now <= RELEASES.index(last):
            for found in there.values():
                assert {f"keystone_authtoken/{name}" for name in options.split()} - found == set()
