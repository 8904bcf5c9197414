#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_info
short_description: What images there are
version_added: "0.2.0"
description:
  - Returns the images that the account sees, or those of them that are asked for, as the API tells them.
  - What is left out does not matter; what is given must all be so. Only O(limit) and O(sort) choose nothing.
  - Hidden images and those of the community are returned too. An account with administrator's rights sees the images of
    all projects.
  - Names, tags and properties are compared exactly, with regard to case.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes.read_only
options:
  id:
    description:
      - The ID of the image.
      - An ID that no image has gives an empty list.
    type: str
  name:
    description: The name. Several images may have it.
    type: str
  names:
    description: A list of names; images with one of them are returned.
    type: list
    elements: str
  pattern:
    description:
      - A pattern for the name as a shell has them, such as V(ubuntu-*).
      - The service knows no patterns, so all images that the other options leave are listed and compared here.
    type: str
  owner:
    description: The ID of the project that the image belongs to.
    type: str
  visibility:
    description: Who sees the image.
    type: str
    choices: [public, private, shared, community]
  status:
    description: The states that the image may be in.
    type: list
    elements: str
    choices: [queued, saving, uploading, importing, active, deactivated, killed, pending_delete, deleted]
  tags:
    description: The tags that the image must have, all of them.
    type: list
    elements: str
  hidden:
    description: Whether the image is left out of lists that do not ask for hidden ones.
    type: bool
  properties:
    description:
      - The properties that the image must have, with their values, compared as text; booleans in lower case.
      - A V(null) means that it must not have the property.
    type: dict
  member_status:
    description:
      - Which images that other projects share with the own one are meant, by what was made of the offer.
      - Only V(accepted) ones when left out. An account that sees the images of all projects anyway sees all of these.
    type: str
    choices: [accepted, pending, rejected, all]
  created_at:
    description:
      - When the image was created. An operator V(gt:), V(gte:), V(lt:), V(lte:), V(eq:) or V(neq:), and a time in
        ISO 8601.
    type: str
  updated_at:
    description: When the image was changed the last time, as with O(created_at).
    type: str
  sort:
    description:
      - What to sort by, the most important first. V(name), V(status), V(container_format), V(disk_format), V(size),
        V(id), V(created_at) or V(updated_at), each with V(:asc) or V(:desc); V(:asc) when left out.
      - Names are sorted without regard to case. What has no value, such as the size of an image without data, counts as
        less than everything else.
      - Of what is equal then, the newest comes first.
    type: list
    elements: str
    default: ['created_at:desc']
  limit:
    description: The most images to return, the first of them.
    type: int
  members:
    description:
      - Whether to return the projects that an image is shared with as well. This costs a request for each image whose
        visibility is V(shared).
    type: bool
    default: false
notes:
  - Services before Stein cannot tell an administrator of the community images of other projects together with the
    rest; they are asked twice.
  - Services before Mitaka do not support operators in filters. All images of O(name) or O(owner) are listed there, and
    the module compares everything else itself.
  - A service that is not in the catalog has no images, which is a warning.
seealso:
  - module: osops.glance.image
"""

EXAMPLES = r"""
- name: Ask for the images of a name
  osops.glance.image_info:
    cloud: sandbox
    name: cirros
  register: cirros

- name: Show their IDs
  ansible.builtin.debug:
    msg: "{{ cirros['images'] | map(attribute='id') }}"

- name: Ask for the newest public image that is ready and says it is Ubuntu
  osops.glance.image_info:
    cloud: sandbox
    visibility: public
    status: [active]
    hidden: false
    properties:
      os_distro: ubuntu
    sort: ['created_at:desc']
    limit: 1

- name: Ask for uploads that did not come to an end
  osops.glance.image_info:
    cloud: sandbox
    status: [queued, saving, uploading, importing]
    updated_at: lt:2026-01-01T00:00:00Z

- name: Ask with whom the images of a family are shared
  osops.glance.image_info:
    cloud: sandbox
    pattern: appliance-*
    visibility: shared
    members: true
    sort: [name]
"""

RETURN = r"""
images:
  description:
    - The images as the API tells them, with properties beside the other attributes; tags are sorted.
    - With O(members), each also has C(members), a list with C(member_id), C(status) and more as the API tells them. It
      is empty unless the image is shared. Who is a member and not the owner sees but itself in it.
  type: list
  elements: dict
  returned: success
  sample:
    - id: 4b1f2cd2-3d5c-4b7e-9d0e-2b6ad7a5d0a1
      name: cirros
      status: active
      visibility: public
      disk_format: qcow2
      container_format: bare
      size: 21430272
      os_hidden: false
      os_distro: cirros
      tags: []
"""

from itertools import islice
from typing import Any, Iterator, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._image import query as plans
from ansible_collections.osops.glance.plugins.module_utils._image.filters import FilterOperators
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import connect
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document

OPTIONS: dict[str, Any] = {
    "id": {"type": "str"},
    "name": {"type": "str"},
    "names": {"type": "list", "elements": "str"},
    "pattern": {"type": "str"},
    "owner": {"type": "str"},
    "visibility": {"type": "str", "choices": ["public", "private", "shared", "community"]},
    "status": {
        "type": "list",
        "elements": "str",
        "choices": [
            *("queued", "saving", "uploading", "importing"),
            *("active", "deactivated", "killed", "pending_delete", "deleted"),
        ],
    },
    "tags": {"type": "list", "elements": "str"},
    "hidden": {"type": "bool"},
    "properties": {"type": "dict"},
    "member_status": {"type": "str", "choices": ["accepted", "pending", "rejected", "all"]},
    "created_at": {"type": "str"},
    "updated_at": {"type": "str"},
    "sort": {"type": "list", "elements": "str", "default": ["created_at:desc"]},
    "limit": {"type": "int"},
    "members": {"type": "bool", "default": False},
}
# One image is told without a list, where the service would compare these.
ONLY_LISTS = ("member_status", "created_at", "updated_at")

PATH = "/v2/images"


class ImageInfo:
    """The images that are asked for."""

    @classmethod
    def predict(cls, module: AnsibleModule) -> PredictedImages:
        return PredictedImages()

    def __init__(self, module: AnsibleModule) -> None:
        self._params: dict[str, Any] = module.params
        plans.check_limit(self._params["limit"])
        self._query = plans.query(self._params)
        self._operators = FilterOperators()
        cloud = connect(module)
        cloud.authenticate()
        self._patience = cloud.retry_policy
        self._service = cloud.service("image")

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        """Do nothing, as the plan says."""

    def result(self, plan: Plan) -> dict[str, Any]:
        if not self._service.is_in_catalog():
            return {"images": [], "warnings": ["The catalog has no Image service in the region, so no images"]}
        images = plans.in_order(self._found(), self._params["sort"])[: self._params["limit"]]
        if self._params["members"]:
            images = [{**image, "members": self._members(image)} for image in images]
        return {"images": images}

    def _found(self) -> list[Image]:
        if plans.finds_nothing(self._params):
            return []
        found = self._listed() if self._params["id"] is None else self._one(self._params["id"])
        return [*found.values()]

    def _one(self, image_id: str) -> dict[str, Image]:
        image = self._asked(f"{PATH}/{image_id}", 404) if plans.is_id(image_id) else None
        return {image_id: image} if image and plans.matches(image, self._params) else {}

    def _listed(self) -> dict[str, Image]:
        """Return the images by their IDs; an empty list of a service that does not support the filters is no answer."""
        found = self._with_filters()
        if found or self._operators.are_supported(self._first):
            return found
        query = plans.plain_query(self._params)
        images = self._pages(self._asked(PATH, params=query), query)
        return {image["id"]: image for image in images if plans.matches_all(image, self._params)}

    def _first(self, query: Mapping[str, str]) -> list[Image]:
        return list((self._asked(PATH, params=query) or {})["images"])

    def _with_filters(self) -> dict[str, Image]:
        """Return the images by their IDs, as some come in more than one list."""
        found: dict[str, Image] = {}
        for hidden in (False, True) if self._params["hidden"] is None else (self._params["hidden"],):
            # Releases before Rocky would take "false" for a property that the image must have.
            query = {**self._query, "os_hidden": "true"} if hidden else self._query
            for images in self._lists(query):
                meant = (image for image in images if plans.matches(image, self._params))
                found.update({image["id"]: image for image in islice(meant, plans.enough(self._params))})
        return found

    def _lists(self, query: Mapping[str, Any]) -> list[Iterator[Image]]:
        """Return the lists that together have all images of the query, each in the order of the query."""
        if query["visibility"] != "all":
            return [self._pages(self._asked(PATH, params=query), query)]
        first = self._asked(PATH, 400, params=query)
        if first is not None:
            return [self._pages(first, query)]
        # Before Stein; community images are listed by themselves, if the release has them.
        plain = {name: value for name, value in query.items() if name != "visibility"}
        lists = [self._pages(self._asked(PATH, params=plain), plain)]
        community = {**query, "visibility": "community"}
        first = self._asked(PATH, 400, params=community)
        return lists if first is None else [*lists, self._pages(first, community)]

    def _pages(self, page: Any, query: Mapping[str, Any]) -> Iterator[Image]:
        while True:
            yield from page["images"]
            if "next" not in page:
                return
            page = self._asked(PATH, params={**query, "marker": page["images"][-1]["id"]})

    def _members(self, image: Image) -> list[Any]:
        told = self._asked(f"{PATH}/{image['id']}/members", 404) if image.get("visibility") == "shared" else None
        return sorted(told["members"], key=lambda member: str(member["member_id"])) if told else []

    def _asked(self, path: str, *refusals: int, **arguments: Any) -> Any | None:
        """Return the document at the path, or None on one of the refusals."""
        response = self._patience.call(lambda: self._service.request("GET", path, accept=refusals, **arguments))
        return None if response.status_code in refusals else document(response)


class PredictedImages:
    """What is predicted where the cloud cannot be asked, as the host has no openstacksdk yet."""

    def plan(self) -> Plan:
        return Plan()

    def apply(self, plan: Plan) -> None:
        """Do nothing, as the plan says."""

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"images": []}


def main() -> None:
    module = CloudModule(
        argument_spec={**CLOUD_OPTIONS, **OPTIONS},
        mutually_exclusive=[("id", name) for name in ONLY_LISTS],
        supports_check_mode=True,
    )
    run(module, ImageInfo)


if __name__ == "__main__":
    main()
