# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.filter.mysql_hash import mysql_hash


@pytest.mark.parametrize(
    ("password", "hashed"),
    [
        # SELECT PASSWORD('mypass'), as MariaDB's manual has it.
        pytest.param("mypass", "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4", id="ascii"),
        # SELECT PASSWORD(CONVERT('é' USING latin1)) on MariaDB 10.11.
        pytest.param("é", "*4B5A0FF024D684C8B7538FA05F0EA8392B580C34", id="a letter with an accent"),
    ],
)
def test_hash_is_the_one_of_the_server(password: str, hashed: str) -> None:
    assert mysql_hash(password) == hashed


def test_what_cannot_be_sent_is_refused_and_not_shown() -> None:
    with pytest.raises(AnsibleFilterError, match="cannot send") as failure:
        mysql_hash("s3same-Ω")
    assert "s3same" not in str(failure.value)
