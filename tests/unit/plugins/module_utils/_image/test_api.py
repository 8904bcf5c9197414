# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.api import absent_image_api, image_api
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    NOW,
    FakeCloud,
    FakeGlance,
    fake_api,
)


def test_clock_of_the_service_is_used() -> None:
    api = fake_api(FakeGlance())
    assert abs(api.now - time.time()) < 5
    api.images.find("id-1")
    assert abs(api.now - NOW.timestamp()) < 5


@pytest.mark.parametrize("quota", [None, (9, 10)])
def test_quota_is_that_of_the_service(quota: tuple[int, int] | None) -> None:
    glance = FakeGlance()
    glance.quota = quota
    assert fake_api(glance).quota() == quota


def test_service_that_is_not_in_the_catalog_has_no_quota_and_no_stores() -> None:
    glance = FakeGlance()
    glance.in_catalog = False
    api = fake_api(glance)
    assert (api.is_in_catalog, api.quota(), api.stores(), glance.calls) == (False, None, (), [])


def test_absent_service_has_no_images() -> None:
    api = absent_image_api()
    assert (api.listing.named({"x"}), api.listing.retired(), api.images.find("1")) == ([], [], None)
    assert (api.quota(), api.stores()) == (None, ())


def test_traits_are_shared_between_threads() -> None:
    glance = FakeGlance()
    glance.protected = ("create",)
    first = fake_api(glance)
    first.images.create({"name": "x", "osops_source": "{}"})
    second = image_api(FakeCloud(glance), first.traits)  # type: ignore[arg-type]
    second.images.create({"name": "x", "osops_source": "{}"})
    assert glance.writes() == ["POST"] * 3


def test_error_of_the_service_is_reported() -> None:
    with pytest.raises(GlanceError, match="answered 404"):
        fake_api(FakeGlance()).images.get("id-1")
