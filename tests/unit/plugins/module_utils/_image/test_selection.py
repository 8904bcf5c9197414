# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.selection import (
    owned_by,
    replaced_images,
    select_image,
    temporary_images,
    visible_to_all,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    desired,
    image,
)

OLD, NEW = image(id="1", created_at="2025"), image(id="2", created_at="2026", os_hash_value="0" * 128, checksum="0")


@pytest.mark.parametrize(
    ("images", "selected", "same"),
    [
        pytest.param([], None, False, id="none"),
        pytest.param([NEW], "2", False, id="one with other content"),
        pytest.param([OLD], "1", True, id="one with the content"),
        pytest.param([NEW, OLD], "1", True, id="the one with the content"),
        pytest.param([{**OLD, "id": "3", "created_at": "2026"}, OLD], "1", True, id="the oldest of equals"),
    ],
)
def test_image_with_the_desired_content_is_selected(
    file: FileSource, images: Any, selected: str | None, same: bool
) -> None:
    found, has_content, _warnings = select_image(images, desired(), file)
    assert (found and found["id"], has_content) == (selected, same)


def test_several_images_without_the_desired_content_are_refused(file: FileSource) -> None:
    with pytest.raises(GlanceError, match="2 images .* none has the desired content: 2, 3"):
        select_image([NEW, {**NEW, "id": "3"}], desired(), file)


def test_several_images_are_refused_if_no_content_is_specified() -> None:
    with pytest.raises(GlanceError, match="no option selects one of them: 1, 2"):
        select_image([NEW, OLD], desired(), None)


def test_replaced_image_is_found() -> None:
    new = image(id="2", osops_source=json.dumps({"image": "2", "replaces": "1"}))
    assert [found["id"] for found in replaced_images([image(id="1"), new, image(id="3")])] == ["1"]


def test_private_images_of_other_projects_are_not_selected() -> None:
    found = [image(id=kind, visibility=kind) for kind in ("public", "private", "shared", "community")]
    assert [each["id"] for each in visible_to_all(found)] == ["public", "community"]
    assert owned_by(found, {"you"}) == []


@pytest.mark.parametrize(
    ("attributes", "is_temporary"),
    [
        pytest.param({"osops_upload_of": "cirros", "status": "queued"}, True, id="unfinished"),
        pytest.param({"osops_upload_of": "cirros", "status": "active"}, True, id="complete"),
        pytest.param({"osops_upload_of": "fedora", "status": "queued"}, False, id="of another image"),
        pytest.param({"status": "queued"}, True, id="unfinished, without record"),
        pytest.param({"status": "active"}, False, id="complete, without record"),
        pytest.param({"status": "deactivated"}, False, id="deactivated, without record"),
    ],
)
def test_complete_image_without_record_is_not_temporary(attributes: dict[str, str], is_temporary: bool) -> None:
    one = image(name="(upload of osops.glance) cirros", **attributes)
    assert temporary_images([one], "cirros") == [one] * is_temporary
