# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metadata definitions: what the files define, what the database has, and which namespaces are to be loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

ABOUT = ("display_name", "description", "visibility", "protected", "owner")
# A kind of definition, in the order in which glance-manage loads them, and the statement that selects what there is of
# it: the number of the namespace, the name, and what is defined.
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
NAMESPACES = f"SELECT id, namespace, {', '.join(ABOUT)} FROM metadef_namespaces"

Row = Iterable[Any]


@dataclass(frozen=True)
class Namespace:
    """What is defined in a namespace.

    items: by kind and name, in the order of the file.
    number: of the row in the database; later ones are higher.
    path: of the file.
    """

    about: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    number: int = 0
    path: str = ""

    def has_all_of(self, other: Namespace) -> bool:
        """Say whether everything is here that the other defines; what is here beside it does not count."""
        return self.about == other.about and all(
            key in self.items and self.items[key] == item for key, item in other.items.items()
        )

    def is_beginning_of(self, other: Namespace) -> bool:
        """Say whether this is what the other is while it is being loaded."""
        there = [key in self.items for key in other.items]
        return not all(there) and there == sorted(there, reverse=True) and set(self.items) <= set(other.items)


def defined_in(text: str, path: str) -> tuple[str, Namespace]:
    """Return the name of the namespace that a file defines, and what is in it."""
    try:
        content = json.loads(text)
        about = {name: content.get(name) for name in ABOUT}
        about["owner"] = content.get("owner", "admin")
        return str(content["namespace"]), Namespace(about, dict(_items(content)), path=path)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # glance-manage leaves such a file out and calls that a success.
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
    # The database takes names that differ in case alone for the same.
    return kind, str(name).casefold()


def found_in(namespaces: Iterable[Row], rows: Mapping[str, Iterable[Row]]) -> dict[str, Namespace]:
    """Return what the rows of NAMESPACES and of the statements in KINDS say."""
    found = {}
    items: dict[int, dict[tuple[str, str], Any]] = {}
    for kind in KINDS:
        for number, name, *values in rows.get(kind, ()):
            items.setdefault(number, {})[_key(kind, name)] = tuple(_unpacked(kind, values))
    for number, name, *values in namespaces:
        about = dict(zip(ABOUT, values))
        about["protected"] = None if about["protected"] is None else bool(about["protected"])
        found[str(name)] = Namespace(about, items.get(number, {}), number=number)
    return found


def _unpacked(kind: str, values: list[Any]) -> Iterator[Any]:
    """Yield what is stored of a definition; its schema, the last one, is JSON."""
    yield from values if kind == "resource type" else values[:-1]
    if kind in ("property", "object"):
        yield json.loads(values[-1])


def half_loaded(wanted: Mapping[str, Namespace], there: Mapping[str, Namespace]) -> list[str]:
    """Return the namespace that was being loaded when glance-manage was killed, if there is one.

    It can only be the newest of those that the files define, and what it has is the beginning of its file. All other
    gaps may be somebody's wish.
    """
    newest = max((name for name in wanted if name in there), key=lambda name: there[name].number, default=None)
    return [newest] if newest and there[newest].is_beginning_of(wanted[newest]) else []


def outstanding(wanted: Mapping[str, Namespace], there: Mapping[str, Namespace], merge: bool) -> list[str]:
    """Return the namespaces that are to be loaded, or loaded again."""
    begun = half_loaded(wanted, there)
    return [
        name
        for name, namespace in wanted.items()
        if name not in there or name in begun or (merge and not there[name].has_all_of(namespace))
    ]
