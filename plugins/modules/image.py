#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image
short_description: An image is this, content and attributes
version_added: "0.1.0"
description:
  - Brings the image of a name to a content, from a file or a URL, and to attributes.
  - What is left out stays as it is; what is given is exact.
  - Content is sent in one pass, without a temporary file, to an unfinished private image. Only when the service holds
    what was sent, byte for byte, does that image get its name and its visibility. Until then, the image that was there
    before is untouched; then it is removed.
  - A failure leaves no unfinished image behind, and what a killed run left is removed by the next one. So only one run
    at a time may bring an image to its content.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  name:
    description:
      - The name of the image.
      - Hidden and community images count too. Of several images of this name, the one with the wanted content is meant.
      - An image of another project is meant only if none in O(owner) or the own project has the name. It is never
        replaced or removed.
    type: str
    required: true
  state:
    description: Whether the image exists. V(absent) removes every image of the name that belongs to the project.
    type: str
    choices: [present, absent]
    default: present
  src:
    description: A file on the host with the content.
    type: path
  url:
    description:
      - An C(http) or C(https) URL of the content; redirects are followed. It is streamed to the service.
      - Without O(checksum), an image is taken to have this content if it was uploaded from the same URL, and the server
        still says the same date (or ETag, if it says no date) and size. This costs one request to the server.
    type: str
  checksum:
    description:
      - The checksum of the content, as V(md5:), V(sha256:) or V(sha512:) and the digits.
      - If the image has it, nothing is read. If the content that is uploaded has another, no image comes of it.
      - V(sha512:) and V(md5:) are known of images that were uploaded by other means, too.
    type: str
  disk_format:
    description:
      - The format of the content, such as V(qcow2) or V(raw); detected when left out.
      - Content that is something else is refused, as are web pages, other text, compressed files, and disks that need
        another file, such as a qcow2 with a backing file.
    type: str
  container_format:
    description: The format of what the disk is in. New content is V(bare) when left out.
    type: str
  visibility:
    description: Who sees the image. A new image is V(private) when left out.
    type: str
    choices: [public, private, shared, community]
  protected:
    description: Whether the image is protected from removal, and so its content from being replaced.
    type: bool
  hidden:
    description: Whether the image is left out of lists.
    type: bool
  min_disk:
    description: The GiB of disk that a server needs to boot the image.
    type: int
  min_ram:
    description: The MiB of memory that a server needs to boot the image.
    type: int
  properties:
    description:
      - Properties of the image; the others that it has are kept. A V(null) removes one.
      - Numbers and booleans become strings, booleans in lower case.
    type: dict
  tags:
    description: The tags of the image, exactly; an empty list removes all.
    type: list
    elements: str
  owner:
    description: The ID of the project that the image belongs to. The own project when left out.
    type: str
  timeout:
    description: Seconds within which the content must be sent, and again within which the service must have taken it.
    type: int
    default: 3600
notes:
  - New content is a new image with a new ID; it takes over the attributes, but not the members of a shared image.
  - An image that is replaced while others still use its data, so that the service refuses to remove it, is renamed and
    hidden.
  - The property C(osops_source) notes what the image cannot show of its source. It holds no URL.
"""

EXAMPLES = r"""
- name: Upload CirrOS for everyone
  osops.glance.image:
    cloud: sandbox
    name: cirros
    url: https://download.cirros-cloud.net/0.6.2/cirros-0.6.2-x86_64-disk.img
    checksum: md5:c8fc807773e5354afe61636071771906
    visibility: public
    properties:
      hw_rng_model: virtio
      os_distro: cirros

- name: Upload a file, whatever its format is
  osops.glance.image:
    cloud: sandbox
    name: appliance
    src: /srv/images/appliance.img
    tags: [golden]

- name: Change attributes of an image and leave its content alone
  osops.glance.image:
    cloud: sandbox
    name: appliance
    protected: true
    properties:
      os_version: null

- name: Remove an image
  osops.glance.image:
    cloud: sandbox
    name: appliance
    state: absent
"""

RETURN = r"""
id:
  description: The ID of the image; none if there is no image, or not yet in check mode.
  type: str
  returned: success
image:
  description: The image as the API returns it; in check mode, as far as that can be predicted.
  type: dict
  returned: success
action:
  description: What became of the image.
  type: str
  returned: success
  sample: create
  choices: [none, create, replace, update, remove]
transfer:
  description: What was sent.
  type: dict
  returned: when content was uploaded
  sample: {bytes: 12716032, seconds: 0.4}
"""

import json
from typing import Any, Iterable, Mapping
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils import _image as plans
from ansible_collections.osops.glance.plugins.module_utils._checksum import check_digest, digests
from ansible_collections.osops.glance.plugins.module_utils._cloud import (
    CLOUD_OPTIONS,
    CloudModule,
    Service,
    connect,
    document,
)
from ansible_collections.osops.glance.plugins.module_utils._content import disk_format
from ansible_collections.osops.glance.plugins.module_utils._module import run
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._send import SEND_ONCE, Body
from ansible_collections.osops.glance.plugins.module_utils._source import PIECE, File, Source, Url

OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "src": {"type": "path"},
    "url": {"type": "str"},
    "checksum": {"type": "str"},
    "disk_format": {"type": "str"},
    "container_format": {"type": "str"},
    "visibility": {"type": "str", "choices": ["public", "private", "shared", "community"]},
    "protected": {"type": "bool"},
    "hidden": {"type": "bool"},
    "min_disk": {"type": "int"},
    "min_ram": {"type": "int"},
    "properties": {"type": "dict"},
    "tags": {"type": "list", "elements": "str"},
    "owner": {"type": "str"},
    "timeout": {"type": "int", "default": 3600},
}

PATH = "/v2/images"
JSON_PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


class Images:
    """The images of the service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def named(self, name: str) -> list[plans.Image]:
        """Return every image of exactly that name, hidden ones and community ones too."""
        query = {"name": plans.name_filter(name)}
        found = [*self._of_everyone(query), *self._of_everyone({**query, "os_hidden": "true"})]
        # The database compares without regard to case.
        return [image for image in found if image.get("name") == name]

    def unfinished(self, name: str) -> list[plans.Image]:
        """Return the images that uploads to that name have begun and not finished."""
        found = self._pages({plans.UPLOAD_OF: name}) or []
        return [image for image in found if image.get(plans.UPLOAD_OF) == name]

    def _of_everyone(self, query: Mapping[str, str]) -> Iterable[plans.Image]:
        found = self._pages({**query, "visibility": "all"})
        if found is None:  # before Stein; community images are listed by themselves, if the release has them
            found = [*(self._pages(query) or []), *(self._pages({**query, "visibility": "community"}) or [])]
        return {image["id"]: image for image in found}.values()

    def _pages(self, query: Mapping[str, str]) -> list[plans.Image] | None:
        """Return the images that the query finds; None where the service does not know its visibility."""
        images: list[plans.Image] = []
        if not self._service.is_known():
            return images
        accept = (400,) if "visibility" in query else ()
        page = dict(query)
        while True:
            response = self._service.request("GET", PATH, accept=accept, params=page)
            if response.status_code == 400:
                return None
            answer = document(response)
            images += answer["images"]
            if "next" not in answer:
                return images
            page["marker"] = images[-1]["id"]

    def create(self, draft: Mapping[str, Any]) -> Any:
        return document(self._service.request("POST", PATH, json=draft))

    def send(self, image_id: str, body: Body, timeout: int) -> None:
        """Send the content, in one request that is never repeated."""
        size = {} if body.size is None else {"X-OpenStack-Image-Size": str(body.size)}
        headers = {"Content-Type": "application/octet-stream", **size}
        self._service.request(
            "PUT", f"{PATH}/{image_id}/file", headers=headers, data=body, timeout=timeout, **SEND_ONCE
        )

    def get(self, image_id: str) -> Any:
        return self._service.get(f"{PATH}/{image_id}")

    def digest(self, image_id: str, algorithm: str) -> str:
        """Return the digest of the content that the service gives back."""
        response = self._service.request("GET", f"{PATH}/{image_id}/file", stream=True)
        return digests(response.iter_content(PIECE), [algorithm])[algorithm]

    def update(self, image: plans.Image, attributes: Mapping[str, Any]) -> Any:
        """Give the image the attributes, and return it as it is then."""
        operations = plans.patch(image, attributes)
        path = f"{PATH}/{image['id']}"
        return document(self._service.request("PATCH", path, headers=JSON_PATCH, data=json.dumps(operations)))

    def remove(self, image: plans.Image) -> None:
        """Remove the image, protected or not; one that is gone already is fine."""
        self._unprotect(image)
        self._service.request("DELETE", f"{PATH}/{image['id']}", accept=(404,))

    def retire(self, image: plans.Image) -> bool:
        """Remove the image and return True; or rename and hide it where others still use its data."""
        self._unprotect(image)
        answer = self._service.request("DELETE", f"{PATH}/{image['id']}", accept=(404, 409))
        if answer.status_code != 409:
            return True
        name = f"(replaced, in use) {image['name']}"[:255]
        self.update(image, {"name": name, "os_hidden": True} if "os_hidden" in image else {"name": name})
        return False

    def discard(self, image: plans.Image) -> str:
        """Remove an unfinished image, and say so."""
        try:
            self.remove(image)
        except GlanceError as error:
            return f"The unfinished image {image['id']} is still there ({error}); the next run removes it"
        return f"The unfinished image {image['id']} is removed"

    def _unprotect(self, image: plans.Image) -> None:
        if image.get("protected"):
            self.update(image, {"protected": False})


def source(params: Mapping[str, Any]) -> Source | None:
    """Return where the content comes from, if that was given."""
    if params["src"]:
        return File(params["src"])
    return Url(params["url"]) if params["url"] else None


class ImageOfName:
    """The image of a name: its content and its attributes."""

    @classmethod
    def blind(cls, module: AnsibleModule) -> ImageOfName:
        return Unseen(module)

    def _entered(self, module: AnsibleModule) -> tuple[Images, str | None]:
        """Enter the cloud, and return its images and the project of the account."""
        cloud = connect(module)
        cloud.authenticate()
        return Images(cloud.service("image")), cloud.session.get_project_id()

    def __init__(self, module: AnsibleModule) -> None:
        self._timeout: int = module.params["timeout"]
        self._state: str = module.params["state"]
        self._wish = plans.wanted(module.params)
        self._source = source(module.params)
        module.no_log_values.update(filter(None, [urlsplit(module.params["url"] or "").password]))
        self._images, project = self._entered(module)
        self._owner: str | None = module.params["owner"] or project
        self._owners = {self._owner, project}
        self._image: dict[str, Any] = {}
        self._transfer: dict[str, Any] = {}
        self._warnings: list[str] = []

    def plan(self) -> Plan:
        named = self._images.named(self._wish.name)
        unfinished = plans.own(self._images.unfinished(self._wish.name), self._owners)
        leftovers = [plans.remove(image, "unfinished upload") for image in unfinished]
        if self._state == "absent":
            return Plan((*leftovers, *plans.absent(plans.own(named, {self._owner}), self._wish)))
        mine = plans.own(named, self._owners)
        replaced = plans.superseded(mine)
        healing = [plans.remove(image, f"replaced image {self._wish.name}", action="retire") for image in replaced]
        candidates = [image for image in mine if image not in replaced] or plans.offered(named)
        return Plan((*leftovers, *healing, *self._present(candidates)))

    def _present(self, candidates: list[plans.Image]) -> Iterable[Step]:
        current, same = plans.choose(candidates, self._wish, self._source)
        if current and same:
            self._image = plans.with_attributes(current, self._wish.attributes)
            return plans.update(current, self._wish)
        if current:
            plans.refuse_replacing(current, self._wish, self._owners)
        if self._source is None:
            raise GlanceError(plans.no_source(current, self._wish))
        found = disk_format(self._source, self._wish.disk_format, plans.container(current, self._wish))
        step = plans.upload(current, self._wish, self._source, found)
        self._image = plans.uploaded(step, self._wish)
        return (step,)

    def apply(self, plan: Plan) -> None:
        for step in plan.steps:
            getattr(self, f"_{step.action}")(**(step.arguments or {}))

    def _remove(self, image: plans.Image) -> None:
        self._images.remove(image)

    def _retire(self, image: plans.Image) -> None:
        if not self._images.retire(image):
            self._warnings.append(f"The replaced image {image['id']} is in use; it is renamed and hidden")

    def _update(self, image: plans.Image, attributes: Mapping[str, Any]) -> None:
        self._image = self._images.update(image, attributes)

    def _create(self, previous: None, **new: Any) -> None:
        self._image = self._uploaded(**new)

    def _replace(self, previous: plans.Image, **new: Any) -> None:
        self._image = self._uploaded(**new)
        try:
            self._retire(previous)
        except GlanceError as error:
            raise GlanceError(
                f"The image {self._wish.name} is {self._image['id']} now, but {previous['id']}, which it replaces, "
                f"could not be removed: {error}"
            ) from error

    def _uploaded(
        self, source: Source, formats: Mapping[str, str], attributes: Mapping[str, Any], note: Mapping[str, str]
    ) -> Any:
        """Upload the content, and return the image when it is proven and published; nothing is left on a failure."""
        created = self._images.create(plans.draft(self._wish.name, formats, attributes))
        try:
            image = self._filled(created, source)
            return self._images.update(image, plans.publication(image, self._wish, attributes, note))
        except BaseException as error:
            left = self._images.discard(created)
            if not isinstance(error, GlanceError):
                raise
            raise GlanceError(f"The upload of the image {self._wish.name} failed: {error}. {left}") from error

    def _filled(self, created: plans.Image, source: Source) -> Any:
        """Send the content, and return the image when it is proven that the service holds it."""
        body = Body(source, plans.algorithms(created, self._wish.checksum), self._timeout)
        self._images.send(created["id"], body, self._timeout)
        self._transfer = {"bytes": body.sent, "seconds": round(body.seconds, 1)}
        check_digest(source.name, body.digests, self._wish.checksum)
        image = self._images.get(created["id"])
        plans.verify_size(image, body.sent)
        held = plans.known_digests(image)
        if not held.keys() & body.digests.keys():  # the service hashes in a way that nothing told before
            held = {name: self._images.digest(image["id"], name) for name in body.digests}
        plans.verify_digests(held, body.digests)
        return image

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return the image, and what became of it."""
        sent = {"transfer": self._transfer} if self._transfer else {}
        action = plans.action(plan.steps, self._wish.name)
        return {"id": self._image.get("id"), "image": self._image, "action": action, "warnings": self._warnings, **sent}


class Unseen(ImageOfName):
    """What is predicted where the cloud cannot be asked, as the host has no openstacksdk yet."""

    def _entered(self, module: AnsibleModule) -> tuple[Images, str | None]:
        return NoImages(), None


class NoImages(Images):
    """The images of a service that is not there yet."""

    def __init__(self) -> None: ...

    def _pages(self, query: Mapping[str, str]) -> list[plans.Image] | None:
        return []


def main() -> None:
    module = CloudModule(
        argument_spec={**CLOUD_OPTIONS, **OPTIONS},
        mutually_exclusive=[("src", "url")],
        supports_check_mode=True,
    )
    run(module, ImageOfName)


if __name__ == "__main__":
    main()
