#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_check
short_description: Proof that the Image service works
version_added: "0.1.0"
description:
  - Uses the service as a client does, step by step, and fails at the first step that does not work, with what it
    usually means.
  - The Identity service gives a token; the catalog has an endpoint; at each URL of the catalog the API tells its
    versions, and answers with the token; each store gives an image back as it was uploaded.
  - For each store, the newest image that it holds is read, so that data that the service cannot read is found.
  - Nothing that it does lasts, so it never reports a change.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  endpoint:
    description: The URL of one API, to be asked instead of the one in the catalog; such as V(http://controller2:9292).
    type: str
  stores:
    description:
      - The names of stores that the service must have. It tells which it has from Train on.
    type: list
    elements: str
    default: []
  upload:
    description:
      - Whether to upload an image of random bytes to each store that can be written to, to download it, to compare,
        and to remove it.
      - In check mode this is left out.
    type: bool
    default: true
  read:
    description:
      - Whether to read the first byte of the newest image in each store, among the newest 1000 active images that the
        credentials see.
      - Before Train the service does not report the store of an image, and one image is read.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait until the API answers, for a service that has just been started.
      - The same limit applies to the requests to each further endpoint, to the upload and download of each store, and
        to the images that are read.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Prove that the Image service works
  osops.glance.service_check:
    cloud: sandbox

- name: Wait until the API on this controller answers
  osops.glance.service_check:
    cloud: sandbox
    endpoint: http://{{ ansible_facts['hostname'] }}:9292
    upload: false
    timeout: 120
"""

RETURN = r"""
endpoints:
  description: The URLs that the catalog has of the service in the region, by interface.
  type: dict
  returned: success
  sample: {public: "http://controller:9292", internal: "http://controller:9292", admin: "http://controller:9292"}
versions:
  description: The versions of the API that the service tells.
  type: list
  elements: str
  returned: success
  sample: [v2.15, v2.13]
images:
  description: Whether the credentials see any image.
  type: bool
  returned: success
health:
  description: What the service answers to C(/healthcheck); null where it has none. It is no proof of anything else.
  type: str
  returned: success
  sample: OK
uploads:
  description: To which store how much was uploaded and downloaded, and how long both took; C(null) is the only store.
  type: list
  elements: dict
  returned: when images were uploaded; not in check mode, nor without O(upload)
  sample: [{store: fs, bytes: 262144, seconds: 0.3}]
reads:
  description: From which store which image was read; the store is C(null) where the service does not report it.
  type: list
  elements: dict
  returned: with O(read)
  sample: [{store: fs, image: 6e1ba1e4-c6f5-4b56-8e4c-2f4a1ba4c4a5}]
"""

import os
import time
import uuid
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import digests
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._image.stored_images import (
    listed,
    newest_per_store,
    read_first_byte,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import (
    CLOUD_OPTIONS,
    SEND_ONCE,
    CloudModule,
    connect,
    document,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.health import ANY_STATUS, PATH, Api, explained

OPTIONS: dict[str, Any] = {
    "endpoint": {"type": "str"},
    "stores": {"type": "list", "elements": "str", "default": []},
    "upload": {"type": "bool", "default": True},
    "read": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 60},
}

PIECE = 64 * 1024
PIECES = 4

UPLOAD_USUALLY = {
    410: "Usually the service could not use its store when it started: look at its log, and at who owns the directory",
    413: "Usually the store is full, or a quota is used up",
    500: "Look at the log of the service: usually it cannot reach its store or lacks the driver's library",
    503: "Usually the service may not write to its store: look at who owns the directory",
}


class Trial:
    """A client of the Image service that tries whether it works."""

    def __init__(self, module: AnsibleModule) -> None:
        self._cloud = connect(module)
        self._endpoint: str | None = module.params["endpoint"]
        self._wanted: list[str] = module.params["stores"]
        self._upload: bool = module.params["upload"]
        self._read: bool = module.params["read"]
        self._timeout: int = module.params["timeout"]
        self._api = Api(self._cloud, self._endpoint, self._timeout)
        self._service = self._api.service
        self._stores: list[str | None] = []
        self._found: dict[str, Any] = {}

    def plan(self) -> Plan:
        with self._cloud.within(self._timeout):
            self._cloud.authenticate()
            self._found = self._api.answers()
            self._found["health"] = self._health()
        self._try_others()
        if not self._upload:
            return Plan()
        self._stores = self._writable_stores()
        return Plan(
            tuple(
                Step(resource=f"upload to {store or 'the store'}", action="try", is_change=False)
                for store in self._stores
            )
        )

    def _health(self) -> str | None:
        """Return what the service says of its health; it has not asked its database then, so this proves little."""
        response = self._service.request("GET", "/healthcheck", accept=ANY_STATUS, authenticated=False)
        return None if response.status_code == 404 else " ".join(response.text.split())[:100]

    def _try_others(self) -> None:
        """Ask at the other URLs of the catalog too, each of which some client uses."""
        known = self._found["endpoints"]
        for url in {} if self._endpoint else dict.fromkeys(known.values()):
            try:
                with self._cloud.within(self._timeout):
                    Api(self._cloud, url, self._timeout).answers()
            except GlanceError as error:
                names = " and ".join(name for name, other in known.items() if other == url)
                raise GlanceError(f"The {names} endpoint of the catalog, {url}, does not work: {error}") from error

    def _writable_stores(self) -> list[str | None]:
        """Return the stores that can be written to, as the service says; None is the only one where it names none."""
        found = self._service.find("/v2/info/stores")
        if found is None:
            return [None]
        names = [store["id"] for store in found["stores"]]
        missing = [name for name in self._wanted if name not in names]
        if missing:
            raise GlanceError(
                f"The service has the stores {', '.join(names)}, and not {', '.join(missing)}: it runs with another "
                "configuration, or it could not set the store up when it started"
            )
        return [store["id"] for store in found["stores"] if str(store.get("read-only")).lower() != "true"]

    def apply(self, plan: Plan) -> None:
        uploads = {store: self._tried(store) for store in self._stores}
        self._found["uploads"] = [{"store": store, **told} for store, told in uploads.items()]

    def _tried(self, store: str | None) -> dict[str, Any]:
        """Upload to a store, download, compare, remove; return how much and how long."""
        with self._cloud.within(self._timeout):
            return self._uploaded(store)

    def _uploaded(self, store: str | None) -> dict[str, Any]:
        started = time.monotonic()
        content = [os.urandom(PIECE) for _piece in range(PIECES)]
        draft = {
            "name": f"osops.glance probe {uuid.uuid4()}",
            "disk_format": "raw",
            "container_format": "bare",
            "visibility": "private",
        }
        image_id = document(self._service.request("POST", PATH, json=draft))["id"]
        try:
            self._round_trip(image_id, content, store)
        except BaseException as error:
            left = self._removed(image_id)
            if not isinstance(error, GlanceError):
                raise
            where = f"The store {store} does not work: " if store else ""
            raise GlanceError(f"{where}{error}. {left}") from error
        self._service.request("DELETE", f"{PATH}/{image_id}")
        return {"bytes": PIECE * PIECES, "seconds": round(time.monotonic() - started, 1)}

    def _round_trip(self, image_id: str, content: list[bytes], store: str | None) -> None:
        """Upload the content, download it, and compare."""
        path = f"{PATH}/{image_id}/file"
        headers = {"Content-Type": "application/octet-stream", **({"X-Image-Meta-Store": store} if store else {})}
        # Without a length, as Nova and Cinder upload: what fails with chunks works with `openstack image create`.
        response = self._service.request(
            "PUT", path, accept=ANY_STATUS, headers=headers, data=iter(content), **SEND_ONCE
        )
        if response.status_code >= 400:
            raise GlanceError(explained("PUT", response, UPLOAD_USUALLY))
        image = self._service.get(f"{PATH}/{image_id}")
        if image["status"] != "active":
            raise GlanceError(f"After the upload, the image {image_id} is {image['status']}, not active")
        if store and store not in str(image.get("stores", store)).split(","):
            raise GlanceError(f"The image {image_id} lies in {image['stores']}, not in the store that was asked for")
        sent = b"".join(content)
        if self._service.request("GET", path).content != sent:
            raise GlanceError(f"The download of the image {image_id} is not what was uploaded")
        algorithm = image.get("os_hash_algo") or "md5"
        told = image.get("os_hash_value") or image["checksum"]
        if digests([sent], [algorithm])[algorithm] != told:
            raise GlanceError(f"The service says of the image {image_id} a wrong {algorithm} digest: {told}")

    def _removed(self, image_id: str) -> str:
        try:
            self._service.request("DELETE", f"{PATH}/{image_id}", accept=(404,))
        except GlanceError as error:
            return f"The image {image_id} of this trial is still there: {error}"
        return "Nothing of this trial is left"

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return the results of all checks; raise GlanceError for images that exist and cannot be read."""
        return {**self._found, **({"reads": self._reads()} if self._read else {})}

    def _reads(self) -> list[dict[str, Any]]:
        problems: list[str] = []
        with self._cloud.within(self._timeout):
            samples = newest_per_store(listed(self._service))
            for store, image in samples.items():
                try:
                    read_first_byte(self._service, store, image)
                except GlanceError as error:
                    problems.append(str(error))
        if problems:
            raise GlanceError(". ".join(problems))
        return [{"store": store, "image": image["id"]} for store, image in samples.items()]


def main() -> None:
    module = CloudModule(argument_spec={**CLOUD_OPTIONS, **OPTIONS}, supports_check_mode=True)
    run(module, Trial)


if __name__ == "__main__":
    main()
