# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import ImportMethod
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import ImportResult
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.stores import StorePlacement

DESIRED = Desired(name="cirros", attributes={})


class FakeApi:
    """An Image API with three stores, one of which fails."""

    is_in_catalog = True

    def __init__(self, stores: str) -> None:
        self.images = self.imports = self
        self.image = {"id": "1", "status": "active", "stores": stores}
        self.checked: list[str | None] = []

    def stores(self) -> tuple[str, ...]:
        return "a", "b", "broken"

    def check(self, method: str | None, stores: Any, all_stores: bool) -> None:
        self.checked.append(method)

    def get(self, image_id: str) -> dict[str, Any]:
        return self.image

    def start(self, image_id: str, method: str, stores: Any, all_stores_must_succeed: bool | None) -> None:
        assert method == "copy-image"
        self.requested = stores

    def wait(self, image_id: str, timeout: float, stall: float) -> ImportResult:
        failed = tuple(store for store in self.requested if store == "broken")
        held = [store for store in (*self.image["stores"].split(","), *self.requested) if store not in failed]
        self.image["stores"] = ",".join(held)
        return ImportResult(self.image, (), tuple(held), failed)

    def remove(self, image_id: str, store: str) -> None:
        self.image["stores"] = ",".join(each for each in self.image["stores"].split(",") if each != store)


def placement(api: FakeApi, failed: list[Any], **method: Any) -> StorePlacement:
    return StorePlacement(ImportMethod(**method), lambda: api, Limits(), nullcontext, failed.append)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("current", "method", "after", "failed"),
    [
        pytest.param("a", {}, "a", [], id="not set"),
        pytest.param("a", {"stores": ("a",)}, "a", [], id="unchanged"),
        pytest.param("a", {"stores": ("b",)}, "a,b", [()], id="copied"),
        pytest.param("a", {"stores": ("b",), "stores_mode": "replace"}, "b", [()], id="moved"),
        pytest.param("a,b", {"stores": ("b",), "stores_mode": "replace"}, "b", [], id="removed"),
        pytest.param("a", {"all_stores": True}, "a,b", [("broken",)], id="all but one"),
    ],
)
def test_data_is_placed_in_the_desired_stores(
    current: str, method: dict[str, Any], after: str, failed: list[Any]
) -> None:
    api = FakeApi(current)
    reported: list[Any] = []
    stores = placement(api, reported, **method)
    steps = stores.steps(api.image, DESIRED)
    assert bool(steps) is (current != after)
    for step in steps:
        assert stores.place(api.image, **(step.arguments or {}))["stores"] == after
    assert (api.image["stores"], reported) == (after, failed)


@pytest.mark.parametrize(
    ("method", "after", "checked"),
    [
        pytest.param({}, "a", [], id="one store"),
        pytest.param({"stores": ("a", "b")}, "a,b", [None, "copy-image"], id="several"),
        pytest.param({"method": "glance-direct", "stores": ("a", "b")}, "a", ["glance-direct"], id="by the service"),
    ],
)
def test_uploaded_data_is_copied_to_other_stores(method: dict[str, Any], after: str, checked: list[str]) -> None:
    api = FakeApi("a")
    stores = placement(api, [], **method)
    stores.check()
    assert api.checked == checked
    assert stores.complete(api.image)["stores"] == after
