# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.boot_images import (
    boot_image_names,
    with_boot_image_ids,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import desired, image

ID = "12345678-1234-1234-1234-123456789abc"


def resolved(images: list[dict[str, Any]], **attributes: Any) -> Any:
    return with_boot_image_ids(desired(attributes=attributes), images, {"me"}).attributes


def test_names_do_not_include_ids() -> None:
    assert boot_image_names(desired(attributes={"kernel_id": "vmlinuz", "ramdisk_id": ID})) == {"vmlinuz"}
    assert boot_image_names(desired()) == set()


@pytest.mark.parametrize(
    ("value", "expected"), [("vmlinuz", "7"), (ID, ID), ("", None)], ids=["name", "ID", "empty text removes it"]
)
def test_kernel_is_specified_by_name_or_id(value: str, expected: str | None) -> None:
    assert resolved([image(id="7", name="vmlinuz")], kernel_id=value) == {"kernel_id": expected}


def test_own_image_is_preferred_to_a_public_one() -> None:
    images = [image(id="1", name="vmlinuz", owner="you"), image(id="2", name="vmlinuz")]
    assert resolved(images, kernel_id="vmlinuz") == {"kernel_id": "2"}
    assert resolved(images[:1], kernel_id="vmlinuz") == {"kernel_id": "1"}


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "needs the image initrd, but there is no such image"),
        ([image(name="initrd", owner="you", visibility="private")], "there is no such image"),
        (
            [image(id="1", name="initrd"), image(id="2", name="initrd")],
            "2 images have the name: 1, 2. Set the ID of one",
        ),
    ],
    ids=["none", "private image of another project", "several"],
)
def test_missing_or_ambiguous_image_is_refused(images: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        resolved(images, ramdisk_id="initrd")
