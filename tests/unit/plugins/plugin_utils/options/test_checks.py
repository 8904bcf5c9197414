# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options.checks import config_problems
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import AUTH

VALID: dict[str, Any] = {
    "no sections": {},
    "options": {"DEFAULT": {"debug": True, "enabled_import_methods": ["web-download"], "workers": None}},
    "a dictionary": {"DEFAULT": {"enabled_backends": {"fs": "file"}}},
    "a store of glance_stores": {"ceph": {"rbd_store_pool": "images", "store_description": "x", "weight": 1}},
    "a store in enabled_backends": {"DEFAULT": {"enabled_backends": "a:file, b:http"}, "b": {"https_insecure": False}},
    "a reserved store": {"os_glance_staging_store": {"filesystem_store_datadir": "/x"}},
    "credentials": {"keystone_authtoken": {"auth_url": "x", "password": "Sesame", "user_domain_name": "Deproblem"}},
    "credentials in a section of their own": {
        "keystone_authtoken": {"auth_section": "service"},
        "service": {"username": "glance"},
    },
    "limits": {"oslo_limit": {"endpoint_id": "x", "system_scope": "all", "auth_url": "x"}},
    "an older name": {"DEFAULT": {"sql_connection": "x"}},
    "a dash for an underscore": {"oslo_limit": {"valid-interfaces": ["internal"]}},
    "an option of glance-image-import.conf": {"import_filtering_opts": {"allowed_ports": [80, 443]}},
    "the section of a configuration driver": {
        "DEFAULT": {"config_source": ["remote"]},
        "remote": {"driver": "remote_file"},
    },
}


@pytest.mark.parametrize("config", VALID.values(), ids=VALID)
def test_valid_sections_have_no_problem(config: Any) -> None:
    assert list(config_problems("glance_config", config, stores=["ceph"])) == []


INVALID: dict[str, tuple[Any, str]] = {
    "an option without a section": ({"debug": True}, "debug is an option, not a section; it belongs to [DEFAULT]"),
    "a section in lower case": (
        {"default": {"debug": True}},
        "[default] is not a section of Glance; did you mean [DEFAULT]?",
    ),
    "a section that is a string": (
        {"oslo_policy": "on"},
        "[oslo_policy] must be a dictionary of options, not a string",
    ),
    "a null section": (
        {"database": None},
        "[database] is null: set options in it, or remove the section",
    ),
    "a section that is a list": (
        {"database": ["connection"]},
        "[database] must be a dictionary of options, not a list",
    ),
    "the heading of a store in the sample file": (
        {"glance.store.rbd.store": {"rbd_store_pool": "images"}},
        "[glance.store.rbd.store] contains options of a store, but glance_stores has no store with this name",
    ),
    "an unknown section": ({"libvirt": {"x": 1}}, "[libvirt] is not a section of Glance"),
    "an unknown option": ({"DEFAULT": {"x": 1}}, "DEFAULT/x is not an option of Glance"),
    "an option of credentials in another section": (
        {"DEFAULT": {"user_domain_name": "x"}},
        "DEFAULT/user_domain_name is not an option of Glance; "
        "it belongs to sections with credentials, such as [keystone_authtoken] or [key_manager]",
    ),
    "a misspelled option in a wrong section": (
        {"paste_deploy": {"enabled_import_method": "x"}},
        "paste_deploy/enabled_import_method is not an option of Glance; "
        "did you mean enabled_import_methods in [DEFAULT]?",
    ),
    "a dictionary instead of a value": (
        {"DEFAULT": {"workers": {"a": 1}}},
        "DEFAULT/workers must be a single value, a list of values or null, not a dictionary",
    ),
    "a list of lists": (
        {"DEFAULT": {"workers": [[1]]}},
        "DEFAULT/workers must be a single value, a list of values or null, not a list with null or nested values",
    ),
    "a placeholder in a URL": (
        {"database": {"connection": "mysql+pymysql://glance:GLANCE_DBPASS@controller/glance"}},
        "database/connection still contains a placeholder: set the real value",
    ),
    "a placeholder for a password": (
        {"keystone_authtoken": {"password": "openstack"}},
        "keystone_authtoken/password still contains a placeholder: set the real value",
    ),
}


@pytest.mark.parametrize("release", [None, "zed"])
@pytest.mark.parametrize(("config", "expected"), INVALID.values(), ids=INVALID)
def test_invalid_section_or_option_is_reported(config: Any, expected: str, release: str | None) -> None:
    assert list(config_problems("glance_config", config, release=release)) == [f"glance_config: {expected}"]


BY_RELEASE: dict[str, tuple[str, str, str]] = {
    "removed": ("zed", "DEFAULT/registry_host", "it was removed in Victoria"),
    "moved to another section": (
        "zed",
        "DEFAULT/filesystem_store_datadir",
        "it was removed in Juno; it belongs to the section of a store or [glance_store] now",
    ),
    "renamed": (
        "zed",
        "database/idle_timeout",
        "it was removed in Xena; use database/connection_recycle_time instead",
    ),
    "an alias that is no longer accepted": (
        "2026.2",
        "DEFAULT/sql_connection",
        "it was removed in 2024.2; use database/connection instead",
    ),
    "added later": ("train", "DEFAULT/worker_self_reference_url", "it was added in Wallaby"),
}


@pytest.mark.parametrize(("release", "option", "expected"), BY_RELEASE.values(), ids=BY_RELEASE)
def test_option_of_another_release_is_reported_with_its_replacement(release: str, option: str, expected: str) -> None:
    section, name = option.split("/")
    expected = f"glance_config: {option} is not an option of Glance {release.capitalize()}: {expected}"
    assert list(config_problems("glance_config", {section: {name: "x"}}, release=release)) == [expected]


@pytest.mark.parametrize(
    ("release", "option"),
    [
        pytest.param("icehouse", "keystone_authtoken/auth_uri", id="samples before Liberty omit it"),
        pytest.param("liberty", "DEFAULT/notification_driver", id="the last release that has it"),
        pytest.param("mitaka", "DEFAULT/notification_driver", id="an older name"),
        pytest.param("victoria", "DEFAULT/registry_host", id="one release off"),
        pytest.param("queens", "barbican/auth_endpoint", id="section not in the samples yet"),
        pytest.param("yoga", "keystone_authtoken/auth_host", id="deprecated"),
        pytest.param("2029.1", "DEFAULT/registry_host", id="unknown release"),
    ],
)
def test_option_that_the_release_possibly_has_is_accepted(release: str, option: str) -> None:
    section, name = option.split("/")
    assert list(config_problems("glance_config", {section: {name: "x"}}, release=release)) == []


def test_suggestion_is_an_option_of_the_same_file() -> None:
    (problem,) = config_problems("glance_registry_config", {"DEFAULT": {"bind_prt": 1}}, file="registry")
    assert problem.endswith("did you mean DEFAULT/bind_port?")
    (problem,) = config_problems("glance_registry_config", {"image_format": {}}, file="registry")
    assert problem == "glance_registry_config: [image_format] is not a section of Glance"


def test_placeholder_section_of_the_table_is_not_a_section() -> None:
    assert list(config_problems("glance_config", {AUTH: {"username": "x"}})) != []


@pytest.mark.parametrize(
    ("release", "rbac", "defaults", "is_valid"),
    [
        pytest.param("zed", True, None, False, id="only the first one"),
        pytest.param("wallaby", None, "true", False, id="only the second one"),
        pytest.param("zed", True, "yes", True, id="both"),
        pytest.param("zed", False, None, True, id="off, the default of the second one"),
        pytest.param("victoria", None, True, True, id="release with only the second one"),
        pytest.param("2023.1", None, False, True, id="later release with only the second one"),
        pytest.param(None, True, None, True, id="unknown release"),
    ],
)
def test_rbac_switches_must_have_the_same_value(release: str | None, rbac: Any, defaults: Any, is_valid: bool) -> None:
    config = {
        "DEFAULT": {} if rbac is None else {"enforce_secure_rbac": rbac},
        "oslo_policy": {} if defaults is None else {"enforce_new_defaults": defaults},
    }
    expected = (
        []
        if is_valid
        else [
            "glance_config: DEFAULT/enforce_secure_rbac and oslo_policy/enforce_new_defaults must have the same value, "
            f"or Glance {str(release).capitalize()} does not start"
        ]
    )
    assert list(config_problems("glance_config", config, release=release)) == expected
