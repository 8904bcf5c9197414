# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the list of images, for services of every release.

Mitaka introduced operators: `name=in:"a","b"` and `name=eq:a`. Earlier releases compare the whole text, so these
filters match nothing. The API version does not show the difference: Liberty and Mitaka both report v2.3. A plain
`name=a` does not work on newer services either: they parse the text before a colon as an operator.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

from ansible_collections.osops.glance.plugins.module_utils._image.model import Image

SAMPLE = "25"  # images to list in order to find one that has a name
LONGEST_QUERY = 2500  # characters; uWSGI accepts 4096 bytes of request line and headers together

Query = Mapping[str, str]


def name_filters(names: Iterable[str]) -> Iterator[str]:
    """Yield the filters that together match the names, in few queries below the longest request line."""
    chunk: list[str] = []
    for name in sorted(set(names)):
        # Glance does not unescape quoted values.
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
    """Return the filter that matches any of the names; quoted, so that colons and commas in names have no meaning."""
    return "in:" + ",".join(f'"{name}"' for name in names)


def sample_name(images: Iterable[Image]) -> str | None:
    """Return the name of one of the images; preferably one without a colon, which no service parses as an operator."""
    names = [str(image["name"]) for image in images if image.get("name")]
    return next((name for name in names if ":" not in name), next(iter(names), None))


def has_name(images: Iterable[Image], name: str) -> bool:
    """Return whether one of the images has the name."""
    return any(image.get("name") == name for image in images)


class FilterOperators:
    """Support of filter operators by the service; it is tested only if nothing else shows it."""

    def __init__(self) -> None:
        self._are_supported: bool | None = None

    def mark_supported(self) -> None:
        """Record that the service has shown its support."""
        self._are_supported = True

    def are_supported(self, list_images: Callable[[Query], Iterable[Image]]) -> bool:
        """Return whether the service supports operators; true as long as no image allows a test.

        list_images: returns the first page of a query.
        """
        if self._are_supported is None:
            name = sample_name(list_images({"limit": SAMPLE}))
            if name is None:
                return True
            if has_name(list_images({"name": f"eq:{name}", "limit": SAMPLE}), name):
                self._are_supported = True
            elif ":" in name or has_name(list_images({"name": name, "limit": SAMPLE}), name):
                self._are_supported = False
            else:
                return True  # the image was removed in the meantime
        return self._are_supported
