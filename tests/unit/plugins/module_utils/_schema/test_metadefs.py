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
    namespaces_to_load,
    parse_definition,
    parse_rows,
    partially_loaded,
)

FILE: dict[str, Any] = {
    "namespace": "OS::Example",
    "display_name": "Example",
    "description": "Text.",
    "visibility": "public",
    "protected": True,
    "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "p_"}],
    "properties": {"size": {"type": "integer", "title": "Size"}},
    "objects": [{"name": "Object", "description": "An object.", "properties": {"a": {"type": "string"}}}],
    "tags": [{"name": "Tag"}],
}
ATTRIBUTES = ("Example", "Text.", "public", 1, "admin")
ROWS: dict[str, list[Any]] = {
    "resource type": [(7, "OS::Glance::Image", "p_", None)],
    "property": [(7, "size", '{"title": "Size", "type": "integer"}'), (8, "other", "{}")],
    "object": [(7, "Object", "An object.", '{"a": {"type": "string"}}')],
    "tag": [(7, "Tag")],
}


def from_file(**other: Any) -> Namespace:
    return parse_definition(json.dumps({**FILE, **other}), "/m/e.json")[1]


def from_rows(attributes: tuple[Any, ...] = ATTRIBUTES, **other: list[Any]) -> Namespace:
    return parse_rows([(7, "OS::Example", *attributes)], {**ROWS, **other})["OS::Example"]


def test_rows_of_a_loaded_file_equal_the_file() -> None:
    assert replace(from_rows(), number=0) == replace(from_file(), path="")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"namespace": "N", "tags": [{}]}', '{"namespace": "N", "tags": 1}'])
def test_invalid_file_is_reported(text: str) -> None:
    with pytest.raises(GlanceError, match="/m/x.json is not a metadata definition"):
        parse_definition(text, "/m/x.json")


@pytest.mark.parametrize(
    ("current", "merged"),
    [
        pytest.param(from_rows(), [], id="same as the file"),
        pytest.param(from_rows(tag=[(7, "Tag"), (7, "own")]), [], id="more than in the file"),
        pytest.param(from_rows(tag=[(7, "TAG")]), [], id="different case"),
        pytest.param(from_rows(("Old", *ATTRIBUTES[1:])), ["OS::Example"], id="different title"),
        pytest.param(from_rows((*ATTRIBUTES[:3], None, "admin")), ["OS::Example"], id="not protected"),
        pytest.param(from_rows(property=[(7, "size", "{}")]), ["OS::Example"], id="different property"),
        pytest.param(
            from_rows(object=[(7, "Object", None, '{"a": {"type": "string"}}')]), ["OS::Example"], id="different object"
        ),
        pytest.param(from_rows(property=[]), ["OS::Example"], id="property removed"),
        pytest.param(
            from_rows(**{"resource type": [(7, "OS::Glance::Image", None, None)]}),
            ["OS::Example"],
            id="different prefix",
        ),
    ],
)
def test_different_namespace_is_loaded_only_if_merged(current: Namespace, merged: list[str]) -> None:
    defined = {"OS::Example": from_file()}
    assert namespaces_to_load(defined, {"OS::Example": current}, merge=True) == merged
    assert namespaces_to_load(defined, {"OS::Example": current}, merge=False) == []


PARTIAL = {
    "nothing": from_rows(property=[], object=[], tag=[], **{"resource type": []}),
    "resource types": from_rows(property=[], object=[], tag=[]),
    "all but tags": from_rows(tag=[]),
}


@pytest.mark.parametrize("current", PARTIAL.values(), ids=PARTIAL)
def test_partially_loaded_namespace_is_loaded(current: Namespace) -> None:
    assert namespaces_to_load({"OS::Example": from_file()}, {"OS::Example": current}, merge=False) == ["OS::Example"]


@pytest.mark.parametrize(
    "others", [{"OS::Later": Namespace(number=8)}, {"OS::Later": Namespace(number=8), "OS::Own": Namespace(number=9)}]
)
def test_only_the_newest_namespace_can_be_partially_loaded(others: dict[str, Namespace]) -> None:
    defined = {"OS::Example": from_file(), "OS::Later": Namespace()}
    current = {"OS::Example": PARTIAL["all but tags"], **others}
    assert partially_loaded(defined, current) == []
    assert partially_loaded({"OS::Example": from_file()}, current) == ["OS::Example"]


def test_missing_namespace_is_loaded() -> None:
    assert namespaces_to_load({"OS::Example": from_file()}, {}, merge=False) == ["OS::Example"]
