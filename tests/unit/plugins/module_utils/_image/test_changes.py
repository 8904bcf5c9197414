# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.changes import desired_attributes, patch
from ansible_collections.osops.glance.plugins.module_utils._image.desired import desired_image
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    image,
    params,
    record,
)


@pytest.mark.parametrize(
    ("attributes", "operations"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"visibility": "public", "tags": [], "p": "1", "os_hidden": False}, [], id="as it is"),
        pytest.param({"gone": None}, [], id="removing what is not there"),
        pytest.param({"p": None}, [{"op": "remove", "path": "/p"}], id="property removed"),
        pytest.param({"q": "1"}, [{"op": "add", "path": "/q", "value": "1"}], id="property added"),
        pytest.param({"p": "2"}, [{"op": "replace", "path": "/p", "value": "2"}], id="property changed"),
        pytest.param({"a/b~c": "1"}, [{"op": "add", "path": "/a~1b~0c", "value": "1"}], id="name with slash and tilde"),
        pytest.param({"tags": ["x"]}, [{"op": "replace", "path": "/tags", "value": ["x"]}], id="tags"),
        pytest.param(
            {"visibility": "private", "protected": True},
            [
                {"op": "replace", "path": "/protected", "value": True},
                {"op": "replace", "path": "/visibility", "value": "private"},
            ],
            id="attributes, in one patch",
        ),
    ],
)
def test_patch_contains_only_changes(attributes: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    assert patch(image(p="1"), attributes) == operations


def test_order_of_tags_does_not_matter() -> None:
    assert patch(image(tags=["b", "a"]), {"tags": ["a", "b"]}) == []


def test_hidden_false_is_no_change_before_rocky() -> None:
    old = {name: value for name, value in image().items() if name != "os_hidden"}
    assert patch(old, {"os_hidden": False}) == []


@pytest.mark.parametrize(
    ("options", "after"),
    [
        pytest.param({"tags": ["c", "a"], "tags_mode": "merge"}, {"tags": ["a", "b", "c"]}, id="tags are merged"),
        pytest.param({"tags": []}, {"tags": []}, id="no tags"),
        pytest.param({"properties": {}, "properties_mode": "replace"}, {"p": None}, id="no properties"),
        pytest.param(
            {"properties": {"q": 1}, "properties_mode": "replace", "architecture": "x86_64"},
            {"p": None, "q": "1", "architecture": "x86_64"},
            id="these properties",
        ),
        pytest.param({"properties_mode": "replace"}, {}, id="properties are not mentioned"),
        pytest.param({"kernel": "k", "ramdisk": "r"}, {"kernel_id": "k", "ramdisk_id": "r"}, id="names of the schema"),
    ],
)
def test_attributes_are_merged_with_those_of_the_image(options: Any, after: Any) -> None:
    kept = {"os_glance_import_task": "1", "owner_specified.openstack.md5": "x", "stores": "fs", **record(origin="x")}
    assert desired_attributes(image(tags=["b", "a"], p="1", **kept), desired_image(params(**options))) == after
