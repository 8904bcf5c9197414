# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the metadata definitions in files with those in the database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

ATTRIBUTES = ("display_name", "description", "visibility", "protected", "owner")
# The kinds of definitions in the order in which glance-manage loads them, each with a query for the number of the
# namespace, the name, and the definition.
KINDS = {
    "resource type": (
        "SELECT link.namespace_id, kind.name, link.prefix, link.properties_target FROM "
        "metadef_namespace_resource_types AS link JOIN metadef_resource_types AS kind ON kind.id = "
        "link.resource_type_id"
    ),
    "property": "SELECT namespace_id, name, json_schema FROM metadef_properties",
    "object": "SELECT namespace_id, name, description, json_schema FROM metadef_objects",
    "tag": "SELECT namespace_id, name FROM metadef_tags",
}
NAMESPACES = f"SELECT id, namespace, {', '.join(ATTRIBUTES)} FROM metadef_namespaces"

Row = Iterable[Any]


@dataclass(frozen=True)
class Namespace:
    """The definitions in a namespace.

    items: the definitions by kind and name, in the order of the file.
    number: the primary key in the database; newer namespaces have higher numbers.
    path: of the file.
    """

    attributes: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    number: int = 0
    path: str = ""

    def includes(self, other: Namespace) -> bool:
        """Return whether the namespace has all definitions of another one; additional definitions are ignored."""
        return self.attributes == other.attributes and all(
            key in self.items and self.items[key] == item for key, item in other.items.items()
        )

    def is_partial_load_of(self, other: Namespace) -> bool:
        """Return whether the namespace has only the first definitions of another one, as during its loading."""
        loaded = [key in self.items for key in other.items]
        return not all(loaded) and loaded == sorted(loaded, reverse=True) and set(self.items) <= set(other.items)


def parse_definition(text: str, path: str) -> tuple[str, Namespace]:
    """Return the name of the namespace that a file defines, and its definitions."""
    try:
        content = json.loads(text)
        attributes = {name: content.get(name) for name in ATTRIBUTES}
        attributes["owner"] = content.get("owner", "admin")
        return str(content["namespace"]), Namespace(attributes, dict(_items(content)), path=path)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # glance-manage skips such a file and reports success.
        raise GlanceError(
            f"{path} is not a metadata definition, a JSON object with a `namespace`: {error!r}"
        ) from error


def _items(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    for entry in content.get("resource_type_associations", []):
        yield _key("resource type", entry["name"]), (entry.get("prefix"), entry.get("properties_target"))
    for name, schema in content.get("properties", {}).items():
        yield _key("property", name), (schema,)
    for entry in content.get("objects", []):
        yield _key("object", entry["name"]), (entry.get("description"), entry.get("properties"))
    for entry in content.get("tags", []):
        yield _key("tag", entry["name"]), ()


def _key(kind: str, name: Any) -> tuple[str, str]:
    # The collation of the database ignores case.
    return kind, str(name).casefold()


def parse_rows(namespaces: Iterable[Row], rows: Mapping[str, Iterable[Row]]) -> dict[str, Namespace]:
    """Return the namespaces in the database.

    namespaces: the rows of the query NAMESPACES.
    rows: the rows of the queries in KINDS, by kind.
    """
    parsed = {}
    items: dict[int, dict[tuple[str, str], Any]] = {}
    for kind in KINDS:
        for number, name, *values in rows.get(kind, ()):
            items.setdefault(number, {})[_key(kind, name)] = tuple(_parse_values(kind, values))
    for number, name, *values in namespaces:
        attributes = dict(zip(ATTRIBUTES, values))
        attributes["protected"] = None if attributes["protected"] is None else bool(attributes["protected"])
        parsed[str(name)] = Namespace(attributes, items.get(number, {}), number=number)
    return parsed


def _parse_values(kind: str, values: list[Any]) -> Iterator[Any]:
    """Yield the values of a definition; the last value of a property or object is its schema in JSON."""
    yield from values if kind == "resource type" else values[:-1]
    if kind in ("property", "object"):
        yield json.loads(values[-1])


def partially_loaded(defined: Mapping[str, Namespace], current: Mapping[str, Namespace]) -> list[str]:
    """Return the namespace that was being loaded when glance-manage was killed, if there is one.

    It can only be the newest of the defined namespaces, and it has only the first definitions of its file. Any other
    missing definition may have been removed on purpose.

    defined: the namespaces in the files; current: those in the database.
    """
    newest = max((name for name in defined if name in current), key=lambda name: current[name].number, default=None)
    return [newest] if newest and current[newest].is_partial_load_of(defined[newest]) else []


def namespaces_to_load(defined: Mapping[str, Namespace], current: Mapping[str, Namespace], merge: bool) -> list[str]:
    """Return the namespaces to load for the first time or again.

    merge: whether namespaces that differ from their file are updated.
    """
    partial = partially_loaded(defined, current)
    return [
        name
        for name, namespace in defined.items()
        if name not in current or name in partial or (merge and not current[name].includes(namespace))
    ]
