#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_check
short_description: Check that the Image service works
version_added: "0.1.0"
description:
  - Uses the service as a client does, step by step, and fails at the first failed step, with its likely cause.
  - Checks that the Identity service issues a token, that the catalog has an endpoint, that the API responds at each
    URL of the catalog with and without the token, and that each store returns an uploaded image unchanged.
  - Reads the newest image of each store, which detects data that the service cannot read.
  - Reverts everything that it does and never reports a change.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  endpoint:
    description: The URL of one API to check instead of those in the catalog, such as V(http://controller2:9292).
    type: str
  stores:
    description:
      - The names of stores that the service must have.
      - Services before Train do not report their stores, and the option is ignored.
    type: list
    elements: str
    default: []
  upload:
    description:
      - Whether to upload an image of random bytes to each writable store, to download and compare it, and to remove it.
      - In check mode, nothing is uploaded.
    type: bool
    default: true
  read:
    description:
      - Whether to read the first byte of the newest image in each store, among the newest 1000 active images that are
        visible with the credentials.
      - Services before Train do not report the store of an image, and one image is read.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait for a service that is starting.
      - The same limit applies to the requests to each further endpoint, to the upload and download of each store, and
        to the images that are read.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Check that the Image service works
  osops.glance.service_check:
    cloud: sandbox

- name: Wait for the API on this controller
  osops.glance.service_check:
    cloud: sandbox
    endpoint: http://{{ ansible_facts['hostname'] }}:9292
    upload: false
    timeout: 120
"""

RETURN = r"""
endpoints:
  description: The URLs of the service in the region by interface, as the catalog has them.
  type: dict
  returned: success
  sample: {public: "http://controller:9292", internal: "http://controller:9292", admin: "http://controller:9292"}
versions:
  description: The versions of the API that the service reports.
  type: list
  elements: str
  returned: success
  sample: [v2.15, v2.13]
images:
  description: Whether any image is visible with the credentials.
  type: bool
  returned: success
health:
  description:
    - The response to C(/healthcheck); null if the service does not have it.
    - The service does not check its database for this response.
  type: str
  returned: success
  sample: OK
uploads:
  description:
    - The bytes that were uploaded to each store and downloaded again, and the seconds for both.
    - The store is C(null) if the service does not report its stores.
  type: list
  elements: dict
  returned: when O(upload=true), not in check mode
  sample: [{store: fs, bytes: 262144, seconds: 0.3}]
reads:
  description: The image that was read from each store; the store is C(null) if the service does not report it.
  type: list
  elements: dict
  returned: when O(read=true)
  sample: [{store: fs, image: 6e1ba1e4-c6f5-4b56-8e4c-2f4a1ba4c4a5}]
"""

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._image.service_check import ServiceCheck
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule

OPTIONS: dict[str, Any] = {
    "endpoint": {"type": "str"},
    "stores": {"type": "list", "elements": "str", "default": []},
    "upload": {"type": "bool", "default": True},
    "read": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 60},
}


def main() -> None:
    module = CloudModule(argument_spec={**CLOUD_OPTIONS, **OPTIONS}, supports_check_mode=True)
    run(module, ServiceCheck)


if __name__ == "__main__":
    main()
