# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.shadow import (
    files_in,
    shadow_warning,
    shadowed_by_environment,
    shadowed_by_files,
)


def oslo(text: str) -> Document:
    return parse(text, DIALECTS["oslo"])


def setting(name: str, *values: str | None) -> Setting:
    section, option = name.split("/")
    return Setting(section, option, values)


def test_setting_in_a_later_file_is_shadowed() -> None:
    others = [
        ("/etc/a.conf", oslo("[DEFAULT]\ndebug = 1\n[Database]\nconnection = a\n[database]\nconnection = b\n")),
        ("/etc/b.conf", oslo("[DEFAULT]\n#debug = 1\nDebug = 1\nworkers = 2\n")),
        ("/etc/c.conf", oslo("[DEFAULT]\ndebug = 1\n")),
    ]
    settings = [setting("DEFAULT/debug", "true"), setting("DATABASE/connection", "c"), setting("DEFAULT/workers")]
    found = shadowed_by_files(settings, others)
    assert found == [
        {"section": "DEFAULT", "option": "debug", "path": "/etc/a.conf", "line": 2},
        {"section": "DATABASE", "option": "connection", "path": "/etc/a.conf", "line": 6},
        {"section": "DEFAULT", "option": "debug", "path": "/etc/c.conf", "line": 2},
    ]
    assert shadow_warning(found[1]) == (
        "DATABASE/connection: /etc/a.conf, line 6, is read later and sets it again, and overrides it unless the option "
        "is repeatable"
    )


def test_names_are_compared_by_the_dialect() -> None:
    other = parse("[a]\nX = 1\n", DIALECTS["ini"])
    assert [
        found["line"] for found in shadowed_by_files([setting("a/x", "1"), setting("A/x", "1")], [("b", other)])
    ] == [2]


def test_setting_in_the_environment_is_shadowed() -> None:
    settings = [
        setting("DEFAULT/debug", "true"),
        setting("Glance_Store/rbd_pool", "a"),
        setting("DEFAULT/workers", "1"),
        setting("DEFAULT/host"),
    ]
    environment = {
        "OS_DEFAULT__DEBUG": "",
        "OS_GLANCE_STORE__RBD_POOL": "canary",
        "OS_WORKERS": "",
        "OS_DEFAULT__HOST": "",
    }
    found = shadowed_by_environment(settings, environment)
    assert found == [
        {"section": "DEFAULT", "option": "debug", "variable": "OS_DEFAULT__DEBUG"},
        {"section": "Glance_Store", "option": "rbd_pool", "variable": "OS_GLANCE_STORE__RBD_POOL"},
    ]
    assert shadow_warning(found[0]) == (
        "DEFAULT/debug: OS_DEFAULT__DEBUG in the environment of the service overrides it"
    )


@pytest.mark.parametrize("name", ["DEFAULT/debug", "database/max_retries", "glance.store.rbd/rbd_pool"])
def test_variables_are_those_of_oslo_config(name: str) -> None:
    pytest.importorskip("oslo_config.cfg")
    driver = pytest.importorskip("oslo_config.sources._environment").EnvironmentConfigurationSource
    settings = setting(name, "1")
    variable = driver.get_name(None if settings.section == "DEFAULT" else settings.section, settings.option)
    assert [found["variable"] for found in shadowed_by_environment([settings], {variable: ""})] == [variable]


def test_directories_are_replaced_by_their_configuration_files(tmp_path: Path) -> None:
    for name in ("b.conf", "a.conf", "README"):
        (tmp_path / name).touch()
    expected = [f"{tmp_path}/{name}" for name in ("README", "a.conf", "b.conf")]
    assert files_in([f"{tmp_path}/README", str(tmp_path)]) == expected
