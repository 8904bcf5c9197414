#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_info
short_description: Retrieve information about Glance images
version_added: "0.1.0"
description:
  - Returns the images that the account can see, as the API returns them.
  - The options are filters, all of which must match; O(limit) and O(sort) only affect the order and the number.
  - The result includes hidden images and those of the community. An account with administrator's rights sees the images
    of all projects.
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
      - The result for an unknown ID is an empty list.
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
      - A shell pattern for the name, such as V(ubuntu-*).
      - The service does not support patterns, so the module lists all images that match the other options and compares
        their names itself.
    type: str
  owner:
    description: The ID of the project that the image belongs to.
    type: str
  visibility:
    description: Who can see the image.
    type: str
    choices: [public, private, shared, community]
  status:
    description: The permitted states of the image.
    type: list
    elements: str
    choices: [queued, saving, uploading, importing, active, deactivated, killed, pending_delete, deleted]
  tags:
    description: The tags that the image must have, all of them.
    type: list
    elements: str
  hidden:
    description: Whether the image is hidden, which omits it from lists by default.
    type: bool
  properties:
    description:
      - The properties that the image must have, with their values, compared as text; booleans in lower case.
      - A V(null) means that it must not have the property.
    type: dict
  member_status:
    description:
      - Which images of other projects that are shared with the project of the account are returned, by the member
        status of the project.
      - The default is V(accepted). An account that sees the images of all projects sees all of them.
    type: str
    choices: [accepted, pending, rejected, all]
  created_at:
    description:
      - When the image was created. An operator V(gt:), V(gte:), V(lt:), V(lte:), V(eq:) or V(neq:), and a time in
        ISO 8601.
    type: str
  updated_at:
    description: When the image was changed last, as with O(created_at).
    type: str
  sort:
    description:
      - The sort keys, the most important first. V(name), V(status), V(container_format), V(disk_format), V(size),
        V(id), V(created_at) or V(updated_at), each with V(:asc) or V(:desc); the default is V(:asc).
      - Names are sorted without regard to case. A missing value, such as the size of an image without data, precedes
        all others.
      - Images that are equal by these keys are sorted by their creation time, the newest first.
    type: list
    elements: str
    default: ['created_at:desc']
  limit:
    description: The maximum number of images to return.
    type: int
  members:
    description:
      - Whether to return the projects that an image is shared with. This needs a request for each image whose
        visibility is V(shared).
    type: bool
    default: false
notes:
  - Services before Stein cannot list the community images of other projects together with the rest for an
    administrator, so the module requests two lists.
  - Services before Mitaka do not support operators in filters. There the module lists all images of O(name) or O(owner)
    and compares the other options itself.
  - If the catalog has no Image service, the result is empty and the module returns a warning.
seealso:
  - module: osops.glance.image
"""

EXAMPLES = r"""
- name: Retrieve the images of a name
  osops.glance.image_info:
    cloud: sandbox
    name: cirros
  register: cirros

- name: Show their IDs
  ansible.builtin.debug:
    msg: "{{ cirros['images'] | map(attribute='id') }}"

- name: Retrieve the newest active public image of Ubuntu
  osops.glance.image_info:
    cloud: sandbox
    visibility: public
    status: [active]
    hidden: false
    properties:
      os_distro: ubuntu
    sort: ['created_at:desc']
    limit: 1

- name: Retrieve unfinished uploads
  osops.glance.image_info:
    cloud: sandbox
    status: [queued, saving, uploading, importing]
    updated_at: lt:2026-01-01T00:00:00Z

- name: Retrieve images that match a pattern, with the projects that they are shared with
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
    - The images as the API returns them, with properties next to the other attributes; tags are sorted.
    - With O(members), each image also has C(members), a list with C(member_id), C(status) and more as the API returns
      them. It is empty unless the image is shared. A member that is not the owner sees only itself in it.
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

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._image.info import ImageInfo
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule

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
# Options that the service compares only in lists, so they exclude id.
LIST_OPTIONS = ("member_status", "created_at", "updated_at")


def main() -> None:
    module = CloudModule(
        argument_spec={**CLOUD_OPTIONS, **OPTIONS},
        mutually_exclusive=[("id", name) for name in LIST_OPTIONS],
        supports_check_mode=True,
    )
    run(module, ImageInfo)


if __name__ == "__main__":
    main()
