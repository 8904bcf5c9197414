# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps from the current to the desired state of an image: each has a diff, and the arguments for its execution."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import virtual_size
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import Step
from ansible_collections.osops.glance.plugins.module_utils._image.changes import desired_attributes, difference
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.model import (
    ATTRIBUTES,
    BASE_ATTRIBUTES,
    NOT_INHERITED_PREFIXES,
    Image,
)
from ansible_collections.osops.glance.plugins.module_utils._image.publication import retired_name, source_facts
from ansible_collections.osops.glance.plugins.module_utils._image.refusals import check_protection, replacement_action
from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import StorePlan


def update_steps(image: Image, desired: Desired) -> tuple[Step, ...]:
    """Return the step that sets the desired attributes of an image that has the desired content."""
    attributes = desired_attributes(image, desired)
    after = difference(image, attributes)
    if not after:
        return ()
    before = {name: image.get(name) for name in after}
    arguments = {"image": image, "attributes": attributes}
    return (Step(resource=desired.label, action="update", before=before, after=after, arguments=arguments),)


def container_format(previous: Image | None, desired: Desired) -> str:
    """Return the container format of new content."""
    return desired.container_format or (previous or {}).get("container_format") or "bare"


def upload_step(
    previous: Image | None, desired: Desired, source: Source, disk_format: str, stores: Sequence[str] = ()
) -> Step:
    """Return the step that uploads content to a new image, which replaces the previous one if there is one."""
    formats = {"disk_format": disk_format, "container_format": container_format(previous, desired)}
    attributes = upload_attributes(previous, desired, source)
    after = {"content": source_summary(source, desired.checksum), **formats, **attributes}
    if stores:
        after["stores"] = list(stores)
    before = None
    if previous is not None:
        current = {"content": content_summary(previous), **{name: previous.get(name) for name in formats}}
        before, after = only_different({**current, **inherited_attributes(previous)}, after)
    return Step(
        resource=desired.label,
        action="create" if previous is None else "replace",
        before=before,
        after=after,
        arguments={
            "source": source,
            "formats": formats,
            "attributes": attributes,
            "record": source_facts(previous, desired, source),
        },
    )


def upload_attributes(previous: Image | None, desired: Desired, source: Source) -> dict[str, Any]:
    """Return the attributes of a new image: those of the previous one, changed by the options."""
    base = previous or {}
    expected = {**base, "virtual_size": source_disk_size(source), "size": None}
    attributes = {"visibility": "private", **inherited_attributes(base), **desired_attributes(expected, desired)}
    return {name: value for name, value in attributes.items() if value is not None}


def source_disk_size(source: Source) -> int | None:
    """Return the size of the disk in the content in bytes, if its first bytes contain it."""
    return virtual_size(source.original.head, source.original.size) if source.original.is_readable else None


def only_different(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both without the entries that are equal in both."""
    equal = {name for name in before if name in after and before[name] == after[name]}
    first, second = ({name: side[name] for name in side if name not in equal} for side in (before, after))
    return first, second


def inherited_attributes(previous: Image) -> dict[str, Any]:
    """Return the attributes that new content inherits from the image that it replaces."""
    attributes = {name: previous[name] for name in ATTRIBUTES.values() if name in previous}
    properties = {name: value for name, value in previous.items() if name not in BASE_ATTRIBUTES}
    inherited = {name: value for name, value in properties.items() if not name.startswith(NOT_INHERITED_PREFIXES)}
    return {**attributes, **inherited}


def source_summary(source: Source, expected: Checksum | None) -> str:
    """Return a description of the source for the diff; does not convert the content."""
    size = source.original.size
    size_text = "unknown size" if size is None else f"{size} bytes"
    return ", ".join([source.name, size_text, *([str(expected)] if expected else [])])


def content_summary(image: Image) -> str:
    """Return a description of the content of an image for the diff."""
    if image.get("size") is None:
        return f"none ({image.get('status')})"
    algorithm, value = ([*known_digests(image).items()] or [("no digest", "")])[-1]
    return f"{image['size']} bytes, {algorithm}:{value}"


def image_summary(image: Image) -> dict[str, Any]:
    """Return a description of an image that is removed, for the diff."""
    return {"id": image["id"], "status": image.get("status"), "size": image.get("size")}


def remove_step(image: Image, resource: str) -> Step:
    """Return the step that removes an image."""
    return Step(f"{resource} ({image['id']})", "remove", before=image_summary(image), arguments={"image": image})


def absent_steps(images: Iterable[Image], desired: Desired) -> tuple[Step, ...]:
    """Return the steps that remove every image of the name."""
    steps = []
    for image in images:
        check_protection(image, desired, "it cannot be removed")
        steps.append(remove_step(image, desired.label))
    return tuple(steps)


def retire_step(image: Image, desired: Desired, has_members: bool) -> Step:
    """Return the step that removes or renames an image after its replacement was published."""
    action = replacement_action(desired, has_members)
    resource = f"replaced {desired.label} ({image['id']})"
    arguments = {"image": image, "action": action}
    if action == "delete":
        return Step(resource, "retire", before=image_summary(image), arguments=arguments)
    after = {"name": retired_name(image), **({"os_hidden": True} if action == "hide" else {})}
    before = {name: image.get(name) for name in after}
    return Step(resource, "retire", before=before, after=after, arguments=arguments)


def prune_steps(copies: Iterable[Image], desired: Desired, new_copies: int) -> tuple[Step, ...]:
    """Return the steps that remove the oldest retired copies beyond those to keep.

    copies: the newest first.
    new_copies: how many copies this run adds.
    """
    if desired.keep is None:
        return ()
    surplus = list(copies)[max(desired.keep - new_copies, 0) :]
    return tuple(prune_step(image, desired) for image in surplus if not image.get("protected"))


def prune_step(image: Image, desired: Desired) -> Step:
    """Return the step that removes a retired copy unless it is in use."""
    resource = f"retired {desired.label} ({image['id']})"
    return Step(resource, "prune", before=image_summary(image), arguments={"image": image})


def member_steps(desired: Desired, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the step that sets the members of the image."""
    if before == after:
        return ()
    resource = f"members of {desired.label}"
    return (Step(resource, "set_members", before=before, after=after, arguments={"after": after}),)


def store_steps(desired: Desired, current: Sequence[str], plan: StorePlan) -> tuple[Step, ...]:
    """Return the step that copies the data to the desired stores, and removes it from others."""
    if not plan.copy and not plan.remove:
        return ()
    after = [store for store in (*current, *plan.copy) if store not in plan.remove]
    before = {"stores": list(current)} if current else None
    arguments = {"copy": plan.copy, "remove": plan.remove}
    return (Step(f"stores of {desired.label}", "set_stores", before, {"stores": after}, arguments),)


def status_steps(desired: Desired, before: str, after: str) -> tuple[Step, ...]:
    """Return the step that deactivates or reactivates the image."""
    if before == after or {before, after} != {"active", "deactivated"}:
        return ()
    action = "deactivate" if after == "deactivated" else "reactivate"
    return (
        Step(f"status of {desired.label}", action, before={"status": before}, after={"status": after}, arguments={}),
    )


def predicted_image(step: Step, desired: Desired) -> dict[str, Any]:
    """Return the known attributes of an image before it is uploaded."""
    arguments = step.arguments or {}
    return {"name": desired.name, **arguments["formats"], **arguments["attributes"]}


def image_action(steps: Iterable[Step], label: str) -> str:
    """Return the action on the image itself, without the steps that clean up other images."""
    resources = (label, f"members of {label}", f"status of {label}", f"stores of {label}")
    actions = [step.action for step in steps if step.resource.startswith(resources)]
    if not actions:
        return "none"
    return actions[0] if actions[0] in ("create", "replace", "remove") else "update"
