#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: loadbalancer_info
short_description: Retrieve the state of the servers of a load balancer
version_added: "0.1.0"
description:
  - Reads from the statistics socket of HAProxy which servers a backend has, whether they get requests, and why not.
  - Returns problems instead of failing, so that a task can wait for a state or report the problems of several hosts.
  - Never changes anything.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes.read_only
options:
  socket:
    description: The statistics socket of HAProxy. The module must be allowed to use it, which usually requires root.
    type: path
    default: /run/haproxy-glance.sock
  backend:
    description: The name of the backend.
    type: str
    default: glance
  servers:
    description:
      - The names of the servers that the backend must have. A missing or additional server, and one that gets no
        requests, is a problem.
      - If empty, the servers are returned only.
    type: list
    elements: str
    default: []
  configuration:
    description:
      - The identifier of the configuration that HAProxy must use. It is the environment variable
        C(GLANCE_LOADBALANCER), which the role P(osops.glance.glance_loadbalancer#role) sets in the configuration.
      - If omitted, any configuration is accepted.
    type: str
  timeout:
    description: How long to wait until there is no problem, in seconds.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Retrieve the state of each server
  become: true
  osops.glance.loadbalancer_info:
    servers: [controller1, controller2, controller3]
    timeout: 15
  register: balancer

- name: Show the servers that get no requests
  ansible.builtin.debug:
    var: balancer['problems']

- name: Retrieve the servers of another backend
  become: true
  osops.glance.loadbalancer_info:
    socket: /run/haproxy/admin.sock
    backend: keystone
"""

RETURN = r"""
running:
  description: Whether HAProxy responds on the socket.
  type: bool
  returned: success
configuration:
  description: The identifier of the configuration that HAProxy uses; null if it does not use that of the role.
  type: str
  returned: success
  sample: 0f3c5e7d9a1b2c4d
servers:
  description: The servers of the backend, in the order of its configuration.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: The name of the server.
      type: str
    address:
      description: The address to which HAProxy connects; empty if it could not resolve the name.
      type: str
    status:
      description: The state, such as V(UP), V(DOWN), V(MAINT) or V(DRAIN).
      type: str
    is_up:
      description: Whether the server gets requests.
      type: bool
    seconds:
      description: The time since the last change of the state, in seconds; null if it is not reported.
      type: int
    check:
      description: The result of the last health check.
      type: str
    summary:
      description: All of this in one line.
      type: str
  sample:
    - name: controller2
      address: 10.0.0.12:9292
      status: DOWN
      is_up: false
      seconds: 35
      check: Layer7 wrong status (L7STS/503), Service Unavailable
      summary: >-
        controller2 (10.0.0.12:9292) is DOWN for 35 s: Layer7 wrong status (L7STS/503), Service Unavailable
problems:
  description: The differences from O(servers) and O(configuration), and why HAProxy cannot be used, in sentences.
  type: list
  elements: str
  returned: success
  sample: ["The backend glance does not contain controller3."]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.haproxy_report import LoadBalancerReport

OPTIONS: dict[str, Any] = {
    "socket": {"type": "path", "default": "/run/haproxy-glance.sock"},
    "backend": {"type": "str", "default": "glance"},
    "servers": {"type": "list", "elements": "str", "default": []},
    "configuration": {"type": "str"},
    "timeout": {"type": "int", "default": 0},
}


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), LoadBalancerReport)


if __name__ == "__main__":
    main()
