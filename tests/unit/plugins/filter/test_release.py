# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.filter.release import FilterModule

TABLE = {
    "icehouse": {"version": "2014.1"},
    "juno": {"version": "2014.2"},
    "liberty": {"version": 11},
    "zed": {"version": "25"},
}


def release(version: Any) -> Any:
    return FilterModule().filters()["release"](version, TABLE)


@pytest.mark.parametrize(
    ("version", "name"),
    [
        pytest.param("2:25.1.0-2+deb12u5", "zed", id="first part"),
        pytest.param("1:2014.1.5-1.el6", "icehouse", id="two parts"),
        pytest.param("2014.2", "juno", id="no revision"),
        pytest.param("1:11.0.2-1.el7", "liberty", id="a number in the table"),
    ],
)
def test_release_is_found_by_the_leading_parts(version: str, name: str) -> None:
    assert release(version) == name


@pytest.mark.parametrize("version", ["2:34.0.0-1", "2:2.5.1-1", "2014.10"])
def test_unknown_version_is_told_with_the_way_out(version: str) -> None:
    with pytest.raises(AnsibleFilterError, match="icehouse, juno, liberty, zed.*glance_release") as refused:
        release(version)
    assert version in str(refused.value)


@pytest.mark.parametrize("version", [None, "", "unknown"])
def test_no_version_is_told_with_the_way_out(version: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="glance_release"):
        release(version)
