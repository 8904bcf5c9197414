# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resource of image_info: the images that its options select."""

from __future__ import annotations

from itertools import islice
from typing import Any, Iterator, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._image.filters import FilterOperators
from ansible_collections.osops.glance.plugins.module_utils._image.match import matches, matches_with_times
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.order import sort_images, sufficient_images
from ansible_collections.osops.glance.plugins.module_utils._image.query import (
    check_limit,
    is_id,
    list_query,
    plain_query,
    selects_nothing,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import connect
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document

PATH = "/v2/images"


class ImageInfo:
    """The images that the options select."""

    @classmethod
    def predict(cls, module: AnsibleModule) -> PredictedImageInfo:
        """Return the result for a prediction without openstacksdk."""
        return PredictedImageInfo()

    def __init__(self, module: AnsibleModule) -> None:
        self._params: dict[str, Any] = module.params
        check_limit(self._params["limit"])
        self._query = list_query(self._params)
        self._operators = FilterOperators()
        cloud = connect(module)
        cloud.authenticate()
        self._retry_policy = cloud.retry_policy
        self._service = cloud.service("image")

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        """Change nothing."""

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return the selected images."""
        if not self._service.is_in_catalog():
            return {
                "images": [],
                "warnings": ["The catalog has no Image service in the region, so the result is empty"],
            }
        images = sort_images(self._selected(), self._params["sort"])[: self._params["limit"]]
        if self._params["members"]:
            images = [{**image, "members": self._members(image)} for image in images]
        return {"images": images}

    def _selected(self) -> list[Image]:
        if selects_nothing(self._params):
            return []
        images = self._listed() if self._params["id"] is None else self._by_id(self._params["id"])
        return [*images.values()]

    def _by_id(self, image_id: str) -> dict[str, Image]:
        image = self._get(f"{PATH}/{image_id}", 404) if is_id(image_id) else None
        return {image_id: image} if image and matches(image, self._params) else {}

    def _listed(self) -> dict[str, Image]:
        """Return the images by their IDs; an empty list is only reliable if the service supports the filters."""
        images = self._with_filters()
        if images or self._operators.are_supported(self._first_page):
            return images
        query = plain_query(self._params)
        pages = self._pages(self._get(PATH, params=query), query)
        return {image["id"]: image for image in pages if matches_with_times(image, self._params)}

    def _first_page(self, query: Mapping[str, str]) -> list[Image]:
        return list((self._get(PATH, params=query) or {})["images"])

    def _with_filters(self) -> dict[str, Image]:
        """Return the images by their IDs, as an image can be in several lists."""
        selected: dict[str, Image] = {}
        sufficient = sufficient_images(self._params["limit"], self._params["sort"])
        for hidden in (False, True) if self._params["hidden"] is None else (self._params["hidden"],):
            # Releases before Rocky would treat "false" as the value of a property.
            query = {**self._query, "os_hidden": "true"} if hidden else self._query
            for images in self._lists(query):
                matching = (image for image in images if matches(image, self._params))
                selected.update({image["id"]: image for image in islice(matching, sufficient)})
        return selected

    def _lists(self, query: Mapping[str, Any]) -> list[Iterator[Image]]:
        """Return the lists that together contain all images of the query, each in the order of the query."""
        if query["visibility"] != "all":
            return [self._pages(self._get(PATH, params=query), query)]
        first = self._get(PATH, 400, params=query)
        if first is not None:
            return [self._pages(first, query)]
        # Before Stein; community images are listed separately, if the release has them.
        plain = {name: value for name, value in query.items() if name != "visibility"}
        lists = [self._pages(self._get(PATH, params=plain), plain)]
        community = {**query, "visibility": "community"}
        first = self._get(PATH, 400, params=community)
        return lists if first is None else [*lists, self._pages(first, community)]

    def _pages(self, page: Any, query: Mapping[str, Any]) -> Iterator[Image]:
        while True:
            yield from page["images"]
            if "next" not in page:
                return
            page = self._get(PATH, params={**query, "marker": page["images"][-1]["id"]})

    def _members(self, image: Image) -> list[Any]:
        result = self._get(f"{PATH}/{image['id']}/members", 404) if image.get("visibility") == "shared" else None
        return sorted(result["members"], key=lambda member: str(member["member_id"])) if result else []

    def _get(self, path: str, *accept: int, **arguments: Any) -> Any | None:
        """Return the document at the path, or None for a status code in accept."""
        response = self._retry_policy.call(lambda: self._service.request("GET", path, accept=accept, **arguments))
        return None if response.status_code in accept else document(response)


class PredictedImageInfo:
    """The result if openstacksdk is not installed on the host yet."""

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        """Change nothing."""

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"images": []}
