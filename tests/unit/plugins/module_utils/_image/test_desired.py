# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.desired import desired_image, parse_members
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    params,
)


def test_unset_options_set_no_attributes() -> None:
    assert desired_image(params()).attributes == {}


def test_attributes_have_their_api_names() -> None:
    value = {"hidden": True, "min_disk": 0, "tags": ["b", "a", "b"], "visibility": "shared"}
    assert desired_image(params(**value)).attributes == {
        "os_hidden": True,
        "min_disk": 0,
        "tags": ["a", "b"],
        "visibility": "shared",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (5, "5"), (1.5, "1.5"), ("True", "True"), ("", ""), (None, None)],
)
def test_property_values_are_converted_to_strings(value: Any, text: str | None) -> None:
    assert desired_image(params(properties={"p": value})).attributes == {"p": text}


@pytest.mark.parametrize("name", ["size", "visibility", "os_hidden", "osops_source", "osops_upload_of", "owner"])
def test_attribute_in_properties_is_refused(name: str) -> None:
    with pytest.raises(GlanceError, match=name):
        desired_image(params(properties={name: "x"}))


def test_property_that_is_set_twice_is_refused() -> None:
    with pytest.raises(GlanceError, match="'os_distro' is set twice"):
        desired_image(params(os_distro="debian", properties={"os_distro": None}))


@pytest.mark.parametrize(
    ("value", "options"),
    [
        (["a", "b"], {"a": None, "b": None}),
        ({"a": "accepted", "b": None}, {"a": "accepted", "b": None}),
        ("a, b", {"a": None, "b": None}),
        ([], {}),
    ],
    ids=["list", "states", "text", "none"],
)
def test_members_are_parsed_from_a_list_or_a_dictionary(value: Any, options: Any) -> None:
    assert parse_members(value) == options


@pytest.mark.parametrize("value", [{"a": "maybe"}, 5], ids=["state", "number"])
def test_invalid_members_are_refused(value: Any) -> None:
    with pytest.raises(GlanceError):
        parse_members(value)
