# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils import oslo_options
from ansible_collections.osops.glance.plugins.plugin_utils.oslo_options import (
    AUTH,
    RELEASES,
    config_faults,
    kind,
    load,
    other_names,
    renamed,
)

NAMES = [name for options in load().values() for names in options.values() for name in names]


def test_every_row_of_the_table_makes_sense() -> None:
    assert len(NAMES) > 1000
    for name in NAMES:
        assert RELEASES.index(name.first) <= RELEASES.index(name.last), name
        assert name.kind in ("", "multi", "bounds", "list", "dict"), name
        assert name.file in ("api", "registry", "both"), name


def test_every_option_stands_in_the_table_once() -> None:
    own = [str(name) for name in NAMES if not name.now]
    assert len(own) == len(set(own))


@pytest.mark.parametrize(
    ("section", "option", "expected"),
    [
        ("DEFAULT", "enabled_import_methods", "bounds"),
        ("import_filtering_opts", "allowed_ports", "bounds"),
        ("oslo_messaging_notifications", "driver", "multi"),
        ("DEFAULT", "notification_driver", "multi"),
        ("glance_store", "filesystem_store_datadirs", "multi"),
        ("any-store", "filesystem_store_datadirs", "multi"),
        ("keystone_authtoken", "service_token_roles", "list"),
        ("DEFAULT", "enabled_backends", "dict"),
        ("DEFAULT", "debug", ""),
        ("token", "provider", ""),
    ],
)
def test_how_a_list_is_written(section: str, option: str, expected: str) -> None:
    assert kind(section, option) == expected


RIGHT: dict[str, Any] = {
    "nothing": {},
    "options": {"DEFAULT": {"debug": True, "enabled_import_methods": ["web-download"], "workers": None}},
    "a dictionary": {"DEFAULT": {"enabled_backends": {"fs": "file"}}},
    "a store of glance_stores": {"ceph": {"rbd_store_pool": "images", "store_description": "x", "weight": 1}},
    "a store of its own": {"DEFAULT": {"enabled_backends": "a:file, b:http"}, "b": {"https_insecure": False}},
    "a reserved store": {"os_glance_staging_store": {"filesystem_store_datadir": "/x"}},
    "credentials": {"keystone_authtoken": {"auth_url": "x", "password": "Sesame", "user_domain_name": "Default"}},
    "credentials in a section of their own": {
        "keystone_authtoken": {"auth_section": "service"},
        "service": {"username": "glance"},
    },
    "limits": {"oslo_limit": {"endpoint_id": "x", "system_scope": "all", "auth_url": "x"}},
    "an older name": {"DEFAULT": {"sql_connection": "x"}},
    "a dash for an underscore": {"oslo_limit": {"valid-interfaces": ["internal"]}},
    "what the import file has": {"import_filtering_opts": {"allowed_ports": [80, 443]}},
    "a driver's own section": {"DEFAULT": {"config_source": ["remote"]}, "remote": {"driver": "remote_file"}},
}


@pytest.mark.parametrize("config", RIGHT.values(), ids=RIGHT)
def test_what_glance_knows_is_no_fault(config: Any) -> None:
    assert list(config_faults("glance_config", config, stores=["ceph"])) == []


WRONG: dict[str, tuple[Any, str]] = {
    "no section around": ({"debug": True}, "debug is an option, not a section; it stands in [DEFAULT]"),
    "a section in lower case": (
        {"default": {"debug": True}},
        "[default] is not a section of Glance; did you mean [DEFAULT]?",
    ),
    "a section that is a string": (
        {"oslo_policy": "on"},
        "[oslo_policy] must be a dictionary of options, not a string",
    ),
    "a section of nothing": (
        {"database": None},
        "[database] holds nothing: give it options, or leave the section out",
    ),
    "a section that is a list": (
        {"database": ["connection"]},
        "[database] must be a dictionary of options, not a list",
    ),
    "the heading of a store in the sample file": (
        {"glance.store.rbd.store": {"rbd_store_pool": "images"}},
        "[glance.store.rbd.store] holds options of a store, but no store of glance_stores has this name",
    ),
    "a section like no other": ({"libvirt": {"x": 1}}, "[libvirt] is not a section of Glance"),
    "an option like no other": ({"DEFAULT": {"x": 1}}, "DEFAULT/x is not an option of Glance"),
    "an option of credentials elsewhere": (
        {"DEFAULT": {"user_domain_name": "x"}},
        "DEFAULT/user_domain_name is not an option of Glance; "
        "it stands in sections with credentials, such as [keystone_authtoken] or [key_manager]",
    ),
    "an option misspelt and misplaced": (
        {"paste_deploy": {"enabled_import_method": "x"}},
        "paste_deploy/enabled_import_method is not an option of Glance; "
        "did you mean enabled_import_methods in [DEFAULT]?",
    ),
    "a dictionary for one value": (
        {"DEFAULT": {"workers": {"a": 1}}},
        "DEFAULT/workers must be one value, a list of values or null, not a dictionary",
    ),
    "a list of lists": (
        {"DEFAULT": {"workers": [[1]]}},
        "DEFAULT/workers must be one value, a list of values or null, not a list of something else",
    ),
    "a placeholder in a URL": (
        {"database": {"connection": "mysql+pymysql://glance:GLANCE_DBPASS@controller/glance"}},
        "database/connection still holds a placeholder: put the real value there",
    ),
    "a placeholder for a password": (
        {"keystone_authtoken": {"password": "openstack"}},
        "keystone_authtoken/password still holds a placeholder: put the real value there",
    ),
}


@pytest.mark.parametrize("release", [None, "zed"])
@pytest.mark.parametrize(("config", "told"), WRONG.values(), ids=WRONG)
def test_what_glance_does_not_know_is_told(config: Any, told: str, release: str | None) -> None:
    assert list(config_faults("glance_config", config, release=release)) == [f"glance_config: {told}"]


BY_RELEASE: dict[str, tuple[str, str, str]] = {
    "gone": ("zed", "DEFAULT/registry_host", "Victoria removed it"),
    "gone, moved to another section": (
        "zed",
        "DEFAULT/filesystem_store_datadir",
        "Juno removed it; it stands in the section of a store or [glance_store] now",
    ),
    "gone, with another name": (
        "zed",
        "database/idle_timeout",
        "Xena removed it; use database/connection_recycle_time instead",
    ),
    "an older name that is no longer read": (
        "2026.2",
        "DEFAULT/sql_connection",
        "2024.2 removed it; use database/connection instead",
    ),
    "not there yet": ("train", "DEFAULT/worker_self_reference_url", "Wallaby brought it"),
}


@pytest.mark.parametrize(("release", "option", "told"), BY_RELEASE.values(), ids=BY_RELEASE)
def test_an_option_that_the_release_lacks_is_told_with_what_to_use(release: str, option: str, told: str) -> None:
    section, name = option.split("/")
    expected = f"glance_config: {option} is not an option of Glance {release.capitalize()}: {told}"
    assert list(config_faults("glance_config", {section: {name: "x"}}, release=release)) == [expected]


@pytest.mark.parametrize(
    ("release", "option"),
    [
        pytest.param("icehouse", "keystone_authtoken/auth_uri", id="the samples before Liberty leave it out"),
        pytest.param("liberty", "DEFAULT/notification_driver", id="the last release that has it"),
        pytest.param("mitaka", "DEFAULT/notification_driver", id="an older name"),
        pytest.param("victoria", "DEFAULT/registry_host", id="one release off"),
        pytest.param("queens", "barbican/auth_endpoint", id="the samples do not show the section yet"),
        pytest.param("yoga", "keystone_authtoken/auth_host", id="deprecated"),
        pytest.param("2029.1", "DEFAULT/registry_host", id="a release that the table does not know"),
    ],
)
def test_an_option_that_the_release_may_have_is_no_fault(release: str, option: str) -> None:
    section, name = option.split("/")
    assert list(config_faults("glance_config", {section: {name: "x"}}, release=release)) == []


def test_a_suggestion_fits_the_file() -> None:
    (fault,) = config_faults("glance_registry_config", {"DEFAULT": {"bind_prt": 1}}, file="registry")
    assert fault.endswith("did you mean DEFAULT/bind_port?")
    (fault,) = config_faults("glance_registry_config", {"image_format": {}}, file="registry")
    assert fault == "glance_registry_config: [image_format] is not a section of Glance"


def test_a_section_of_the_table_is_no_section_of_the_file() -> None:
    assert list(config_faults("glance_config", {AUTH: {"username": "x"}})) != []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true or false"),
        (1, "a number"),
        ("x", "a string"),
        ({}, "a dictionary"),
        ((), "a list"),
    ],
)
def test_a_value_is_described_by_its_kind(value: Any, words: str) -> None:
    assert oslo_options.in_words(value) == words


OTHER_NAMES = [
    pytest.param("queens", "keystone_authtoken/auth_uri", "keystone_authtoken/www_authenticate_uri", id="deprecated"),
    pytest.param("pike", "keystone_authtoken/auth_uri", None, id="the name of its time"),
    pytest.param("pike", "keystone_authtoken/www_authenticate_uri", "keystone_authtoken/auth_uri", id="a newer name"),
    pytest.param("zed", "keystone_authtoken/auth_plugin", "keystone_authtoken/auth_type", id="an alias"),
    pytest.param("liberty", "keystone_authtoken/auth_plugin", None, id="an alias before its time"),
    pytest.param("zed", "keystone_authtoken/user_name", "keystone_authtoken/username", id="credentials"),
    pytest.param("zed", "oslo_limit/user-name", "oslo_limit/username", id="with a dash"),
    pytest.param("2026.2", "DEFAULT/sql_connection", "database/connection", id="no longer read"),
    pytest.param("queens", "DEFAULT/sql_idle_timeout", "database/connection_recycle_time", id="renamed twice"),
    pytest.param("pike", "DEFAULT/sql_idle_timeout", "database/idle_timeout", id="renamed once so far"),
    pytest.param("zed", "DEFAULT/rabbit_use_ssl", "oslo_messaging_rabbit/ssl", id="an alias of an alias"),
    pytest.param("newton", "DEFAULT/notification_driver", "oslo_messaging_notifications/driver", id="moved"),
    pytest.param("icehouse", "glance_store/default_store", "DEFAULT/default_store", id="not moved yet"),
    pytest.param("juno", "glance_store/default_store", None, id="just moved"),
    pytest.param("juno", "oslo_policy/policy_file", "DEFAULT/policy_file", id="the file of policies before it moved"),
    pytest.param("kilo", "oslo_policy/policy_file", None, id="the file of policies after it moved"),
    pytest.param("zed", "ceph/os_region_name", "ceph/cinder_os_region_name", id="of a store"),
    pytest.param("zed", "DEFAULT/registry_host", None, id="removed without a successor"),
    pytest.param("zed", "DEFAULT/debug", None, id="never renamed"),
    pytest.param("zed", "DEFAULT/nonsense", None, id="unknown"),
    pytest.param("2029.1", "keystone_authtoken/auth_uri", None, id="an unknown release"),
]


@pytest.mark.parametrize(("release", "old", "new"), OTHER_NAMES)
def test_an_option_gets_the_name_that_the_release_has(release: str, old: str, new: str | None) -> None:
    section, option = old.split("/")
    home, name = (new or old).split("/")
    config = {section: {option: "x", "workers": 2}, "paste_deploy": {"flavor": "keystone"}}
    assert other_names(config, release, stores=["ceph"]) == ({(section, option): (home, name)} if new else {})
    result = renamed(config, release, stores=["ceph"])
    assert result[home][name] == "x"
    assert sum(map(len, result.values())) == 3


@pytest.mark.parametrize("release", RELEASES)
def test_the_name_that_a_release_has_is_not_changed_again(release: str) -> None:
    given = {section: dict.fromkeys(options, "x") for section, options in load().items()}
    others = set(other_names(given, release).values())
    assert others
    assert others.isdisjoint(other_names(given, release))


def test_a_section_without_options_left_is_left_out() -> None:
    config = {"DEFAULT": {"sql_connection": "x"}, "paste_deploy": {}}
    assert renamed(config, "zed") == {"paste_deploy": {}, "database": {"connection": "x"}}
    assert config == {"DEFAULT": {"sql_connection": "x"}, "paste_deploy": {}}


def test_null_removes_under_the_new_name_too() -> None:
    removed = renamed({"keystone_authtoken": {"auth_uri": None}}, "zed")
    assert removed == {"keystone_authtoken": {"www_authenticate_uri": None}}


BOTH = {"auth_uri": "http://Sesame:5000", "www_authenticate_uri": "http://controller:5000"}


def test_two_names_with_two_values_are_both_told() -> None:
    with pytest.raises(GlanceError, match="auth_uri and keystone_authtoken/www_authenticate_uri are one") as failure:
        renamed({"keystone_authtoken": BOTH}, "zed")
    assert "Sesame" not in str(failure.value)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"keystone_authtoken": {**BOTH, "auth_uri": "http://controller:5000"}}, id="two names, one value"),
        pytest.param({"keystone_authtoken": {"www_authenticate_uri": "http://controller:5000"}}, id="one name"),
    ],
)
def test_an_option_is_never_there_under_two_names(config: dict[str, Any]) -> None:
    expected = {"keystone_authtoken": {"www_authenticate_uri": "http://controller:5000"}}
    assert renamed(config, "zed") == expected


@pytest.mark.parametrize(
    ("release", "rbac", "defaults", "right"),
    [
        pytest.param("zed", True, None, False, id="one of them"),
        pytest.param("wallaby", None, "true", False, id="the other one"),
        pytest.param("zed", True, "yes", True, id="both"),
        pytest.param("zed", False, None, True, id="off, as the other one is by default"),
        pytest.param("victoria", None, True, True, id="a release that has one only"),
        pytest.param("2023.1", None, False, True, id="a later release that has one only"),
        pytest.param(None, True, None, True, id="an unknown release"),
    ],
)
def test_the_switches_of_secure_rbac_go_together(release: str | None, rbac: Any, defaults: Any, right: bool) -> None:
    config = {
        "DEFAULT": {} if rbac is None else {"enforce_secure_rbac": rbac},
        "oslo_policy": {} if defaults is None else {"enforce_new_defaults": defaults},
    }
    told = (
        []
        if right
        else [
            "glance_config: DEFAULT/enforce_secure_rbac and oslo_policy/enforce_new_defaults must have the same value, "
            f"or Glance {str(release).capitalize()} does not start"
        ]
    )
    assert list(config_faults("glance_config", config, release=release)) == told
