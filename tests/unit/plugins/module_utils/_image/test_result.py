# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Step
from ansible_collections.osops.glance.plugins.module_utils._image.result import ImageResult
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import MD5, SHA512, image


def test_result_contains_the_image_and_its_digests() -> None:
    result = ImageResult("image cirros", image=image(stores="a,b"), removed=["2"])
    assert result.to_dict([Step("image cirros", "update")]) == {
        "id": "1",
        "image": image(stores="a,b"),
        "action": "update",
        "digests": {"md5": MD5, "sha512": SHA512},
        "retired": [],
        "removed": ["2"],
        "stores": ["a", "b"],
    }


def test_transfer_is_returned_only_after_an_upload() -> None:
    assert "transfer" not in ImageResult("image cirros").to_dict([])
    assert ImageResult("image cirros", transfer={"bytes": 1}).to_dict([])["transfer"] == {"bytes": 1}


def test_failed_stores_are_a_warning() -> None:
    result = ImageResult("image cirros")
    result.add_failed_stores(())
    result.add_failed_stores(("a", "b"))
    assert result.warnings == ["The data of the image cirros was not copied to a, b"]
