# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash


@pytest.mark.parametrize(
    ("password", "hashed"),
    [
        # SELECT PASSWORD('mypass'), from the MariaDB manual.
        pytest.param("mypass", "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4", id="ascii"),
        # SELECT PASSWORD(CONVERT('é' USING latin1)) on MariaDB 10.11.
        pytest.param("é", "*4B5A0FF024D684C8B7538FA05F0EA8392B580C34", id="accented letter"),
    ],
)
def test_hash_matches_the_server(password: str, hashed: str) -> None:
    assert native_password_hash(password) == hashed


def test_password_that_cannot_be_sent_is_refused_and_not_displayed() -> None:
    with pytest.raises(GlanceError, match="cannot send") as failure:
        native_password_hash("s3same-Ω")
    assert "s3same" not in str(failure.value)
