# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the list of images, on services of every release.

Mitaka introduced operators: `name=in:"a","b"` and `name=eq:a`. Before, the service compares the whole text, so these
filters match nothing. The API version does not show the difference: Liberty and Mitaka both report v2.3. A plain
`name=a` is no way out on newer services: they take what precedes a colon for an operator.
"""

from __future__ import annotations

from typing import Callable, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._image.model import Image

SAMPLE = "25"  # images, one of which has a name

Query = Mapping[str, str]


def sample_name(images: Iterable[Image]) -> str | None:
    """Return the name of one of the images; preferably one that no service takes for a filter with an operator."""
    names = [str(image["name"]) for image in images if image.get("name")]
    return next((name for name in names if ":" not in name), next(iter(names), None))


def has_name(images: Iterable[Image], name: str) -> bool:
    return any(image.get("name") == name for image in images)


class FilterOperators:
    """Whether the service supports the operators of filters; requested only if a list with operators is empty."""

    def __init__(self) -> None:
        self._are_supported: bool | None = None

    def were_used(self) -> None:
        """Record that a list with operators had a result, which proves the support."""
        self._are_supported = True

    def are_supported(self, listed: Callable[[Query], Iterable[Image]]) -> bool:
        """Return whether the service supports operators; true as long as it has no image that could show it.

        listed: returns the first images that a query finds.
        """
        if self._are_supported is None:
            name = sample_name(listed({"limit": SAMPLE}))
            if name is None:
                return True
            if has_name(listed({"name": f"eq:{name}", "limit": SAMPLE}), name):
                self._are_supported = True
            elif ":" in name or has_name(listed({"name": name, "limit": SAMPLE}), name):
                self._are_supported = False
            else:
                return True  # the image was removed in the meantime
        return self._are_supported
