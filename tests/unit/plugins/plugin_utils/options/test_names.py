# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.options.names import other_names, renamed
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import RELEASES, load

OTHER_NAMES = [
    pytest.param("queens", "keystone_authtoken/auth_uri", "keystone_authtoken/www_authenticate_uri", id="deprecated"),
    pytest.param("pike", "keystone_authtoken/auth_uri", None, id="current name"),
    pytest.param("pike", "keystone_authtoken/www_authenticate_uri", "keystone_authtoken/auth_uri", id="a newer name"),
    pytest.param("zed", "keystone_authtoken/auth_plugin", "keystone_authtoken/auth_type", id="an alias"),
    pytest.param("liberty", "keystone_authtoken/auth_plugin", None, id="alias before the new name"),
    pytest.param("zed", "keystone_authtoken/user_name", "keystone_authtoken/username", id="credentials"),
    pytest.param("zed", "oslo_limit/user-name", "oslo_limit/username", id="with a dash"),
    pytest.param("2026.2", "DEFAULT/sql_connection", "database/connection", id="alias no longer accepted"),
    pytest.param("queens", "DEFAULT/sql_idle_timeout", "database/connection_recycle_time", id="renamed twice"),
    pytest.param("pike", "DEFAULT/sql_idle_timeout", "database/idle_timeout", id="renamed once so far"),
    pytest.param("zed", "DEFAULT/rabbit_use_ssl", "oslo_messaging_rabbit/ssl", id="an alias of an alias"),
    pytest.param("newton", "DEFAULT/notification_driver", "oslo_messaging_notifications/driver", id="moved"),
    pytest.param("icehouse", "glance_store/default_store", "DEFAULT/default_store", id="not moved yet"),
    pytest.param("juno", "glance_store/default_store", None, id="just moved"),
    pytest.param("juno", "oslo_policy/policy_file", "DEFAULT/policy_file", id="policy file before the move"),
    pytest.param("kilo", "oslo_policy/policy_file", None, id="policy file after the move"),
    pytest.param("zed", "ceph/os_region_name", "ceph/cinder_os_region_name", id="store"),
    pytest.param("zed", "DEFAULT/registry_host", None, id="removed without a successor"),
    pytest.param("zed", "DEFAULT/debug", None, id="never renamed"),
    pytest.param("zed", "DEFAULT/nonsense", None, id="unknown"),
    pytest.param("2029.1", "keystone_authtoken/auth_uri", None, id="an unknown release"),
]


@pytest.mark.parametrize(("release", "old", "new"), OTHER_NAMES)
def test_option_is_renamed_to_the_name_of_the_release(release: str, old: str, new: str | None) -> None:
    section, option = old.split("/")
    home, name = (new or old).split("/")
    config = {section: {option: "x", "workers": 2}, "paste_deploy": {"flavor": "keystone"}}
    assert other_names(config, release, stores=["ceph"]) == ({(section, option): (home, name)} if new else {})
    result = renamed(config, release, stores=["ceph"])
    assert result[home][name] == "x"
    assert sum(map(len, result.values())) == 3


@pytest.mark.parametrize("release", RELEASES)
def test_renaming_is_idempotent(release: str) -> None:
    given = {section: dict.fromkeys(options, "x") for section, options in load().items()}
    others = set(other_names(given, release).values())
    assert others
    assert others.isdisjoint(other_names(given, release))


def test_section_without_remaining_options_is_removed() -> None:
    config = {"DEFAULT": {"sql_connection": "x"}, "paste_deploy": {}}
    assert renamed(config, "zed") == {"paste_deploy": {}, "database": {"connection": "x"}}
    assert config == {"DEFAULT": {"sql_connection": "x"}, "paste_deploy": {}}


def test_null_is_kept_under_the_new_name() -> None:
    removed = renamed({"keystone_authtoken": {"auth_uri": None}}, "zed")
    assert removed == {"keystone_authtoken": {"www_authenticate_uri": None}}


BOTH = {"auth_uri": "http://Sesame:5000", "www_authenticate_uri": "http://controller:5000"}


def test_two_names_with_different_values_are_refused() -> None:
    with pytest.raises(
        GlanceError, match="auth_uri and keystone_authtoken/www_authenticate_uri are the same"
    ) as failure:
        renamed({"keystone_authtoken": BOTH}, "zed")
    assert "Sesame" not in str(failure.value)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"keystone_authtoken": {**BOTH, "auth_uri": "http://controller:5000"}}, id="two names, one value"),
        pytest.param({"keystone_authtoken": {"www_authenticate_uri": "http://controller:5000"}}, id="one name"),
    ],
)
def test_two_names_with_the_same_value_become_one(config: dict[str, Any]) -> None:
    expected = {"keystone_authtoken": {"www_authenticate_uri": "http://controller:5000"}}
    assert renamed(config, "zed") == expected
