# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.steps import (
    absent_steps,
    prune_steps,
    update_steps,
    upload_step,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    SHA512,
    desired,
    image,
    record,
)


def test_update_contains_only_changes() -> None:
    (step,) = update_steps(image(p="1"), desired(attributes={"p": None, "min_ram": 64, "visibility": "public"}))
    assert (step.action, step.before, step.after) == ("update", {"p": "1", "min_ram": 0}, {"p": None, "min_ram": 64})


def test_unchanged_image_needs_no_update() -> None:
    assert update_steps(image(), desired(attributes={"visibility": "public"})) == ()


def test_new_image_is_private_by_default(file: FileSource) -> None:
    step = upload_step(None, desired(attributes={"p": "1", "gone": None}), file, "raw")
    assert step.before is None
    assert step.after == {
        "content": f"{file.name}, 8 bytes",
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "private",
        "p": "1",
    }


def test_new_content_inherits_attributes(file: FileSource) -> None:
    previous = image(
        min_ram=64,
        tags=["a"],
        p="1",
        q="2",
        **{"owner_specified.openstack.md5": "x", "img_signature": "x", "os_glance_importing_to_stores": "", **record()},
    )
    step = upload_step(previous, desired(attributes={"q": None, "protected": True}), file, "qcow2")
    assert step.arguments
    assert step.arguments["attributes"] == {
        "visibility": "public",
        "protected": True,
        "os_hidden": False,
        "min_disk": 0,
        "min_ram": 64,
        "owner": "me",
        "tags": ["a"],
        "p": "1",
    }
    assert step.before == {
        "content": f"8 bytes, sha512:{SHA512}",
        "disk_format": "raw",
        "protected": False,
        "q": "2",
    }
    assert step.after == {"content": f"{file.name}, 8 bytes", "disk_format": "qcow2", "protected": True}


def test_protected_image_is_removed_only_if_permitted() -> None:
    protected = image(protected=True)
    with pytest.raises(GlanceError, match="protected, so it cannot be removed. Set protected: false or force: true"):
        absent_steps([protected], desired())
    assert len(absent_steps([protected], desired(attributes={"protected": False}))) == 1


@pytest.mark.parametrize(
    ("keep", "coming", "removed"),
    [(None, 1, []), (3, 0, []), (2, 0, ["1"]), (2, 1, ["2", "1"]), (0, 1, ["3", "2", "1"])],
)
def test_oldest_surplus_copies_are_pruned(keep: int | None, coming: int, removed: list[str]) -> None:
    copies = [image(id=name, created_at=name) for name in "321"] + [image(id="0", protected=True)]
    assert [step.before and step.before["id"] for step in prune_steps(copies, desired(keep=keep), coming)] == removed
