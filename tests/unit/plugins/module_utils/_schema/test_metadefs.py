# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import (
    Namespace,
    defined_in,
    found_in,
    half_loaded,
    outstanding,
)

FILE: dict[str, Any] = {
    "namespace": "OS::Example",
    "display_name": "Example",
    "description": "Words.",
    "visibility": "public",
    "protected": True,
    "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "p_"}],
    "properties": {"size": {"type": "integer", "title": "Size"}},
    "objects": [{"name": "Thing", "description": "A thing.", "properties": {"a": {"type": "string"}}}],
    "tags": [{"name": "Tag"}],
}
ABOUT = ("Example", "Words.", "public", 1, "admin")
ROWS: dict[str, list[Any]] = {
    "resource type": [(7, "OS::Glance::Image", "p_", None)],
    "property": [(7, "size", '{"title": "Size", "type": "integer"}'), (8, "other", "{}")],
    "object": [(7, "Thing", "A thing.", '{"a": {"type": "string"}}')],
    "tag": [(7, "Tag")],
}


def from_file(**other: Any) -> Namespace:
    return defined_in(json.dumps({**FILE, **other}), "/m/e.json")[1]


def from_rows(about: tuple[Any, ...] = ABOUT, **other: list[Any]) -> Namespace:
    return found_in([(7, "OS::Example", *about)], {**ROWS, **other})["OS::Example"]


def test_file_that_was_loaded_is_found_again() -> None:
    assert replace(from_rows(), number=0) == replace(from_file(), path="")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"namespace": "N", "tags": [{}]}', '{"namespace": "N", "tags": 1}'])
def test_broken_file_is_named(text: str) -> None:
    with pytest.raises(GlanceError, match="/m/x.json is not a metadata definition"):
        defined_in(text, "/m/x.json")


@pytest.mark.parametrize(
    ("there", "merged"),
    [
        pytest.param(from_rows(), [], id="as in the file"),
        pytest.param(from_rows(tag=[(7, "Tag"), (7, "own")]), [], id="more than in the file"),
        pytest.param(from_rows(tag=[(7, "TAG")]), [], id="another case"),
        pytest.param(from_rows(("Old", *ABOUT[1:])), ["OS::Example"], id="another title"),
        pytest.param(from_rows((*ABOUT[:3], None, "admin")), ["OS::Example"], id="not protected"),
        pytest.param(from_rows(property=[(7, "size", "{}")]), ["OS::Example"], id="another property"),
        pytest.param(
            from_rows(object=[(7, "Thing", None, '{"a": {"type": "string"}}')]), ["OS::Example"], id="another object"
        ),
        pytest.param(from_rows(property=[]), ["OS::Example"], id="property removed"),
        pytest.param(
            from_rows(**{"resource type": [(7, "OS::Glance::Image", None, None)]}), ["OS::Example"], id="another prefix"
        ),
    ],
)
def test_difference_counts_when_it_is_merged(there: Namespace, merged: list[str]) -> None:
    wanted = {"OS::Example": from_file()}
    assert outstanding(wanted, {"OS::Example": there}, merge=True) == merged
    assert outstanding(wanted, {"OS::Example": there}, merge=False) == []


BEGUN = {
    "nothing": from_rows(property=[], object=[], tag=[], **{"resource type": []}),
    "resource types": from_rows(property=[], object=[], tag=[]),
    "all but tags": from_rows(tag=[]),
}


@pytest.mark.parametrize("there", BEGUN.values(), ids=BEGUN)
def test_namespace_that_was_only_begun_is_loaded(there: Namespace) -> None:
    assert outstanding({"OS::Example": from_file()}, {"OS::Example": there}, merge=False) == ["OS::Example"]


@pytest.mark.parametrize(
    "others", [{"OS::Later": Namespace(number=8)}, {"OS::Later": Namespace(number=8), "OS::Own": Namespace(number=9)}]
)
def test_only_the_newest_namespace_can_have_been_begun(others: dict[str, Namespace]) -> None:
    wanted = {"OS::Example": from_file(), "OS::Later": Namespace()}
    there = {"OS::Example": BEGUN["all but tags"], **others}
    assert half_loaded(wanted, there) == []
    assert half_loaded({"OS::Example": from_file()}, there) == ["OS::Example"]


def test_namespace_that_is_not_there_is_loaded() -> None:
    assert outstanding({"OS::Example": from_file()}, {}, merge=False) == ["OS::Example"]
