# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options.scope import OptionScope, option_items, option_scope
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import AUTH, STORE


def scope(config: dict[str, Any] | None = None, file: str = "api", release: str | None = "zed") -> OptionScope:
    return option_scope(config or {}, file, ["ceph"], release)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("fs:file, ceph:rbd", {"fs", "ceph"}),
        (["fs:file"], {"fs"}),
        ({"fs": "file"}, {"fs"}),
        (None, set()),
        (5, set()),
    ],
)
def test_items_of_an_option(value: Any, expected: set[str]) -> None:
    assert option_items({"DEFAULT": {"enabled_backends": value}}, "DEFAULT", "enabled_backends") == expected


@pytest.mark.parametrize("config", [{}, {"DEFAULT": None}, {"DEFAULT": "x"}])
def test_section_without_options_has_no_items(config: dict[str, Any]) -> None:
    assert option_items(config, "DEFAULT", "enabled_backends") == set()


def test_sections_of_stores_and_credentials_have_places_in_the_table() -> None:
    config = {"DEFAULT": {"enabled_backends": "fs:file"}, "keystone_authtoken": {"auth_section": "service"}}
    assert scope(config).places("fs") == ("fs", STORE, "glance_store")
    assert scope(config).places("ceph") == ("ceph", STORE, "glance_store")
    assert scope(config).places("service") == ("service", AUTH)
    assert scope(config).places("database") == ("database",)
    assert scope(config).places(STORE) == ()


def test_options_depend_on_the_file() -> None:
    assert scope().find(["DEFAULT"], "config_source")
    assert not scope(file="registry").find(["DEFAULT"], "config_source")
    assert "config_source" not in scope(file="registry").options_of("DEFAULT")


def test_release_has_only_its_current_names() -> None:
    assert scope().has("database/connection")
    assert not scope().has("DEFAULT/sql_connection")
    assert not scope(release="train").has("DEFAULT/worker_self_reference_url")
    assert scope().places_of("connection") == ["database"]
