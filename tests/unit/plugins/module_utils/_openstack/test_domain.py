# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._openstack.domain import domain_options


@pytest.mark.parametrize(
    ("domain", "key"),
    [
        ("Default", "name"),
        ("services", "name"),
        ("default", "id"),
        ("ba2ca47e32df467ea811a4a0e05ce84d", "id"),
        ("BA2CA47E32DF467EA811A4A0E05CE84D", "name"),
        ("ba2ca47e", "name"),
    ],
)
def test_domain_is_given_by_name_or_id(domain: str, key: str) -> None:
    other = "name" if key == "id" else "id"
    assert domain_options(domain) == {
        f"user_domain_{key}": domain,
        f"project_domain_{key}": domain,
        f"user_domain_{other}": None,
        f"project_domain_{other}": None,
    }
