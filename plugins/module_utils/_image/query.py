# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images are asked for, what the service is asked, and in which order answers come; nothing here speaks to it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Callable, Iterable, Mapping
from urllib.parse import quote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.model import OWN_NAMES, Image, text

Params = Mapping[str, Any]  # the module's options

SORT_KEYS = ("name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at")
# Those that every database sorts alike; some sort letters, or what has no value, in their own way.
SORTED_ALIKE = ("status", "id", "created_at", "updated_at")
# What decides between images that are equal in all that was asked for.
LAST_KEYS = ("created_at:desc", "id:asc")

PAGE = 1000  # the most that the service gives in one answer, unless it is configured otherwise
SMALL_PAGE = 25
LONGEST_FILTER = 2000  # characters; servers take some 4000 in a request line

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le, "eq": eq, "neq": ne}

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Each option that the service takes as it is, and its name there.
PLAIN = ("owner", "visibility", "member_status", "created_at", "updated_at")
# Names in a query that mean something else than a property to the service, or break it.
NOT_ASKED = {
    *OWN_NAMES,
    *("limit", "marker", "sort", "sort_key", "sort_dir", "tag", "member_status", "changes-since", "is_public"),
    *("deleted", "deleted_at", "members", "properties", "metadata", "registry"),
    *("delete", "get", "items", "iteritems", "keys", "next", "save", "to_dict", "update"),
}


def is_id(text: str) -> bool:
    """Say whether an image can have this ID; the service gives no other."""
    return bool(UUID.fullmatch(text))


def query(params: Params) -> dict[str, Any]:
    """Return what the service is asked: as much of what is wanted as it can tell."""
    asked: dict[str, Any] = {name: params[name] for name in PLAIN if params[name] is not None}
    asked.setdefault("visibility", "all")
    names = name_filter(params)
    if names:
        asked["name"] = names
    if params["status"]:
        asked["status"] = "in:" + ",".join(params["status"])
    if params["tags"]:
        asked["tag"] = params["tags"]
    properties = {name: value for name, value in (params["properties"] or {}).items() if value is not None}
    asked.update({name: text(value) for name, value in properties.items() if is_asked(name)})
    keys = [f"{key}:{'desc' if falling else 'asc'}" for key, falling in sort_keys(params["sort"])]
    return {**asked, "sort": ",".join(keys), "limit": str(page_size(params["limit"]))}


def plain_query(params: Params) -> dict[str, Any]:
    """Return the query for a service without operators in filters, which may not support `sort` and `tag` either.

    What it does not ask for, matches_all() compares.
    """
    asked = {name: params[name] for name in ("name", "owner", "member_status") if params[name] is not None}
    return {**asked, "limit": str(PAGE)}


def name_filter(params: Params) -> str | None:
    """Return the names as the service is asked for them; None where they are too many, or cannot be written so."""
    if params["name"] is not None:
        return f"eq:{params['name']}"  # without the operator, what stands before a colon would be taken for one
    names = params["names"] or []
    told = "in:" + ",".join(f'"{name}"' for name in names)
    if not names or any(set(name) & set('"\\') or not name for name in names) or len(quote(told)) > LONGEST_FILTER:
        return None
    return told


def is_asked(name: str) -> bool:
    """Say whether the service can be asked for a property of this name."""
    return name not in NOT_ASKED and not name.startswith("_") and not name.endswith(("_min", "_max"))


def page_size(limit: int | None) -> int:
    """Return how many images an answer shall have; not too few, as some are sorted out here."""
    return PAGE if limit is None else min(max(limit, SMALL_PAGE), PAGE)


def matches(image: Image, params: Params) -> bool:
    """Say whether the image is asked for; the service's database compares without regard to case, this does not."""
    name = image.get("name")
    return (
        params["name"] in (None, name)
        and (params["names"] is None or name in params["names"])
        and (params["pattern"] is None or fnmatchcase(name or "", params["pattern"]))
        and params["owner"] in (None, image.get("owner"))
        and params["visibility"] in (None, image.get("visibility"))
        and (params["status"] is None or image.get("status") in params["status"])
        and params["hidden"] in (None, image.get("os_hidden", False))
        and set(params["tags"] or ()) <= set(image.get("tags") or ())
        and all(has(image, name, value) for name, value in (params["properties"] or {}).items())
    )


def matches_all(image: Image, params: Params) -> bool:
    """Return whether the image matches, including the times, which a service with operators compares itself."""
    times = (name for name in ("created_at", "updated_at") if params[name] is not None)
    return matches(image, params) and all(is_at(image.get(name), name, params[name]) for name in times)


def is_at(moment: Any, option: str, given: str) -> bool:
    """Return whether a time of an image passes a comparison such as "gt:2026-01-01T00:00:00Z"; GlanceError if wrong."""
    operator, _colon, text = given.partition(":")
    try:
        # A time without an operator has colons as well.
        bound = parsed_time(text if operator in COMPARISONS else given)
    except ValueError as error:
        raise GlanceError(f"{option} is {given!r}, not one of {', '.join(COMPARISONS)}, a colon and a time") from error
    return moment is not None and COMPARISONS.get(operator, eq)(parsed_time(str(moment)), bound)


def parsed_time(text: str) -> datetime:
    """Return a time in ISO 8601; one without a zone is in UTC. ValueError if the text is none."""
    found = datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text.strip()))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def has(image: Image, name: str, value: Any) -> bool:
    """Say whether the image has the property; None means that it has none of the name."""
    present = image.get(name)
    return present is value if value is None or present is None else text(present) == text(value)


def finds_nothing(params: Params) -> bool:
    """Say whether no image can be what is asked for, as there is nothing in a list of what it may be."""
    return [] in (params["names"], params["status"])


def sort_keys(asked: Iterable[str]) -> list[tuple[str, bool]]:
    """Return the keys to sort by, the first first, and whether each falls; they leave no two images equal."""
    keys: dict[str, bool] = {}
    for word in (*asked, *LAST_KEYS):
        key, _colon, direction = word.strip().partition(":")
        if key not in SORT_KEYS or direction not in ("", "asc", "desc"):
            raise GlanceError(
                f"Images cannot be sorted by {word!r}; give {', '.join(SORT_KEYS)}, each with :asc or :desc"
            )
        keys.setdefault(key, direction == "desc")
    return list(keys.items())


def in_order(images: Iterable[Image], asked: Iterable[str]) -> list[Image]:
    """Return the images in the order that is asked for; what has no value comes before what has one."""
    # Each process of the service has an order of its own for tags.
    found: list[Image] = [{**image, "tags": sorted(image.get("tags") or ())} for image in images]
    for key, falling in reversed(sort_keys(asked)):
        found.sort(key=lambda image: rank(image.get(key)), reverse=falling)  # noqa: B023
    return found


def rank(value: Any) -> tuple[bool, Any]:
    """Return what a value is sorted by."""
    return value is not None, value.casefold() if isinstance(value, str) else value


def enough(params: Params) -> int | None:
    """Return how many images of each list suffice; None for all of them, where its order may not be ours."""
    alike = all(key in SORTED_ALIKE for key, _falling in sort_keys(params["sort"]))
    return params["limit"] if alike else None


def check_limit(limit: int | None) -> None:
    """Raise GlanceError for a limit that would leave nothing."""
    if limit is not None and limit < 1:
        raise GlanceError(f"limit is {limit}; give a number above 0, or leave it out for all images")
