# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image is and what it shall be; nothing here speaks to the cloud."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Mapping, NamedTuple
from urllib.parse import quote

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    Checksum,
    compute_digests,
    is_available,
    parse_checksum,
)
from ansible_collections.osops.glance.plugins.module_utils._content.convert import ConvertedSource
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source, expected_algorithms
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

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
# Each option that is a property which Glance's schema names, and its name there.
COMMON = {
    "architecture": "architecture",
    "os_distro": "os_distro",
    "os_version": "os_version",
    "description": "description",
    "kernel": "kernel_id",
    "ramdisk": "ramdisk_id",
}
# What of an image is not a property.
OWN_NAMES = {
    *ATTRIBUTES.values(),
    *("id", "name", "status", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value"),
    *("disk_format", "container_format", "created_at", "updated_at", "file", "self", "schema"),
    *("stores", "locations", "direct_url"),
}
UPLOAD_OF = "osops_upload_of"  # on an unfinished image: the name of the image it shall be
UPLOAD_BY = "osops_upload_by"  # on an unfinished image: who uploads, and for how long at most
RETIRED = "osops_retired"  # on a copy that was replaced and kept; SOURCE says of which name
SOURCE = "osops_source"  # what is known of the source and cannot be seen in the image
OURS = (UPLOAD_OF, UPLOAD_BY, RETIRED, SOURCE)
# Properties that are not the user's; they stay where all others are replaced.
RESERVED = (*OURS, "os_glance_", "owner_specified.")
# Properties that speak of one content, or are the service's own: new content does not take them over.
NOT_TAKEN_OVER = (*RESERVED, "img_signature")
AUTO = "auto"  # of min_disk: as large as the disk in the content
GIB = 2**30
LONGEST_NAME = 255
LONGEST_QUERY = 2500  # uWSGI takes 4096 bytes of address and headers together

MEMBER_STATES = ("accepted", "pending", "rejected")


@dataclass(frozen=True)
class Desired:
    """What was asked for; attributes holds what was given only, by the API's names, None to remove a property.

    members: the state of each project, None for whatever it is.
    checksum: that of the content as it is delivered, before it is decompressed and converted.
    """

    name: str
    attributes: Mapping[str, Any]
    checksum: Checksum | None = None
    checksum_uncompressed: Checksum | None = None
    disk_format: str | None = None
    container_format: str | None = None
    id: str | None = None
    state: str = "present"
    tags_mode: str = "replace"
    properties_mode: str = "merge"
    members: Mapping[str, str | None] | None = None
    members_mode: str = "replace"
    select: str = "fail"
    compare: str = "record"
    replace: str = "delete"
    keep: int | None = None
    force: bool = False

    @property
    def label(self) -> str:
        """What the steps call the image."""
        return f"image {self.name or self.id}"

    @property
    def may_unprotect(self) -> bool:
        return self.force or self.attributes.get("protected") is False


def wanted(params: Mapping[str, Any], source: Source | None = None) -> Desired:
    """Return what the module's options ask for; the source knows the checksums that stand in files."""
    attributes = {api: params[option] for option, api in ATTRIBUTES.items() if params.get(option) is not None}
    if "min_disk" in attributes:
        attributes["min_disk"] = gibibytes(attributes["min_disk"])
    if "tags" in attributes:
        attributes["tags"] = sorted(set(attributes["tags"]))
    if params.get("id") and params.get("name"):
        attributes["name"] = params["name"]
    common = {api: params[option] for option, api in COMMON.items() if params.get(option) is not None}
    modes = ("state", "tags_mode", "members_mode", "select", "compare", "replace", "keep", "force")
    delivered, uncompressed = checksums(params, source)
    return Desired(
        name=params.get("name") or "",
        id=params.get("id"),
        attributes={**attributes, **properties(params.get("properties") or {}, common)},
        checksum=delivered,
        checksum_uncompressed=uncompressed,
        disk_format=params.get("disk_format") or params.get("convert"),
        container_format=params.get("container_format"),
        properties_mode=(params.get("properties_mode") or "merge") if params.get("properties") is not None else "merge",
        members=None if params.get("members") is None else members(params["members"]),
        **{name: params[name] for name in modes if params.get(name) is not None},
    )


def checksums(params: Mapping[str, Any], source: Source | None) -> list[Checksum | None]:
    """Return the checksums that the content must have: as it is delivered, and when it is decompressed."""
    if source:
        return [source.original.checksum, source.original.checksum_uncompressed]
    given = (params.get(name) for name in ("checksum", "checksum_uncompressed"))
    return [parse_checksum(text) if text else None for text in given]


def properties(given: Mapping[str, Any], common: Mapping[str, str]) -> dict[str, str | None]:
    """Return the properties as the API wants them: those of the option, and those that have options of their own."""
    for name in given:
        if name in OWN_NAMES or name in OURS:
            raise GlanceError(f"{name!r} is not a property that can be set; what an image is has options of its own")
        if name in common:
            raise GlanceError(f"{name!r} is given twice, as a property and by its own option; keep one of them")
    return {name: None if value is None else text(value) for name, value in {**given, **common}.items()}


def gibibytes(given: Any) -> Any:
    """Return what min_disk says: a number, or AUTO."""
    if given == AUTO or re.fullmatch("[0-9]+", str(given)):
        return given if given == AUTO else int(given)
    raise GlanceError(f"min_disk is {given!r}, which is neither a number of GiB nor {AUTO!r}")


def text(value: Any) -> str:
    """Return the value of a property as the API wants it: a string, and true and false in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def members(given: Any) -> dict[str, str | None]:
    """Return the state that is asked for of each member; from a list of projects, or a mapping of them to states."""
    if isinstance(given, str):
        given = [each.strip() for each in given.split(",") if each.strip()]
    if isinstance(given, Mapping):
        asked = {str(project): state for project, state in given.items()}
    elif isinstance(given, list):
        asked = {str(project): None for project in given}
    else:
        raise GlanceError("members is neither a list of projects nor a mapping of projects to their states")
    for project, state in asked.items():
        if state is not None and state not in MEMBER_STATES:
            raise GlanceError(f"The state {state!r} of the member {project} is none of: {', '.join(MEMBER_STATES)}")
    return asked


# Which image it is


def draft_name(name: str) -> str:
    """Return the name of an unfinished image."""
    return f"(upload of osops.glance) {name}"[:LONGEST_NAME]


def name_filters(names: Iterable[str]) -> Iterator[str]:
    """Yield filters that together find the images of the names, in few queries of bearable length."""
    chunk: list[str] = []
    for name in sorted(set(names)):
        # Glance does not take the escapes out of what is quoted.
        if re.search(r'["\\]', name):
            yield f"eq:{name}"
            continue
        if chunk and len(quote(in_filter([*chunk, name]))) > LONGEST_QUERY:
            yield in_filter(chunk)
            chunk = []
        chunk.append(name)
    if chunk:
        yield in_filter(chunk)


def in_filter(names: Iterable[str]) -> str:
    """Return the filter for images of any of the names; quoted, so that none is taken for an operator or for two."""
    return "in:" + ",".join(f'"{name}"' for name in names)


def record(image: Image) -> Mapping[str, Any]:
    """Return what was noted of the source; a note that was copied from another image, as snapshots do, is none."""
    try:
        noted = json.loads(image.get(SOURCE) or "{}")
    except ValueError:
        return {}
    return noted if isinstance(noted, dict) and noted.get("image") == image.get("id", "") else {}


def known_digests(image: Image) -> dict[str, str]:
    """Return every digest of the content that is known without reading it."""
    known = {"md5": image.get("checksum"), str(image.get("os_hash_algo")): image.get("os_hash_value")}
    noted = record(image).get("checksum")
    if noted:
        algorithm, value = parse_checksum(noted)
        known[algorithm] = value
    return {algorithm: value for algorithm, value in known.items() if value}


def delivered_digests(image: Image) -> dict[str, str]:
    """Return every digest that is known of what the image was made from, before it was decompressed or converted."""
    noted = record(image).get("delivered")
    return dict([parse_checksum(noted)]) if noted else known_digests(image)


def uncompressed_digests(image: Image) -> dict[str, str]:
    """Return every digest that is known of what the image was made from, before it was converted."""
    noted = record(image)
    if noted.get("uncompressed"):
        return dict([parse_checksum(noted["uncompressed"])])
    return {} if noted.get("converted") else known_digests(image)


def same_content(image: Image, desired: Desired, source: Source | None) -> bool:
    """Say whether the image holds the wanted content in the wanted format; reads as little as possible."""
    for name in ("disk_format", "container_format"):
        if getattr(desired, name) not in (None, image.get(name)):
            return False
    for expected, known in (
        (desired.checksum, delivered_digests(image)),
        (desired.checksum_uncompressed, uncompressed_digests(image)),
    ):
        if expected and expected.algorithm in known:
            return known[expected.algorithm] == expected.value
    if source is None:
        return not (desired.checksum or desired.checksum_uncompressed)
    is_local = source.original.is_local
    has_checksum = bool(desired.checksum or desired.checksum_uncompressed)
    if not has_checksum and (desired.compare == "record" or not is_local) and same_origin(image, source):
        return True
    if not (is_local or (source.is_readable and not record(image))):
        return False  # what is recorded of the source differs
    if isinstance(source, ConvertedSource) and record(image):
        return record(image).get("delivered") == source.fingerprint
    return source.size in (None, image.get("size")) and same_digest(known_digests(image), source)


def same_origin(image: Image, source: Source) -> bool:
    """Say whether the image was made from the source, in the same way, and nothing shows that it has changed."""
    noted = record(image)
    converted = source.target_format if isinstance(source, ConvertedSource) else None
    recorded = [noted[name] for name in ("origin", "validator") if name in noted]
    if not recorded or noted.get("converted", converted) != converted:
        return False
    return source.original.matches_origin(*recorded)


def same_digest(known: Mapping[str, str], source: Source) -> bool:
    """Say whether the content has the known digest of an image; one pass over it."""
    # The strongest first: the image's own hash comes after md5.
    algorithm = next((name for name in reversed(list(known)) if is_available(name)), None)
    if algorithm is None:
        return False
    found = compute_digests(source.pieces(), {algorithm, *expected_algorithms(source)})
    source.check({**source.delivered, **found})
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


def drafts(images: Iterable[Image], name: str) -> list[Image]:
    """Return the images that uploads to that name have begun and not finished.

    A service with property protections may refuse the property, or to remove it from a finished image.
    """
    named = (image for image in images if image.get("name") == draft_name(name))
    return [image for image in named if image.get(UPLOAD_OF, name) == name]


def without_notes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes without the properties in which this module keeps notes."""
    return {name: value for name, value in attributes.items() if name not in OURS}


def retired(images: Iterable[Image], name: str) -> list[Image]:
    """Return the copies of the name that were replaced and kept, the newest first; snapshots of them are none."""
    found = [image for image in images if record(image).get("retired") == name]
    return sorted(found, key=age, reverse=True)


def age(image: Image) -> tuple[str, str]:
    """Return what sorts images, the oldest first, the same way for everyone."""
    return str(image.get("created_at")), str(image["id"])


class Choice(NamedTuple):
    """The image that is meant, whether it has the wanted content, and what else to say."""

    image: Image | None = None
    same: bool = False
    warnings: tuple[str, ...] = ()


def choose(images: Iterable[Image], desired: Desired, source: Source | None) -> Choice:
    """Return the image that is meant: of several, the oldest that has the wanted content."""
    candidates = sorted(images, key=age)
    told = bool(source or desired.checksum or desired.disk_format or desired.container_format)
    ids = ", ".join(image["id"] for image in candidates)
    for image in candidates if told or len(candidates) == 1 else ():
        if same_content(image, desired, source):
            return Choice(image, True, several(candidates, desired, image))
    if len(candidates) < 2:
        return Choice(candidates[0] if candidates else None)
    if desired.select == "newest":
        newest = candidates[-1]
        return Choice(newest, not told, several(candidates, desired, newest))
    trouble = "none has the wanted content" if told else "nothing tells which of them is meant"
    raise GlanceError(
        f"{len(candidates)} images have the name {desired.name}, and {trouble}: {ids}. "
        "Give the id of one, or select: newest, or remove the others"
    )


def several(candidates: list[Image], desired: Desired, chosen: Image) -> tuple[str, ...]:
    """Return the warning that images have the same name, if they have."""
    if len(candidates) < 2:
        return ()
    others = ", ".join(image["id"] for image in candidates if image is not chosen)
    return (
        f"{len(candidates)} images have the name {desired.name}; {chosen['id']} is meant, and left alone are {others}",
    )


# What differs


def is_property(name: str) -> bool:
    """Say whether an attribute of the API is a property that users may set and remove."""
    return name not in OWN_NAMES and not name.startswith(RESERVED)


def asked(image: Image, desired: Desired) -> dict[str, Any]:
    """Return the attributes that are asked for, given those that the image has."""
    attributes = dict(desired.attributes)
    if "tags" in attributes and desired.tags_mode == "merge":
        attributes["tags"] = sorted({*(image.get("tags") or []), *attributes["tags"]})
    if attributes.get("min_disk") == AUTO:
        del attributes["min_disk"]
        attributes.update(room_for_disk(image))
    if desired.properties_mode == "replace":
        attributes = {**{name: None for name in image if is_property(name)}, **attributes}
    return attributes


def room_for_disk(image: Image) -> dict[str, int]:
    """Return the attribute that makes room for the disk in the image, if it is known how large that is."""
    size = image.get("virtual_size") or (image.get("size") if image.get("disk_format") == "raw" else None)
    return {} if size is None else {"min_disk": -(-int(size) // GIB)}


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


def members_asked(present: Mapping[str, str], desired: Desired) -> dict[str, str]:
    """Return the members that the image shall have, with their states; a new one is pending unless told."""
    given = {project: state or present.get(project, "pending") for project, state in (desired.members or {}).items()}
    return {**present, **given} if desired.members is None or desired.members_mode == "merge" else given


def inherit(inherited: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """Return the members with those of the image before; a member that is pending may only not be taken over yet."""
    judged = {name: state for name, state in present.items() if state != "pending"}
    return {**present, **inherited, **judged}


def refuse_members(desired: Desired, visibility: str | None) -> None:
    """Raise GlanceError where members are asked for of an image that cannot have any."""
    if desired.members and visibility != "shared":
        raise GlanceError(
            f"The {desired.label} would be {visibility}, and only shared images have members: give visibility: shared"
        )


def with_attributes(image: Image, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the image as it will be with the attributes."""
    return {name: value for name, value in {**image, **attributes}.items() if value is not None or name in OWN_NAMES}
