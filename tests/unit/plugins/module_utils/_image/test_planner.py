# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.context import ImageContext
from ansible_collections.osops.glance.plugins.module_utils._image.image_source import ImageSource
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.planner import ImagePlan, ImagePlanner, status_after
from ansible_collections.osops.glance.plugins.module_utils._image.stores import StorePlacement
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    run_context,
    temporary,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import desired

NEW = "12345678-1234-1234-1234-123456789abc"


@pytest.fixture
def glance() -> FakeGlance:
    return FakeGlance()


def planner(glance: FakeGlance, directory: Path, content: bytes | None = None, **params: Any) -> ImagePlanner:
    if content is not None:
        (directory / "disk").write_bytes(content)
        params["src"] = str(directory / "disk")
    params = {"name": "cirros", "src": None, "url": None, "decompress": "none", **params}
    source = ImageSource(params)
    context = ImageContext(params, run_context(glance, directory), source.current)
    stores = StorePlacement(context.method, lambda: context.api, Limits(), nullcontext, lambda _stores: None)
    return ImagePlanner(context, source, stores)


def planned(glance: FakeGlance, directory: Path, content: bytes | None = None, **params: Any) -> ImagePlan:
    copies = [image for image in glance.images.values() if "osops_retired" in image]
    return planner(glance, directory, content, **params).plan(glance.images.values(), copies)


def actions(plan: ImagePlan) -> list[str]:
    return [step.action for step in plan.steps]


def test_absent_image_is_created(glance: FakeGlance, tmp_path: Path) -> None:
    plan = planned(glance, tmp_path, CONTENT, visibility="public")
    assert (actions(plan), plan.is_upload) == (["create"], True)
    assert plan.image["visibility"] == "public"
    assert glance.writes() == []


def test_image_with_the_desired_content_needs_no_step(glance: FakeGlance, tmp_path: Path) -> None:
    existing = glance.add(CONTENT, name="cirros")
    plan = planned(glance, tmp_path, CONTENT)
    assert (actions(plan), plan.image["id"], plan.is_upload) == ([], existing, False)


def test_image_with_other_content_is_replaced(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(b"\0old", name="cirros", visibility="private")
    assert actions(planned(glance, tmp_path, CONTENT)) == ["replace", "retire"]


def test_attributes_are_updated(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(CONTENT, name="cirros")
    plan = planned(glance, tmp_path, min_ram=64)
    assert (actions(plan), plan.image["min_ram"]) == (["update"], 64)


def test_members_are_part_of_the_plan(glance: FakeGlance, tmp_path: Path) -> None:
    existing = glance.add(CONTENT, name="cirros", visibility="shared")
    glance.members[existing] = {"a": "accepted"}
    (step,) = planned(glance, tmp_path, members=["a", "b"]).steps
    assert (step.action, step.after) == ("set_members", {"a": "accepted", "b": "pending"})


def test_image_is_deactivated(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(CONTENT, name="cirros")
    assert actions(planned(glance, tmp_path, state="deactivated")) == ["deactivate"]


def test_all_images_of_the_name_are_removed(glance: FakeGlance, tmp_path: Path) -> None:
    for owner in ("own-project", "own-project", "another"):
        glance.add(CONTENT, name="cirros", owner=owner)
    assert actions(planned(glance, tmp_path, state="absent")) == ["remove", "remove"]


def test_stale_temporary_image_is_removed_first(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(**temporary("cirros"))
    assert actions(planned(glance, tmp_path, CONTENT)) == ["remove", "create"]


def test_temporary_image_of_an_active_run_is_kept(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(**temporary("cirros", age=1))
    assert actions(planned(glance, tmp_path, CONTENT)) == ["create"]


def test_surplus_retired_copies_are_pruned(glance: FakeGlance, tmp_path: Path) -> None:
    for number in (1, 2):
        record = f'{{"image": "id-{number}", "retired": "cirros"}}'
        glance.add(CONTENT, name=f"cirros ({number})", osops_retired="true", osops_source=record)
    glance.members["id-1"] = {"a": "accepted"}
    glance.add(CONTENT, name="cirros")
    assert actions(planned(glance, tmp_path, keep=1)) == []
    glance.members.clear()
    assert actions(planned(glance, tmp_path, keep=1)) == ["prune"]


def test_unknown_id_is_refused(glance: FakeGlance, tmp_path: Path) -> None:
    with pytest.raises(GlanceError, match="There is no image with the ID 1"):
        planned(glance, tmp_path, name=None, id="1")
    assert actions(planned(glance, tmp_path, name=None, id="1", state="absent")) == []


def test_quota_of_the_own_project_is_checked(glance: FakeGlance, tmp_path: Path) -> None:
    glance.quota = (10, 10)
    with pytest.raises(GlanceError, match="quota"):
        planned(glance, tmp_path, CONTENT)
    assert actions(planned(glance, tmp_path, CONTENT, owner="another")) == ["create"]


def test_kernel_is_replaced_by_its_id(glance: FakeGlance, tmp_path: Path) -> None:
    kernel = glance.add(CONTENT, name="vmlinuz")
    glance.add(CONTENT, name="cirros", ramdisk_id="old")
    plan = planned(glance, tmp_path, kernel="vmlinuz", ramdisk="")
    assert plan.desired.attributes == {"kernel_id": kernel, "ramdisk_id": None}


def test_names_include_those_of_kernel_and_ramdisk(glance: FakeGlance, tmp_path: Path) -> None:
    names = planner(glance, tmp_path, kernel="vmlinuz", ramdisk=NEW).names()
    assert names == {"cirros", "(upload of osops.glance) cirros", "vmlinuz"}


@pytest.mark.parametrize(
    ("params", "needed"), [({}, False), ({"keep": 1}, True), ({"keep": 1, "id": "1"}, False)], ids=str
)
def test_retired_copies_are_needed_only_to_limit_them(
    glance: FakeGlance, tmp_path: Path, params: dict[str, Any], needed: bool
) -> None:
    assert planner(glance, tmp_path, **params).needs_retired_copies() is needed


@pytest.mark.parametrize(
    ("state", "previous", "after"),
    [
        ("present", [], "present"),
        ("present", ["deactivated"], "deactivated"),
        ("active", ["deactivated"], "active"),
        ("deactivated", ["active"], "deactivated"),
    ],
)
def test_present_keeps_an_image_deactivated(state: str, previous: list[str], after: str) -> None:
    assert status_after(desired(state=state), [{"status": status} for status in previous]) == after
