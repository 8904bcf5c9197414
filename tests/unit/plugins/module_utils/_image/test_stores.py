# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.import_method import ImportMethod
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Outcome
from ansible_collections.osops.glance.plugins.module_utils._image.model import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.stores import Stores
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Limits

WISH = Desired(name="cirros", attributes={})


class FakeImages:
    """A service with three stores, of which one fails."""

    def __init__(self, stores: str) -> None:
        self.image = {"id": "1", "status": "active", "stores": stores}
        self.checked: list[ImportMethod] = []
        self.imports = self

    def stores(self) -> tuple[str, ...]:
        return "a", "b", "broken"

    def check(self, way: ImportMethod) -> None:
        self.checked.append(way)

    def get(self, image_id: str) -> dict[str, Any]:
        return self.image

    def start(self, image_id: str, method: str, stores: Any, all_stores_must_succeed: bool | None) -> None:
        assert method == "copy-image"
        self.asked = stores

    def finish(self, image_id: str, timeout: float, stall: float) -> Outcome:
        failed = tuple(store for store in self.asked if store == "broken")
        there = [store for store in (*self.image["stores"].split(","), *self.asked) if store not in failed]
        self.image["stores"] = ",".join(there)
        return Outcome(self.image, (), tuple(there), failed)

    def remove(self, image_id: str, store: str) -> None:
        self.image["stores"] = ",".join(each for each in self.image["stores"].split(",") if each != store)


def stores(images: FakeImages, missed: list[Any], **way: Any) -> Stores:
    return Stores(ImportMethod(**way), lambda: images, Limits(), nullcontext, missed.append)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("present", "way", "after", "missed"),
    [
        pytest.param("a", {}, "a", [], id="not asked for"),
        pytest.param("a", {"stores": ("a",)}, "a", [], id="as it is"),
        pytest.param("a", {"stores": ("b",)}, "a,b", [()], id="copied"),
        pytest.param("a", {"stores": ("b",), "stores_mode": "replace"}, "b", [()], id="moved"),
        pytest.param("a,b", {"stores": ("b",), "stores_mode": "replace"}, "b", [], id="removed"),
        pytest.param("a", {"all_stores": True}, "a,b", [("broken",)], id="all but one"),
    ],
)
def test_data_is_brought_to_its_stores(present: str, way: dict[str, Any], after: str, missed: list[Any]) -> None:
    images = FakeImages(present)
    told: list[Any] = []
    ours = stores(images, told, **way)
    steps = ours.steps(images.image, WISH)
    assert bool(steps) is (present != after)
    for step in steps:
        assert ours.spread(images.image, **(step.arguments or {}))["stores"] == after
    assert (images.image["stores"], told) == (after, missed)


@pytest.mark.parametrize(
    ("way", "after", "checked"),
    [
        pytest.param({}, "a", ["upload"], id="one store"),
        pytest.param({"stores": ("a", "b")}, "a,b", ["upload", "copy-image"], id="several"),
        pytest.param({"method": "glance-direct", "stores": ("a", "b")}, "a", ["glance-direct"], id="by the service"),
    ],
)
def test_new_data_is_copied_on_by_the_service(way: dict[str, Any], after: str, checked: list[str]) -> None:
    images = FakeImages("a")
    ours = stores(images, [], **way)
    ours.check()
    assert [each.method for each in images.checked] == checked
    assert ours.complete(images.image)["stores"] == after
