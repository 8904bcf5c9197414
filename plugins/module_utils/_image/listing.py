# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of images by name, and of retired copies."""

from __future__ import annotations

from typing import Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._image.connection import PATH, ImageConnection
from ansible_collections.osops.glance.plugins.module_utils._image.filters import FilterOperators, name_filters
from ansible_collections.osops.glance.plugins.module_utils._image.model import RETIRED, Image
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document

PAGE = "1000"  # images per page, the default maximum of the service


class ImageListing:
    """Lists of the images of the service."""

    def __init__(self, connection: ImageConnection, operators: FilterOperators) -> None:
        self._connection = connection
        self._operators = operators

    def named(self, names: Iterable[str], hidden: bool = True) -> list[Image]:
        """Return the images of exactly these names, including community images.

        hidden: whether to include hidden images.
        """
        requested = set(names)
        images = self._with_filters(name_filters(requested), requested, hidden)
        if images:
            self._operators.mark_supported()
        elif requested and not self._operators.are_supported(self._first_page):
            # A release without operators has no hidden images either.
            images = self._with_filters(sorted(requested), requested, hidden=False)
        return images

    def retired(self) -> list[Image]:
        """Return the retired copies of all names."""
        query = {RETIRED: "true"}
        return list({**self._of_all_projects(query), **self._of_all_projects({**query, "os_hidden": "true"})}.values())

    def _with_filters(self, filters: Iterable[str], names: set[str], hidden: bool) -> list[Image]:
        """Return the images that match the filters and have one of the names; the database ignores the case."""
        images: dict[str, Image] = {}
        for text in filters:
            images.update(self._of_all_projects({"name": text}))
            if hidden:
                images.update(self._of_all_projects({"name": text, "os_hidden": "true"}))
        return [image for image in images.values() if image.get("name") in names]

    def _first_page(self, query: Mapping[str, str]) -> list[Image]:
        """Return the images on the first page of a query that every release supports."""
        if not self._connection.is_in_catalog():
            return []
        return list(document(self._connection.request("GET", PATH, params=query))["images"])

    def _of_all_projects(self, query: Mapping[str, str]) -> dict[str, Image]:
        """Return the images of the query by their IDs, including community images."""
        images = self._pages({**query, "visibility": "all"})
        if images is None:  # before Stein; community images are listed separately, if the release has them
            images = [*(self._pages(query) or []), *(self._pages({**query, "visibility": "community"}) or [])]
        else:
            self._operators.mark_supported()  # older than this visibility
        return {image["id"]: image for image in images}

    def _pages(self, query: Mapping[str, str]) -> list[Image] | None:
        """Return the images of the query; None if the service does not support the visibility in it."""
        images: list[Image] = []
        if not self._connection.is_in_catalog():
            return images
        accept = (400,) if "visibility" in query else ()
        page = {**query, "limit": PAGE}
        while True:
            response = self._connection.request("GET", PATH, accept=accept, params=page)
            if response.status_code == 400:
                return None
            result = document(response)
            images += result["images"]
            if "next" not in result:
                return images
            page["marker"] = images[-1]["id"]
