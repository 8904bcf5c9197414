# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import FakeGlance, fake_api


@pytest.fixture
def glance() -> FakeGlance:
    fake = FakeGlance()
    for number in range(3):
        fake.add(name="x", number=str(number))
    fake.add(name="X")
    fake.add(name="x", os_hidden=True)
    fake.add(name="x", visibility="community")
    return fake


@pytest.mark.parametrize("supports_all", [True, False], ids=["since Stein", "before"])
@pytest.mark.parametrize(("hidden", "ids"), [(True, "12356"), (False, "1236")], ids=["with hidden", "without hidden"])
def test_images_of_a_name_are_listed(glance: FakeGlance, supports_all: bool, hidden: bool, ids: str) -> None:
    glance.supports_visibility_all = supports_all
    images = fake_api(glance).listing.named({"x"}, hidden=hidden)
    assert sorted(image["id"] for image in images) == [f"id-{number}" for number in ids]


def test_service_without_filter_operators_is_detected(glance: FakeGlance) -> None:
    glance.supports_operators = glance.supports_visibility_all = False
    images = fake_api(glance).listing.named({"x"})
    assert {image["name"] for image in images} == {"x"}


def test_service_that_lists_all_visibilities_has_filter_operators(glance: FakeGlance) -> None:
    assert fake_api(glance).listing.named({"y"}, hidden=False) == []
    assert len(glance.calls) == 1


def test_no_names_need_no_request(glance: FakeGlance) -> None:
    assert fake_api(glance).listing.named(set()) == []
    assert glance.calls == []


def test_service_that_is_not_in_the_catalog_has_no_images(glance: FakeGlance) -> None:
    glance.in_catalog = False
    listing = fake_api(glance).listing
    assert (listing.named({"x"}), listing.retired(), glance.calls) == ([], [], [])


def test_retired_copies_are_listed_with_hidden_ones(glance: FakeGlance) -> None:
    retired = [glance.add(name="y", osops_retired="true", os_hidden=hidden) for hidden in (False, True)]
    assert [image["id"] for image in fake_api(glance).listing.retired()] == retired
