# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of an image with the options of image_info."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Callable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image, property_text

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le, "eq": eq, "neq": ne}


def matches(image: Image, params: Mapping[str, Any]) -> bool:
    """Return whether the image matches the options; case-sensitive, in contrast to the database of the service."""
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
        and all(has_property(image, name, value) for name, value in (params["properties"] or {}).items())
    )


def matches_with_times(image: Image, params: Mapping[str, Any]) -> bool:
    """Return whether the image matches, including the times, which a service with filter operators compares itself."""
    times = (name for name in ("created_at", "updated_at") if params[name] is not None)
    return matches(image, params) and all(matches_time(image.get(name), name, params[name]) for name in times)


def matches_time(time: Any, option: str, condition: str) -> bool:
    """Return whether a time meets a condition such as "gt:2026-01-01T00:00:00Z"; raise GlanceError if it is invalid."""
    operator, _colon, text = condition.partition(":")
    try:
        # A time without an operator contains colons as well.
        bound = parse_time(text if operator in COMPARISONS else condition)
    except ValueError as error:
        raise GlanceError(
            f"{option} is {condition!r}. Use an operator ({', '.join(COMPARISONS)}), a colon and a time in ISO 8601"
        ) from error
    return time is not None and COMPARISONS.get(operator, eq)(parse_time(str(time)), bound)


def parse_time(text: str) -> datetime:
    """Return a time in ISO 8601, in UTC unless it has a time zone; raise ValueError if it is invalid."""
    time = datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text.strip()))
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def has_property(image: Image, name: str, value: Any) -> bool:
    """Return whether the property has the value; None if the image must not have the property."""
    current = image.get(name)
    return current is value if value is None or current is None else property_text(current) == property_text(value)
