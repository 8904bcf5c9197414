# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that create, update or remove objects in Keystone, and the requests that carry them out."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, Step
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import Entity, New


def converge(
    resource: str, kind: str, current: Entity | None, identity: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[Step]:
    """Yield the step that creates an object, or the one that updates its attributes that are set and differ.

    kind: the object in the Identity API, such as `user`.
    identity: the attributes that are set when the object is created only.
    """
    desired = {name: value for name, value in attributes.items() if value is not None}
    if current is None:
        yield create(resource, kind, {**identity, **desired})
        return
    # Keystone omits attributes that were never set, or returns null.
    changes = {name: value for name, value in desired.items() if (current.get(name) or None) != (value or None)}
    if changes:
        before = {name: current.get(name) for name in changes}
        yield Step(resource, "update", redacted(before), redacted(changes), patch_request(kind, current, changes))


def create(resource: str, kind: str, attributes: Mapping[str, Any]) -> Step:
    """Return the step that creates an object."""
    request = {"method": "POST", "path": (f"{kind}s",), "kind": kind, "attributes": attributes}
    return Step(resource, "create", None, redacted(attributes), request)


def remove(resource: str, kind: str, current: Entity, visible: Sequence[str]) -> Step:
    """Return the step that removes an object.

    visible: the attributes in the diff.
    """
    before = {name: current.get(name) for name in visible}
    return Step(resource, "remove", before, None, {"method": "DELETE", "path": (f"{kind}s", current["id"])})


def patch_request(kind: str, current: Entity, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the request that updates the attributes of an object."""
    return {"method": "PATCH", "path": (f"{kind}s", current["id"]), "kind": kind, "attributes": attributes}


def redacted(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes for the diff: without secrets and without IDs that are not known yet."""
    known = {name: value for name, value in attributes.items() if not isinstance(value, New)}
    return {name: SECRET if name == "password" else value for name, value in known.items()}


def labelled(resource: str, entities: Sequence[Entity]) -> Iterator[tuple[str, Entity]]:
    """Yield each of several duplicates with its name; all but the first have their ID in it."""
    for position, entity in enumerate(entities):
        yield (f"{resource} {entity['id']}" if position else resource), entity
