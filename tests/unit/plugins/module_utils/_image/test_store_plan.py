# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import (
    StorePlan,
    missing_stores,
    plan_stores,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_imports import (
    image,
)

PLANS = [
    pytest.param("fs", [], "replace", StorePlan(), id="no desired stores"),
    pytest.param("fs", ["fs"], "replace", StorePlan(), id="as it is"),
    pytest.param("fs", ["two", "fs", "two"], "merge", StorePlan(copy=("two",)), id="one more"),
    pytest.param("fs,two", ["fs"], "merge", StorePlan(), id="one too many"),
    pytest.param("fs,two", ["fs"], "replace", StorePlan(remove=("two",)), id="one too many, exactly"),
    pytest.param("fs,two", ["new"], "replace", StorePlan(copy=("new",), remove=("fs", "two")), id="elsewhere"),
    pytest.param("", ["fs"], "replace", StorePlan(copy=("fs",)), id="no store yet"),
]


@pytest.mark.parametrize(("present", "desired", "mode", "plan"), PLANS)
def test_stores_are_planned(present: str, desired: list[str], mode: str, plan: StorePlan) -> None:
    assert plan_stores(image("active", present), desired, mode) == plan
    assert missing_stores(image("active", present), desired) == plan.copy
