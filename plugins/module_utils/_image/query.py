# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query for the images that the options of image_info select."""

from __future__ import annotations

import re
from typing import Any, Mapping
from urllib.parse import quote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.filters import in_filter
from ansible_collections.osops.glance.plugins.module_utils._image.model import BASE_ATTRIBUTES, property_text
from ansible_collections.osops.glance.plugins.module_utils._image.order import sort_keys

Params = Mapping[str, Any]  # the options of the module

PAGE = 1000  # images per page, the default maximum of the service
SMALLEST_PAGE = 25
LONGEST_FILTER = 2000  # characters; servers accept some 4000 in a request line

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Options that are sent unchanged, under the same name.
PLAIN_OPTIONS = ("owner", "visibility", "member_status", "created_at", "updated_at")
# Properties that cannot be queried: the service gives their names another meaning, or fails.
UNSUPPORTED_PROPERTIES = {
    *BASE_ATTRIBUTES,
    *("limit", "marker", "sort", "sort_key", "sort_dir", "tag", "member_status", "changes-since", "is_public"),
    *("deleted", "deleted_at", "members", "properties", "metadata", "registry"),
    *("delete", "get", "items", "iteritems", "keys", "next", "save", "to_dict", "update"),
}


def is_id(text: str) -> bool:
    """Return whether an image can have this ID; the service creates only UUIDs."""
    return bool(UUID.fullmatch(text))


def list_query(params: Params) -> dict[str, Any]:
    """Return the query with all conditions that the service can check."""
    query: dict[str, Any] = {name: params[name] for name in PLAIN_OPTIONS if params[name] is not None}
    query.setdefault("visibility", "all")
    names = name_filter(params)
    if names:
        query["name"] = names
    if params["status"]:
        query["status"] = "in:" + ",".join(params["status"])
    if params["tags"]:
        query["tag"] = params["tags"]
    properties = {name: value for name, value in (params["properties"] or {}).items() if value is not None}
    query.update({name: property_text(value) for name, value in properties.items() if is_supported(name)})
    keys = [f"{key}:{'desc' if descending else 'asc'}" for key, descending in sort_keys(params["sort"])]
    return {**query, "sort": ",".join(keys), "limit": str(page_size(params["limit"]))}


def plain_query(params: Params) -> dict[str, Any]:
    """Return the query for a service without filter operators, which may not support `sort` and `tag` either.

    matches_with_times() checks the other conditions.
    """
    query = {name: params[name] for name in ("name", "owner", "member_status") if params[name] is not None}
    return {**query, "limit": str(PAGE)}


def name_filter(params: Params) -> str | None:
    """Return the filter for the names; None if they are too many, or cannot be quoted."""
    if params["name"] is not None:
        return f"eq:{params['name']}"  # without the operator, the service parses the text before a colon as one
    names = params["names"] or []
    text = in_filter(names)
    if not names or any(set(name) & set('"\\') or not name for name in names) or len(quote(text)) > LONGEST_FILTER:
        return None
    return text


def is_supported(name: str) -> bool:
    """Return whether the service can filter by a property of this name."""
    return name not in UNSUPPORTED_PROPERTIES and not name.startswith("_") and not name.endswith(("_min", "_max"))


def page_size(limit: int | None) -> int:
    """Return how many images to request per page; not too few, as some do not match."""
    return PAGE if limit is None else min(max(limit, SMALLEST_PAGE), PAGE)


def selects_nothing(params: Params) -> bool:
    """Return whether no image can match because a list of permitted values is empty."""
    return [] in (params["names"], params["status"])


def check_limit(limit: int | None) -> None:
    """Raise GlanceError for a limit below 1."""
    if limit is not None and limit < 1:
        raise GlanceError(f"limit is {limit}. Set a number above 0, or omit it for all images")
