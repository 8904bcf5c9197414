# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._comparison.resources import RESOURCES


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_resource_can_be_loaded(name: str) -> None:
    make, spec = RESOURCES[name]()
    assert {"plan", "apply", "result"} <= set(dir(getattr(make, "func", make)))
    assert all(option["type"] for option in spec.values() if "type" in option)
