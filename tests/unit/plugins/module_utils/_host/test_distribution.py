# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import distro

from ansible_collections.osops.glance.plugins.module_utils._host.distribution import (
    Distribution,
    distribution_of,
    for_family,
    read_distribution,
)


@pytest.mark.parametrize(
    ("text", "name", "family"),
    [
        pytest.param('PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="12"\n', "debian 12", "Debian", id="Debian"),
        pytest.param("ID=debian\n", "debian", "Debian", id="Debian without a version"),
        pytest.param('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', "ubuntu 24.04", "Debian", id="Ubuntu"),
        pytest.param('ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n', "centos 9", "RedHat", id="CentOS"),
        pytest.param("ID=linuxmint\nID_LIKE='ubuntu debian'\n", "linuxmint", "Debian", id="derived from Ubuntu"),
        pytest.param('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', "rocky 9.4", "RedHat", id="Rocky"),
        pytest.param("# ID=debian\n\nID=arch\n", "arch", "", id="another family"),
        pytest.param("", "linux", "", id="empty file"),
    ],
)
def test_distribution_is_read_from_os_release(tmp_path: Path, text: str, name: str, family: str) -> None:
    (tmp_path / "os-release").write_text(text)
    host = distro.LinuxDistribution(include_lsb=False, os_release_file=str(tmp_path / "os-release"))
    assert distribution_of(host.os_release_info()) == Distribution(name, family)


def test_distribution_of_this_host_is_read() -> None:
    assert read_distribution().name


@pytest.mark.parametrize(
    ("values", "found"),
    [(["a"], ["a"]), ({"Debian": ["b"], "RedHat": ["c"]}, ["b"]), ({"RedHat": ["c"]}, [])],
    ids=["every family", "its own family", "another family"],
)
def test_values_for_a_family(values: Any, found: list[str]) -> None:
    assert for_family(values, "Debian") == found
