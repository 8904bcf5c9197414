#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Proof that the Image service works
version_added: "0.1.0"
description:
  - Uses the service as a client does, step by step, and fails at the first step that does not work, with what it
    usually means.
  - The Identity service gives a token; the catalog has an endpoint; the API tells its versions; it answers with the
    token; and it gives an image back as it was uploaded.
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
  upload:
    description:
      - Whether to upload an image of random bytes, to download it, to compare, and to remove it.
      - In check mode this is left out.
    type: bool
    default: true
  timeout:
    description: Seconds to wait until the API answers, for a service that has just been started.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Prove that the Image service works
  osops.glance.probe:
    cloud: sandbox

- name: Wait until the API on this controller answers
  osops.glance.probe:
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
upload:
  description: What was uploaded and downloaded, and how long both took; not in check mode, nor without O(upload).
  type: dict
  returned: when an image was uploaded
  sample: {bytes: 262144, seconds: 0.3}
"""

import hashlib
import os
import time
import uuid
from typing import Any, Callable, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._cloud import (
    CLOUD_OPTIONS,
    CloudModule,
    connect,
    document,
    failure,
)
from ansible_collections.osops.glance.plugins.module_utils._content import SEND_ONCE
from ansible_collections.osops.glance.plugins.module_utils._module import run
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Plan, Step

OPTIONS: dict[str, Any] = {
    "endpoint": {"type": "str"},
    "upload": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 60},
}

PATH = "/v2/images"
PIECE = 64 * 1024
PIECES = 4
ANSWER_WITHIN = 10  # seconds, of one request
NOT_UP_YET = (502, 503, 504)
ANY_STATUS = tuple(range(400, 600))

USUALLY = {
    401: "The token is valid, so the service cannot check it: usually the username, the password or the "
    "auth_url in [keystone_authtoken] of glance-api.conf is wrong",
    403: "Usually the user has no role in the project, or the policy of the service is stricter than its default",
    404: "Usually this is the URL of another service",
    500: "Look at the log of the service: usually its database has no tables or refuses the login, or region_name in "
    "[keystone_authtoken] of glance-api.conf is none that the Identity service has",
    503: "Usually the service does not reach the Identity service (auth_url or memcached_servers in "
    "[keystone_authtoken] of glance-api.conf), or a load balancer has no API behind it",
}
UPLOAD_USUALLY = {
    410: "Usually the service could not use its store when it started: look at its log, and at who owns the directory",
    413: "Usually the store is full, or a quota is used up",
    500: "Look at the log of the service: usually it cannot reach its store or lacks the driver's library",
    503: "Usually the service may not write to its store: look at who owns the directory",
}


class NotUpYet(GlanceError):
    """The service does not answer, or not itself; it may be starting."""


def explained(method: str, response: Any, usually: Mapping[int, str]) -> str:
    """Return what was answered, and what that usually means."""
    told = failure(method, response)
    return f"{told}. {usually[response.status_code]}" if response.status_code in usually else told


def versions_of(response: Any) -> list[str]:
    """Return the versions that a version document names; none if it is something else."""
    try:
        return [version["id"] for version in response.json()["versions"]]
    except (ValueError, KeyError, TypeError):
        return []


class Trial:
    """A client of the Image service that tries whether it works."""

    def __init__(self, module: AnsibleModule) -> None:
        self._cloud = connect(module)
        self._endpoint: str | None = module.params["endpoint"]
        self._upload: bool = module.params["upload"]
        self._timeout: int = module.params["timeout"]
        self._until = time.monotonic() + self._timeout
        self._service = self._cloud.service("image", endpoint=self._endpoint)
        self._found: dict[str, Any] = {}

    def plan(self) -> Plan:
        self._cloud.authenticate()
        self._found["endpoints"] = self._endpoints()
        self._found["versions"] = self._patiently(self._versions)
        self._found["images"] = self._patiently(self._images)
        steps = (Step(thing="upload", action="try", lasting=False),) if self._upload else ()
        return Plan(steps)

    def _endpoints(self) -> dict[str, str]:
        endpoints = self._cloud.endpoints("image")
        if not endpoints and not self._endpoint:
            raise GlanceError(
                f"The catalog has no endpoint of a service of type image in the region {self._cloud.region}: "
                "look at `openstack endpoint list --service image`"
            )
        return endpoints

    def _patiently(self, ask: Callable[[], Any]) -> Any:
        """Return what ask() returns; asked each second while the service is not up yet."""
        while True:
            try:
                return ask()
            except NotUpYet as error:
                if time.monotonic() >= self._until:
                    raise GlanceError(f"{error} (this is after {self._timeout} seconds)") from error
                time.sleep(1)

    def _asked(self, path: str, **arguments: Any) -> Any:
        try:
            response = self._service.request("GET", path, accept=ANY_STATUS, timeout=ANSWER_WITHIN, **arguments)
        except GlanceError as error:
            raise NotUpYet(f"{error}. Look whether the service runs and listens there") from error
        if response.status_code in NOT_UP_YET:
            raise NotUpYet(explained("GET", response, USUALLY))
        return response

    def _versions(self) -> list[str]:
        for path in ("/", "/versions"):
            response = self._asked(path, authenticated=False)
            versions = versions_of(response)
            if versions:
                return versions
        raise GlanceError(f"GET {response.url} answered {response.status_code}, but not with versions of the Image API")

    def _images(self) -> bool:
        response = self._asked(PATH, params={"limit": 1})
        if response.status_code != 200:
            raise GlanceError(explained("GET", response, USUALLY))
        return bool(document(response)["images"])

    def apply(self, plan: Plan) -> None:
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
            self._round_trip(image_id, content)
        except BaseException as error:
            left = self._removed(image_id)
            if not isinstance(error, GlanceError):
                raise
            raise GlanceError(f"{error}. {left}") from error
        self._service.request("DELETE", f"{PATH}/{image_id}")
        seconds = round(time.monotonic() - started, 1)
        self._found["upload"] = {"bytes": PIECE * PIECES, "seconds": seconds}

    def _round_trip(self, image_id: str, content: list[bytes]) -> None:
        """Upload the content, download it, and compare."""
        path = f"{PATH}/{image_id}/file"
        headers = {"Content-Type": "application/octet-stream"}
        # Without a length, as Nova and Cinder upload: what fails with chunks works with `openstack image create`.
        response = self._service.request(
            "PUT", path, accept=ANY_STATUS, headers=headers, data=iter(content), **SEND_ONCE
        )
        if response.status_code >= 400:
            raise GlanceError(explained("PUT", response, UPLOAD_USUALLY))
        image = self._service.get(f"{PATH}/{image_id}")
        if image["status"] != "active":
            raise GlanceError(f"After the upload, the image {image_id} is {image['status']}, not active")
        sent = b"".join(content)
        if self._service.request("GET", path).content != sent:
            raise GlanceError(f"The download of the image {image_id} is not what was uploaded")
        algorithm = image.get("os_hash_algo") or "md5"
        told = image.get("os_hash_value") or image["checksum"]
        if hashlib.new(algorithm, sent).hexdigest() != told:
            raise GlanceError(f"The service says of the image {image_id} a wrong {algorithm} digest: {told}")

    def _removed(self, image_id: str) -> str:
        try:
            self._service.request("DELETE", f"{PATH}/{image_id}", accept=(404,))
        except GlanceError as error:
            return f"The image {image_id} of this trial is still there: {error}"
        return "Nothing of this trial is left"

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return what was found out."""
        return self._found


def main() -> None:
    module = CloudModule(argument_spec={**CLOUD_OPTIONS, **OPTIONS}, supports_check_mode=True)
    run(module, Trial)


if __name__ == "__main__":
    main()
