# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps from what an image is to what it shall be; nothing here speaks to the cloud."""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum, is_available
from ansible_collections.osops.glance.plugins.module_utils._content.convert import ConvertedSource
from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import virtual_size
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import StorePlan
from ansible_collections.osops.glance.plugins.module_utils._image.model import (
    ATTRIBUTES,
    AUTO,
    LONGEST_NAME,
    NOT_TAKEN_OVER,
    OWN_NAMES,
    RETIRED,
    SOURCE,
    UPLOAD_BY,
    UPLOAD_OF,
    Desired,
    Image,
    asked,
    difference,
    draft_name,
    known_digests,
    record,
    room_for_disk,
)

# What other people see of an image; it comes last, when the content is proven.
MIB = 2**20
PUBLISHED_LAST = ("visibility", "protected", "os_hidden", "name")


def update(image: Image, desired: Desired) -> tuple[Step, ...]:
    """Return the step that gives an image with the wanted content the wanted attributes."""
    attributes = asked(image, desired)
    after = difference(image, attributes)
    if not after:
        return ()
    before = {name: image.get(name) for name in after}
    arguments = {"image": image, "attributes": attributes}
    return (Step(resource=desired.label, action="update", before=before, after=after, arguments=arguments),)


def container(previous: Image | None, desired: Desired) -> str:
    """Return the container format of new content."""
    return desired.container_format or (previous or {}).get("container_format") or "bare"


def upload(
    previous: Image | None, desired: Desired, source: Source, disk_format: str, stores: Sequence[str] = ()
) -> Step:
    """Return the step that uploads content: as a new image, or as one that takes the place of the previous."""
    seen = {**(previous or {}), "virtual_size": disk_size(source), "size": None}
    attributes = {"visibility": "private", **taken_over(previous or {}), **asked(seen, desired)}
    attributes = {name: value for name, value in attributes.items() if value is not None}
    formats = {"disk_format": disk_format, "container_format": container(previous, desired)}
    before = None
    after = {"content": described(source, desired.checksum), **formats, **attributes}
    if stores:
        after["stores"] = list(stores)
    if previous is not None:
        shown = {"content": content(previous), **{name: previous.get(name) for name in formats}, **taken_over(previous)}
        before, after = only_different(shown, after)
    return Step(
        resource=desired.label,
        action="create" if previous is None else "replace",
        before=before,
        after=after,
        arguments={
            "previous": previous,
            "source": source,
            "formats": formats,
            "attributes": attributes,
            "note": source_note(previous, desired, source),
        },
    )


def disk_size(source: Source) -> int | None:
    """Return the bytes of the disk in the content, if its beginning tells."""
    return virtual_size(source.original.head, source.original.size) if source.original.is_readable else None


def source_note(previous: Image | None, desired: Desired, source: Source) -> dict[str, str]:
    """Return what the next run must know that the image does not show: what it is made from, and what it replaces."""
    note = {"replaces": previous["id"]} if previous else {}
    recorded = {"origin": source.original.origin, "validator": source.original.validator}
    note.update({name: value for name, value in recorded.items() if value})
    if isinstance(source, ConvertedSource):
        note["converted"] = source.target_format
        if desired.checksum_uncompressed:
            note["uncompressed"] = str(desired.checksum_uncompressed)
        if desired.checksum or source.original.is_local:
            note["delivered"] = str(desired.checksum or source.fingerprint)
        return note
    if desired.checksum:
        note["delivered" if source.is_decompressed else "checksum"] = str(desired.checksum)
    if desired.checksum_uncompressed:
        note["checksum"] = str(desired.checksum_uncompressed)
    return note


def only_different(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both without what is equal in both."""
    equal = {name for name in before if name in after and before[name] == after[name]}
    first, second = ({name: side[name] for name in side if name not in equal} for side in (before, after))
    return first, second


def taken_over(previous: Image) -> dict[str, Any]:
    """Return the attributes that new content takes over from the image whose place it takes."""
    attributes = {name: previous[name] for name in ATTRIBUTES.values() if name in previous}
    properties = {name: value for name, value in previous.items() if name not in OWN_NAMES}
    return {**attributes, **{name: value for name, value in properties.items() if not name.startswith(NOT_TAKEN_OVER)}}


def described(source: Source, expected: Checksum | None) -> str:
    """Return content that is not uploaded yet, for the diff; it is not converted for that."""
    size = source.original.size
    told = "unknown size" if size is None else f"{size} bytes"
    return ", ".join([source.name, told, *([str(expected)] if expected else [])])


def content(image: Image) -> str:
    """Return the content of an image, for the diff."""
    if image.get("size") is None:
        return f"none ({image.get('status')})"
    algorithm, value = ([*known_digests(image).items()] or [("no digest", "")])[-1]
    return f"{image['size']} bytes, {algorithm}:{value}"


def refuse_replacing(image: Image, desired: Desired, owners: Iterable[str | None], has_members: bool) -> None:
    """Raise GlanceError for an image whose content must not be replaced."""
    if desired.id:
        raise GlanceError(
            f"The {desired.label} has other content, and an ID stands for one content: give the name alone"
        )
    if image.get("owner") not in owners:
        raise GlanceError(
            f"The image {desired.name} ({image['id']}) has other content and belongs to the project "
            f"{image.get('owner')}: it is not replaced. Work in that project, give it as owner, or choose another name"
        )
    if desired.replace == "never":
        raise GlanceError(
            f"The image {desired.name} ({image['id']}) has other content, and replace: never says to leave it. "
            f"It has {content(image)}"
        )
    if fate(desired, has_members) == "delete":
        refuse_protected(image, desired, "its content cannot be replaced")


def fate(desired: Desired, has_members: bool) -> str:
    """Return what becomes of an image that is replaced; one that others were given is never deleted."""
    if desired.replace == "never" or (desired.replace == "delete" and has_members):
        return "rotate"
    return desired.replace


def no_source(image: Image | None, desired: Desired) -> str:
    """Return what is told where content is missing and no source is given."""
    if image is None:
        return f"There is no {desired.label}, and neither src nor url is given to make it from"
    return (
        f"The {desired.label} ({image['id']}) is not what is asked for (checksum, disk_format or container_format), "
        "and neither src nor url is given to replace it from"
    )


def refuse_beyond_quota(desired: Desired, quota: tuple[int, int] | None, coming: int, leaving: int) -> None:
    """Raise GlanceError where the project would have more data than it may; quota: the MiB it has, and may have.

    The service itself does not look how large an image will be before it has taken it, or not in every release.
    """
    has, may = quota or (0, -1)
    after = has + (coming - leaving) / MIB
    if may >= 0 and after > may and (coming > leaving or has > may):
        raise GlanceError(
            f"The {desired.label} would bring the images of the project to {after:.0f} MiB, and its quota "
            f"(image_size_total) is {may} MiB; it has {has} MiB"
        )


def refuse_protected(image: Image, desired: Desired, consequence: str) -> None:
    """Raise GlanceError for a protected image, unless it may be unprotected."""
    if image.get("protected") and not desired.may_unprotect:
        raise GlanceError(
            f"The {desired.label} ({image['id']}) is protected, so {consequence}; "
            "give protected: false or force: true to allow it"
        )


def remove(image: Image, resource: str) -> Step:
    """Return the step that removes an image."""
    return Step(f"{resource} ({image['id']})", "remove", before=shown(image), arguments={"image": image})


def retire(image: Image, desired: Desired, has_members: bool) -> Step:
    """Return the step that makes way for the image that was published in the place of this one."""
    way = fate(desired, has_members)
    resource = f"replaced {desired.label} ({image['id']})"
    arguments = {"image": image, "way": way}
    if way == "delete":
        return Step(resource, "retire", before=shown(image), arguments=arguments)
    after = {"name": retired_name(image), **({"os_hidden": True} if way == "hide" else {})}
    before = {name: image.get(name) for name in after}
    return Step(resource, "retire", before=before, after=after, arguments=arguments)


def shown(image: Image) -> dict[str, Any]:
    """Return what the diff shows of an image that is removed."""
    return {"id": image["id"], "status": image.get("status"), "size": image.get("size")}


def retired_name(image: Image) -> str:
    """Return the name of a copy that is kept: with the time at which it was created."""
    date = f" ({image.get('created_at')})"
    return str(image["name"])[: LONGEST_NAME - len(date)] + date


def retirement(image: Image, hide: bool) -> dict[str, Any]:
    """Return the attributes that make a retired copy of an image."""
    noted = {name: value for name, value in record(image).items() if name != "replaces"}
    note = json.dumps({**noted, "image": image["id"], "retired": image["name"]}, sort_keys=True)
    hidden = {"os_hidden": True} if hide and "os_hidden" in image else {}
    return {"name": retired_name(image), RETIRED: "true", SOURCE: note, **hidden}


def prune(copies: Iterable[Image], desired: Desired, coming: int) -> tuple[Step, ...]:
    """Return the steps that remove the oldest copies beyond those to keep; so many new ones are coming."""
    if desired.keep is None:
        return ()
    old = list(copies)[max(desired.keep - coming, 0) :]
    return tuple(remove_copy(image, desired) for image in old if not image.get("protected"))


def remove_copy(image: Image, desired: Desired) -> Step:
    """Return the step that removes a retired copy, unless it is in use."""
    return Step(f"retired {desired.label} ({image['id']})", "prune", before=shown(image), arguments={"image": image})


def absent(images: Iterable[Image], desired: Desired) -> tuple[Step, ...]:
    """Return the steps that remove every image of the name."""
    steps = []
    for image in images:
        refuse_protected(image, desired, "it cannot be removed")
        steps.append(remove(image, desired.label))
    return tuple(steps)


def share(desired: Desired, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the step that brings the members of the image to what they shall be."""
    if before == after:
        return ()
    arguments = {"before": before, "after": after}
    return (Step(f"members of {desired.label}", "share", before=before, after=after, arguments=arguments),)


def spread(desired: Desired, present: Sequence[str], plan: StorePlan) -> tuple[Step, ...]:
    """Return the step that brings the data to the stores where it shall be."""
    if not plan.copy and not plan.remove:
        return ()
    after = [store for store in (*present, *plan.copy) if store not in plan.remove]
    before = {"stores": list(present)} if present else None
    arguments = {"copy": plan.copy, "remove": plan.remove}
    return (Step(f"stores of {desired.label}", "spread", before, {"stores": after}, arguments),)


def activity(desired: Desired, before: str, after: str) -> tuple[Step, ...]:
    """Return the step that deactivates the image, or activates it again."""
    if before == after or {before, after} != {"active", "deactivated"}:
        return ()
    action = "deactivate" if after == "deactivated" else "reactivate"
    return (
        Step(f"status of {desired.label}", action, before={"status": before}, after={"status": after}, arguments={}),
    )


def uploaded(step: Step, desired: Desired) -> dict[str, Any]:
    """Return what can be said of an image before it is uploaded."""
    arguments = step.arguments or {}
    return {"name": desired.name, **arguments["formats"], **arguments["attributes"]}


def action(steps: Iterable[Step], label: str) -> str:
    """Return what becomes of the image itself, beside what is tidied up."""
    own = [
        step
        for step in steps
        if step.resource.startswith((label, f"members of {label}", f"status of {label}", f"stores of {label}"))
    ]
    if not own:
        return "none"
    return own[0].action if own[0].action in ("create", "replace", "remove") else "update"


# The new image on its way


def draft(
    name: str, formats: Mapping[str, str], attributes: Mapping[str, Any], uploader: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the document that creates the unfinished image: all it shall be except what others see of it."""
    early = {attribute: value for attribute, value in attributes.items() if attribute not in PUBLISHED_LAST}
    ours = {UPLOAD_OF: name, UPLOAD_BY: json.dumps(uploader, sort_keys=True)}
    return {**early, **formats, "name": draft_name(name), "visibility": "private", **ours}


def algorithms(created: Image, verify: bool = True) -> set[str]:
    """Return what to hash with while sending; only since Rocky the service has a hash beside md5."""
    wanted = "sha512" if "os_hash_algo" in created else "md5"
    return {wanted} if verify and is_available(wanted) else set()


def verify_size(image: Image, sent: int) -> None:
    """Raise GlanceError unless the service holds as much as was sent."""
    if image.get("status") != "active":
        raise GlanceError(f"after the upload the image is {image.get('status')}, not active")
    if image.get("size") != sent:
        raise GlanceError(f"{sent} bytes were sent, but the service holds {image.get('size')}")


def verify_digests(held: Mapping[str, str], sent: Mapping[str, str]) -> None:
    """Raise GlanceError unless the service holds what was sent, by every algorithm that both have."""
    for algorithm in held.keys() & sent.keys():
        if held[algorithm] != sent[algorithm]:
            raise GlanceError(f"{algorithm}:{sent[algorithm]} was sent, but the service holds {held[algorithm]}")


def publication(
    image: Image, desired: Desired, attributes: Mapping[str, Any], note: Mapping[str, str]
) -> dict[str, Any]:
    """Return the attributes that turn the proven unfinished image into the wanted one."""
    noted = dict(note)
    if noted.get("checksum", "").partition(":")[0] in known_digests(image):
        del noted["checksum"]
    text = json.dumps({"image": image["id"], **noted}, sort_keys=True) if noted else None
    room = room_for_disk(image) if desired.attributes.get("min_disk") == AUTO else {}
    return {**attributes, **room, "name": desired.name, UPLOAD_OF: None, UPLOAD_BY: None, SOURCE: text}
