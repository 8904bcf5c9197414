# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.model import (
    creation_order,
    is_property,
    property_text,
    temporary_name,
    without_records,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("os_distro", True),
        ("size", False),
        ("tags", False),
        ("osops_source", False),
        ("os_glance_import_task", False),
        ("owner_specified.openstack.md5", False),
    ],
)
def test_attributes_and_reserved_properties_are_no_properties_of_the_user(name: str, expected: bool) -> None:
    assert is_property(name) is expected


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (1, "1"), ("True", "True")])
def test_property_values_are_text(value: Any, text: str) -> None:
    assert property_text(value) == text


def test_records_are_removed() -> None:
    attributes = {"name": "x", "p": None, "osops_source": "{}", "osops_retired": "true", "osops_upload_by": None}
    assert without_records(attributes) == {"name": "x", "p": None}


def test_temporary_name_has_a_maximum_length() -> None:
    assert temporary_name("cirros") == "(upload of osops.glance) cirros"
    assert len(temporary_name("x" * 255)) == 255


def test_images_of_the_same_time_are_sorted_by_id() -> None:
    images = [{"id": "b", "created_at": "1"}, {"id": "a", "created_at": "1"}, {"id": "c", "created_at": "0"}]
    assert [image["id"] for image in sorted(images, key=creation_order)] == ["c", "a", "b"]
