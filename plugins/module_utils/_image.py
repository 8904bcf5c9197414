# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image is, what it shall be, and the steps between; nothing here speaks to the cloud."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._checksum import (
    Checksum,
    check_digest,
    checksum,
    digests,
)
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._source import Source, Url

Image = Mapping[str, Any]  # an image as the API returns it

# Each option that is an attribute of the image, and the API's name for it.
ATTRIBUTES = {
    "visibility": "visibility",
    "protected": "protected",
    "hidden": "os_hidden",
    "min_disk": "min_disk",
    "min_ram": "min_ram",
    "owner": "owner",
    "tags": "tags",
}
# What of an image is not a property.
OWN_NAMES = {
    *ATTRIBUTES.values(),
    *("id", "name", "status", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value"),
    *("disk_format", "container_format", "created_at", "updated_at", "file", "self", "schema"),
    *("stores", "locations", "direct_url"),
}
UPLOAD_OF = "osops_upload_of"  # on an unfinished image: the name of the image it shall be
SOURCE = "osops_source"  # what is known of the source and cannot be seen in the image
OURS = (UPLOAD_OF, SOURCE)
# Properties that speak of one content, or are the service's own: new content does not take them over.
NOT_TAKEN_OVER = (*OURS, "os_glance_", "owner_specified.", "img_signature")
# What other people see of an image; it comes last, when the content is proven.
PUBLISHED_LAST = ("visibility", "protected", "os_hidden")


@dataclass(frozen=True)
class Wanted:
    """What was asked for; attributes holds what was given only, by the API's names, None to remove a property."""

    name: str
    attributes: Mapping[str, Any]
    checksum: Checksum | None = None
    disk_format: str | None = None
    container_format: str | None = None


def wanted(params: Mapping[str, Any]) -> Wanted:
    """Return what the module's options ask for."""
    attributes = {api: params[option] for option, api in ATTRIBUTES.items() if params[option] is not None}
    if "tags" in attributes:
        attributes["tags"] = sorted(set(attributes["tags"]))
    for name, value in (params["properties"] or {}).items():
        if name in OWN_NAMES or name in OURS:
            raise GlanceError(f"{name!r} is not a property that can be set; what an image is has options of its own")
        attributes[name] = None if value is None else text(value)
    return Wanted(
        name=params["name"],
        attributes=attributes,
        checksum=checksum(params["checksum"]) if params["checksum"] else None,
        disk_format=params["disk_format"],
        container_format=params["container_format"],
    )


def text(value: Any) -> str:
    """Return the value of a property as the API wants it: a string, and true and false in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# Which image it is


def name_filter(name: str) -> str:
    """Return the name for a query; one that looks like an operator is quoted."""
    return f'in:"{name}"' if name.startswith("in:") else name


def record(image: Image) -> Mapping[str, Any]:
    """Return what was noted of the source; a note that was copied from another image, as snapshots do, is none."""
    try:
        noted = json.loads(image.get(SOURCE) or "{}")
    except ValueError:
        return {}
    return noted if isinstance(noted, dict) and noted.get("image") == image["id"] else {}


def known_digests(image: Image) -> dict[str, str]:
    """Return every digest of the content that is known without reading it."""
    known = {"md5": image.get("checksum"), str(image.get("os_hash_algo")): image.get("os_hash_value")}
    noted = record(image).get("checksum")
    if noted:
        algorithm, value = checksum(noted)
        known[algorithm] = value
    return {algorithm: value for algorithm, value in known.items() if value}


def same_content(image: Image, wish: Wanted, source: Source | None) -> bool:
    """Say whether the image holds the wanted content in the wanted format; reads as little as possible."""
    for name in ("disk_format", "container_format"):
        if getattr(wish, name) not in (None, image.get(name)):
            return False
    known = known_digests(image)
    if wish.checksum and wish.checksum.algorithm in known:
        return known[wish.checksum.algorithm] == wish.checksum.value
    if source is None:
        return wish.checksum is None
    if isinstance(source, Url):
        return wish.checksum is None and record(image).get("origin") == source.origin
    return image.get("size") == source.size and same_digest(known, wish.checksum, source)


def same_digest(known: Mapping[str, str], expected: Checksum | None, source: Source) -> bool:
    """Say whether the content has the known digest of an image; one pass over it."""
    # The strongest first: the image's own hash comes after md5.
    algorithm = next((name for name in reversed(list(known)) if name in hashlib.algorithms_available), None)
    if algorithm is None:
        return False
    found = digests(source.pieces(), {algorithm, *([expected.algorithm] if expected else [])})
    check_digest(source.name, found, expected)
    return found[algorithm] == known[algorithm]


def own(images: Iterable[Image], owners: Iterable[str | None]) -> list[Image]:
    """Return the images that belong to one of the owners."""
    known = tuple(owners)
    return [image for image in images if image.get("owner") in known]


def offered(images: Iterable[Image]) -> list[Image]:
    """Return the images that other projects offer; an administrator sees many more, which are theirs alone."""
    return [image for image in images if image.get("visibility") in ("public", "community")]


def superseded(images: Iterable[Image]) -> list[Image]:
    """Return the images that another one was published to replace; there are some if a run was killed then."""
    replaced = {record(image).get("replaces") for image in images}
    return [image for image in images if image["id"] in replaced]


def choose(images: Iterable[Image], wish: Wanted, source: Source | None) -> tuple[Image | None, bool]:
    """Return the image that is meant, and whether it has the wanted content; the oldest of several that do."""
    candidates = sorted(images, key=lambda image: (str(image.get("created_at")), image["id"]))
    told = source or wish.checksum or wish.disk_format or wish.container_format
    if told or len(candidates) == 1:
        for image in candidates:
            if same_content(image, wish, source):
                return image, True
    if len(candidates) > 1:
        ids = ", ".join(image["id"] for image in candidates)
        trouble = "none has the wanted content" if told else "nothing tells which of them is meant"
        raise GlanceError(f"{len(candidates)} images have the name {wish.name}, and {trouble}: {ids}")
    return (candidates[0] if candidates else None), False


# The steps


def difference(image: Image, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the attributes that the image has otherwise."""
    present: dict[str, Any] = {"os_hidden": False, **image}
    present["tags"] = sorted(image.get("tags") or [])
    return {name: value for name, value in attributes.items() if present.get(name) != value}


def patch(image: Image, attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the JSON patch that gives the image the attributes."""
    operations = []
    for name, value in sorted(difference(image, attributes).items()):
        path = "/" + name.replace("~", "~0").replace("/", "~1")
        if value is None:
            operations.append({"op": "remove", "path": path})
        else:
            operations.append({"op": "replace" if name in image else "add", "path": path, "value": value})
    return operations


def update(image: Image, wish: Wanted) -> tuple[Step, ...]:
    """Return the step that gives an image with the wanted content the wanted attributes."""
    after = difference(image, wish.attributes)
    if not after:
        return ()
    step = Step(
        thing=f"image {wish.name}",
        action="update",
        before={name: image.get(name) for name in after},
        after=after,
        arguments={"image": image, "attributes": wish.attributes},
    )
    return (step,)


def container(previous: Image | None, wish: Wanted) -> str:
    """Return the container format of new content."""
    return wish.container_format or (previous or {}).get("container_format") or "bare"


def upload(previous: Image | None, wish: Wanted, source: Source, disk_format: str) -> Step:
    """Return the step that uploads content: as a new image, or as one that takes the place of the previous."""
    attributes = {"visibility": "private", **taken_over(previous or {}), **wish.attributes}
    attributes = {name: value for name, value in attributes.items() if value is not None}
    formats = {"disk_format": disk_format, "container_format": container(previous, wish)}
    before = None
    after = {"content": described(source, wish.checksum), **formats, **attributes}
    if previous is not None:
        shown = {"content": content(previous), **{name: previous.get(name) for name in formats}, **taken_over(previous)}
        before, after = only_different(shown, after)
    return Step(
        thing=f"image {wish.name}",
        action="create" if previous is None else "replace",
        before=before,
        after=after,
        arguments={
            "previous": previous,
            "source": source,
            "formats": formats,
            "attributes": attributes,
            "note": source_note(previous, wish, source),
        },
    )


def source_note(previous: Image | None, wish: Wanted, source: Source) -> dict[str, str]:
    """Return what the next run must know that the image does not show: what it is made from, and what it replaces."""
    note = {"replaces": previous["id"]} if previous else {}
    if wish.checksum:
        note["checksum"] = str(wish.checksum)
    elif isinstance(source, Url):
        note["origin"] = source.origin
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
    """Return content that is not uploaded yet, for the diff."""
    size = "unknown size" if source.size is None else f"{source.size} bytes"
    return ", ".join([source.name, size, *([str(expected)] if expected else [])])


def content(image: Image) -> str:
    """Return the content of an image, for the diff."""
    if image.get("size") is None:
        return f"none ({image.get('status')})"
    algorithm, value = ([*known_digests(image).items()] or [("no digest", "")])[-1]
    return f"{image['size']} bytes, {algorithm}:{value}"


def refuse_replacing(image: Image, wish: Wanted, owners: Iterable[str | None]) -> None:
    """Raise GlanceError for an image whose content must not be replaced."""
    if image.get("owner") not in owners:
        raise GlanceError(
            f"The image {wish.name} ({image['id']}) has other content and belongs to the project {image.get('owner')}: "
            "it is not replaced. Work in that project, give it as owner, or choose another name"
        )
    refuse_protected(image, wish, "its content cannot be replaced")


def no_source(image: Image | None, wish: Wanted) -> str:
    """Return what is told where content is missing and no source is given."""
    if image is None:
        return f"There is no image {wish.name}, and neither src nor url is given to make it from"
    return (
        f"The image {wish.name} ({image['id']}) is not what is asked for (checksum, disk_format or container_format), "
        "and neither src nor url is given to replace it from"
    )


def refuse_protected(image: Image, wish: Wanted, consequence: str) -> None:
    """Raise GlanceError for a protected image, unless it was asked to be unprotected."""
    if image.get("protected") and wish.attributes.get("protected") is not False:
        raise GlanceError(
            f"The image {wish.name} ({image['id']}) is protected, so {consequence}; give protected: false to allow it"
        )


def remove(image: Image, thing: str, action: str = "remove") -> Step:
    """Return the step that removes an image; or retires it, which is to remove it if nobody uses it."""
    before = {"id": image["id"], "status": image.get("status"), "size": image.get("size")}
    return Step(thing=f"{thing} ({image['id']})", action=action, before=before, arguments={"image": image})


def absent(images: Iterable[Image], wish: Wanted) -> tuple[Step, ...]:
    """Return the steps that remove every image of the name."""
    steps = []
    for image in images:
        refuse_protected(image, wish, "it cannot be removed")
        steps.append(remove(image, f"image {wish.name}"))
    return tuple(steps)


def with_attributes(image: Image, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the image as it will be with the attributes."""
    return {name: value for name, value in {**image, **attributes}.items() if value is not None or name in OWN_NAMES}


def uploaded(step: Step, wish: Wanted) -> dict[str, Any]:
    """Return what can be said of an image before it is uploaded."""
    arguments = step.arguments or {}
    return {"name": wish.name, **arguments["formats"], **arguments["attributes"]}


def action(steps: Iterable[Step], name: str) -> str:
    """Return what becomes of the image itself, beside what is tidied up."""
    return next((step.action for step in steps if step.thing.startswith(f"image {name}")), "none")


# The new image on its way


def draft(name: str, formats: Mapping[str, str], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that creates the unfinished image: all it shall be except what others see of it."""
    early = {attribute: value for attribute, value in attributes.items() if attribute not in PUBLISHED_LAST}
    title = f"(upload of osops.glance) {name}"[:255]  # the longest name there is
    return {**early, **formats, "name": title, "visibility": "private", UPLOAD_OF: name}


def algorithms(created: Image, expected: Checksum | None) -> set[str]:
    """Return what to hash with while sending; only since Rocky the service has a hash beside md5."""
    return {"sha512" if "os_hash_algo" in created else "md5", *([expected.algorithm] if expected else [])}


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


def publication(image: Image, wish: Wanted, attributes: Mapping[str, Any], note: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes that turn the proven unfinished image into the wanted one."""
    noted = dict(note)
    if wish.checksum and wish.checksum.algorithm in known_digests(image):
        noted.pop("checksum", None)
    text = json.dumps({"image": image["id"], **noted}, sort_keys=True) if noted else None
    return {**attributes, "name": wish.name, UPLOAD_OF: None, SOURCE: text}
