# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Account, Server


@pytest.mark.parametrize(
    ("version", "release"),
    [
        pytest.param("10.11.6-MariaDB-0+deb12u1", (10, 11), id="direct"),
        pytest.param("5.5.5-10.3.39-MariaDB", (10, 3), id="behind a proxy"),
        pytest.param("5.5.68-MariaDB", (5, 5), id="MariaDB 5.5"),
        pytest.param("", (), id="unknown"),
    ],
)
def test_release_is_parsed_from_the_version(version: str, release: tuple[int, ...]) -> None:
    assert Server(version).release == release


def test_account_is_named_by_user_and_host() -> None:
    assert str(Account("glance", "10.0.0.%")) == "glance@10.0.0.%"
