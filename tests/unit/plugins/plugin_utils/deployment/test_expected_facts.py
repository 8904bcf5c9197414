# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.expected_facts import (
    SEPARATOR,
    expected_facts,
    facts_command,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import plan
from tests import plans

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
CENTOS = 'NAME="CentOS Stream"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n'
CHECKS: dict[str, Any] = {
    "upgrades": False,
    "packages": {"Debian": ["glance-api", "uwsgi-core"], "RedHat": ["openstack-glance"]},
    "available_packages": {"Debian": ["glance-api"], "RedHat": ["openstack-glance"]},
    "stat_files": {"Debian": ["/etc/glance/glance-api.conf", "/etc/a b"], "RedHat": ["/etc/glance/glance-api.conf"]},
    "directories": [{"path": "/var/lib/glance/images"}],
}


def output(release: str = BOOKWORM, debs: str = "", rpms: str = "", paths: str = "") -> str:
    return f"{SEPARATOR}\n".join([release, debs, rpms, paths])


def test_deployed_host_is_expected() -> None:
    text = output(debs="ii glance-api 2:25.1.0-2\n", paths="/etc/a b\n")
    assert expected_facts(text, CHECKS) == {
        "packages": {
            "glance-api": {"installed": "2:25.1.0-2", "candidate": None},
            "uwsgi-core": {"installed": None, "candidate": None},
        },
        "unchanged_directories": ["/var/lib/glance/images"],
        "existing_files": ["/etc/a b"],
        "interrupted": False,
        "family": "Debian",
        "distribution": "debian 12",
    }


def test_output_of_a_terminal_is_the_same() -> None:
    text = output(debs="ii glance-api 2:25.1.0-2\n", paths="/etc/a b\n")
    assert expected_facts(text, CHECKS) is not None
    assert expected_facts(text.replace("\n", "\r\n"), CHECKS) == expected_facts(text, CHECKS)


def test_family_decides_which_packages_count() -> None:
    text = output(CENTOS, debs="ii glance-api 2:25.1.0-2\n", rpms="openstack-glance 1:24.0.0-1.el9\n")
    facts = expected_facts(text, CHECKS)
    assert facts is not None
    assert facts["distribution"] == "centos 9"
    assert facts["packages"] == {"openstack-glance": {"installed": "1:24.0.0-1.el9", "candidate": None}}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="no output"),
        pytest.param("sh: syntax error", id="another output"),
        pytest.param(output(), id="no packages"),
        pytest.param(output(debs="rc glance-api 2:25.1.0-2\n"), id="removed package"),
        pytest.param(output(release="", debs="ii glance-api 2:25.1.0-2\n"), id="no distribution"),
    ],
)
def test_other_hosts_are_not_expected(text: str) -> None:
    assert expected_facts(text, CHECKS) is None


def test_command_of_the_plan_runs_on_any_host(tmp_path: Path) -> None:
    """This machine has no packages of the service, and perhaps no package manager of the two."""
    present = tmp_path / "it's present"
    present.touch()
    checks = plan(plans.host_of(), ["preflight"])["preflight"]
    checks["stat_files"] = {"Debian": [str(present), str(tmp_path / "missing")], "RedHat": []}
    shell = ["/bin/sh", "-c", facts_command(checks)]
    parts = subprocess.run(shell, capture_output=True, text=True, check=False).stdout.split(f"{SEPARATOR}\n")
    assert len(parts) == 4
    assert "ID=" in parts[0]
    assert parts[3] == f"{present}\n"
