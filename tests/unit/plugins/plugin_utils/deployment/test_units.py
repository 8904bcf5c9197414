# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.units import unit_files, uwsgi_options
from tests import plans

UNIT = "/etc/systemd/system/glance-api.service"
UWSGI = "/etc/glance/glance-api-uwsgi.ini"
VENV = {"glance_api_install_method": "venv", "glance_api_version": "33.0.0"}


@pytest.mark.parametrize(
    ("release", "options", "paths"),
    [
        pytest.param("zed", {}, [], id="unit of the package"),
        pytest.param("zed", {"glance_api_server": "uwsgi"}, [UNIT, UWSGI], id="another server than the package"),
        pytest.param("2026.2", {}, [UNIT, UWSGI], id="uWSGI"),
        pytest.param("zed", VENV, [UNIT], id="virtual environment"),
        pytest.param("zed", {"facts": {"existing_files": [UNIT]}}, [UNIT], id="unit written before"),
        pytest.param("zed", {"distribution": "debian 11"}, [UNIT], id="package with another server"),
    ],
)
def test_units_are_managed_if_the_package_has_no_suitable_one(release: str, options: Any, paths: list[str]) -> None:
    assert list(unit_files(plans.service_of(release, **options))) == paths


def test_registry_has_a_unit_if_the_release_has_a_registry() -> None:
    assert "/etc/systemd/system/glance-registry.service" in unit_files(plans.service_of("train", **VENV))


def test_unit_of_a_package_logs_to_a_file_and_a_virtual_environment_to_the_journal() -> None:
    packaged = unit_files(plans.service_of("zed", distribution="debian 11"))[UNIT]
    virtual = unit_files(plans.service_of("zed", **VENV))[UNIT]
    assert packaged["Service"]["ExecStart"].endswith(" --log-file=/var/log/glance/glance-api.log")
    assert virtual["Service"]["ExecStart"].endswith("/bin/glance-api --config-file=/etc/glance/glance-api.conf")


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("zed", {"wsgi-file": "/usr/bin/glance-wsgi-api", "plugins": "python3"}),
        ("2026.2", {"module": "glance.wsgi.api:application", "processes": "%k"}),
    ],
)
def test_uwsgi_loads_the_application_of_the_release(release: str, expected: dict[str, str]) -> None:
    assert expected.items() <= uwsgi_options(plans.service_of(release)).items()


def test_options_of_uwsgi_replace_the_defaults() -> None:
    options = uwsgi_options(plans.service_of("zed", glance_api_uwsgi={"processes": 9}, glance_api_bind_host="::"))
    assert (options["processes"], options["http-socket"]) == (9, "[::]:9292")
