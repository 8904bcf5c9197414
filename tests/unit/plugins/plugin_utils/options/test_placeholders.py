# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options.placeholders import (
    contains_guide_word,
    is_placeholder,
)


@pytest.mark.parametrize("secret", ["GLANCE_DBPASS", "ADMIN_PASS", "mysql://u:GLANCE_DBPASS@h", "changeme", "<secret>"])
def test_placeholder_is_recognized(secret: str) -> None:
    assert is_placeholder(secret)


@pytest.mark.parametrize("secret", ["Sesame", "COMPASS", "my password", "openstack1", 5, ""])
def test_other_value_is_not_a_placeholder(secret: Any) -> None:
    assert not is_placeholder(secret)


def test_temporary_password_is_not_a_guide_word() -> None:
    assert contains_guide_word("mysql://u:GLANCE_DBPASS@h")
    assert not contains_guide_word("changeme")
