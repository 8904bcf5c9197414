# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.configuration import (
    api_sections,
    config_files,
    own_names,
    registry_sections,
)
from tests import plans


@pytest.mark.parametrize(
    ("variable", "file", "sections", "expected"),
    [
        pytest.param(
            "glance_config",
            "api",
            {"DEFAULT": {"debug": True, "sql_connection": "x"}},
            {"DEFAULT": {"debug": True}, "database": {"connection": "x"}},
            id="an option with another name",
        ),
        pytest.param(
            "glance_registry_config",
            "registry",
            {"DEFAULT": {"disk_formats": "x"}},
            {"DEFAULT": {"disk_formats": "x"}},
            id="an option of the other file",
        ),
        pytest.param("glance_config", "api", {}, {}, id="empty"),
    ],
)
def test_options_get_the_names_of_the_release(variable: str, file: str, sections: Any, expected: Any) -> None:
    assert own_names(plans.service_of("zed", **{variable: sections}), variable, file) == expected


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        pytest.param({"a": "Sesame"}, r"\[a\] must be a dictionary of options, not a string", id="no options"),
        pytest.param(
            {"database": {"connection": "Sesame"}, "DEFAULT": {"sql_connection": "x"}},
            "DEFAULT/sql_connection and database/connection are the same option in Glance Zed",
            id="two names with two values",
        ),
    ],
)
def test_ambiguous_option_is_named_without_its_value(sections: Any, message: str) -> None:
    with pytest.raises(GlanceError, match=message) as failure:
        api_sections(plans.service_of("zed", glance_config=sections))
    assert "Sesame" not in str(failure.value)


def test_glance_config_replaces_all_other_values_and_null_removes() -> None:
    config = {"DEFAULT": {"bind_port": 9393}, "image_format": {"disk_formats": None}}
    sections = api_sections(plans.service_of("zed", glance_config=config))
    assert sections["DEFAULT"]["bind_port"] == 9393
    assert sections["image_format"]["disk_formats"] is None


@pytest.mark.parametrize(("release", "is_written"), [("zed", True), ("2026.2", False)])
def test_workers_are_written_if_the_release_has_its_own_server(release: str, is_written: bool) -> None:
    sections = api_sections(plans.service_of(release, glance_api_workers=4))
    assert ("workers" in sections["DEFAULT"]) is is_written


def test_virtual_environment_contains_the_paste_and_policy_files() -> None:
    venv = {"glance_api_install_method": "venv", "glance_api_version": "19.0.0"}
    service = plans.service_of("train", **venv)
    etc = f"{service.virtualenv_path}/etc/glance"
    assert api_sections(service)["paste_deploy"]["config_file"] == f"{etc}/glance-api-paste.ini"
    assert registry_sections(service)["paste_deploy"]["config_file"] == f"{etc}/glance-registry-paste.ini"
    assert api_sections(service)["oslo_policy"]["policy_file"] == f"{etc}/policy.json"


def test_registry_has_its_own_address_and_options() -> None:
    service = plans.service_of("train", glance_registry_config={"DEFAULT": {"debug": True}})
    sections = config_files(service)["/etc/glance/glance-registry.conf"]
    assert sections["DEFAULT"] == {"bind_host": "127.0.0.1", "bind_port": 9191, "debug": True}
