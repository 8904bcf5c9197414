# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Sequence

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._image.context import ImageContext
from ansible_collections.osops.glance.plugins.module_utils._image.executor import ImageExecutor
from ansible_collections.osops.glance.plugins.module_utils._image.planner import ImagePlan
from ansible_collections.osops.glance.plugins.module_utils._image.result import ImageResult
from ansible_collections.osops.glance.plugins.module_utils._image.steps import (
    absent_steps,
    member_steps,
    prune_steps,
    retire_step,
    status_steps,
    store_steps,
    update_steps,
)
from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import StorePlan
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    answered,
    run_context,
)


class FakeStores:
    def place(self, image: Mapping[str, Any], copy: Sequence[str], remove: Sequence[str]) -> dict[str, Any]:
        return {**image, "stores": ",".join(copy)}


class FakePublisher:
    def publish(self, plan: ImagePlan, **upload: Any) -> dict[str, Any]:
        return {"id": "published", **upload}


class Execution:
    """Execution of steps for the image with the name cirros."""

    def __init__(self, glance: FakeGlance, directory: Path, **params: Any) -> None:
        self.context = ImageContext({"name": "cirros", **params}, run_context(glance, directory), None)
        self.desired = self.context.desired
        self.result = ImageResult("image cirros")
        self.executor = ImageExecutor(self.context, FakeStores(), FakePublisher(), self.result)  # type: ignore[arg-type]

    def run(self, *steps: Step) -> ImageResult:
        self.executor.execute(ImagePlan(self.desired, steps=steps))
        return self.result


@pytest.fixture
def glance() -> FakeGlance:
    return FakeGlance()


@pytest.fixture
def image(glance: FakeGlance) -> dict[str, Any]:
    return glance.images[glance.add(CONTENT, name="cirros")]


@pytest.mark.parametrize("action", ["create", "replace"])
def test_upload_is_published(glance: FakeGlance, tmp_path: Path, action: str) -> None:
    step = Step("image cirros", action, arguments={"record": {}})
    assert Execution(glance, tmp_path).run(step).image == {"id": "published", "record": {}}


def test_attributes_are_updated(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    execution = Execution(glance, tmp_path, min_ram=64)
    result = execution.run(*update_steps(dict(image), execution.desired))
    assert result.image["min_ram"] == image["min_ram"] == 64


def test_members_are_set(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    execution = Execution(glance, tmp_path)
    execution.result.image = dict(image)
    after = {"a": "accepted", "strict": "accepted"}
    result = execution.run(*member_steps(execution.desired, {}, after))
    assert glance.members[image["id"]] == {"a": "accepted", "strict": "pending"}
    assert result.warnings == [
        f"The state of the member strict of {image['id']} cannot be set with this account; only that project may set it"
    ]


def test_data_is_placed_in_stores(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    execution = Execution(glance, tmp_path)
    execution.result.image = dict(image)
    steps = store_steps(execution.desired, ("a",), StorePlan(copy=("b",), remove=("a",)))
    assert execution.run(*steps).image["stores"] == "b"


def test_image_is_deactivated_and_reactivated(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    execution = Execution(glance, tmp_path)
    execution.result.image = dict(image)
    for before, after in (("active", "deactivated"), ("deactivated", "active")):
        assert execution.run(*status_steps(execution.desired, before, after)).image["status"] == after


def test_image_is_removed(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    execution = Execution(glance, tmp_path)
    assert execution.run(*absent_steps([image], execution.desired)).removed == [image["id"]]
    assert glance.images == {}


def test_image_in_use_cannot_be_removed(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    glance.in_use = {image["id"]}
    execution = Execution(glance, tmp_path)
    with pytest.raises(GlanceError, match=f"The image cirros .{image['id']}. cannot be removed: .* 409"):
        execution.run(*absent_steps([image], execution.desired))


def test_retired_copy_in_use_is_kept(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    execution = Execution(glance, tmp_path, keep=0)
    steps = prune_steps([image], execution.desired, 0)
    glance.in_use = {image["id"]}
    assert "is in use; it is kept" in execution.run(*steps).warnings[0]
    glance.in_use = set()
    assert execution.run(*steps).removed == [image["id"]]


@pytest.mark.parametrize(
    ("replace", "has_members", "in_use", "hidden", "warning"),
    [
        pytest.param("rotate", False, False, False, None, id="rotate"),
        pytest.param("hide", False, False, True, None, id="hide"),
        pytest.param("delete", True, False, False, "has members; it is renamed and kept", id="members"),
        pytest.param("delete", False, True, True, "is in use; it is renamed and hidden", id="in use"),
    ],
)
def test_replaced_image_is_renamed(
    glance: FakeGlance,
    tmp_path: Path,
    image: dict[str, Any],
    replace: str,
    has_members: bool,
    in_use: bool,
    hidden: bool,
    warning: str | None,
) -> None:
    glance.in_use = {image["id"]} if in_use else set()
    execution = Execution(glance, tmp_path, replace=replace)
    result = execution.run(retire_step(dict(image), execution.desired, has_members))
    assert result.retired == [{"id": image["id"], "name": f"cirros ({image['created_at']})"}]
    assert (image["os_hidden"], image["osops_retired"]) == (hidden, "true")
    assert result.warnings == ([f"The replaced image {image['id']} {warning}"] if warning else [])


def test_replaced_image_is_removed(glance: FakeGlance, tmp_path: Path, image: dict[str, Any]) -> None:
    execution = Execution(glance, tmp_path)
    assert execution.run(retire_step(image, execution.desired, False)).removed == [image["id"]]


def test_replaced_image_that_cannot_be_removed_is_reported(
    glance: FakeGlance, tmp_path: Path, image: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glance, "_delete", lambda _id: answered(403, {"error": "policy"}))
    execution = Execution(glance, tmp_path)
    execution.result.image = {"id": "new"}
    message = f"The image cirros is now new, but the replaced image {image['id']} could not be removed or renamed"
    with pytest.raises(GlanceError, match=message):
        execution.run(retire_step(image, execution.desired, False))
